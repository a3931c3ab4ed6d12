"""What contributors and CI rely on: the same commands, versions and forms everywhere."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.docs.contract import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = {
    name: yaml.safe_load((ROOT / f".{name}/workflows/ci.yml").read_text("utf-8"))
    for name in ("github", "forgejo")
}
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def pythons() -> list[str]:
    """The Python versions that the package's classifiers name."""
    found = (re.search(r":: (3\.\d+)$", one) for one in PROJECT["classifiers"])
    return [one[1] for one in found if one]


def steps(workflow: dict[str, Any], job: str) -> Iterator[dict[str, Any]]:
    yield from workflow["jobs"][job]["steps"]


def made(workflow: dict[str, Any]) -> dict[str, list[str]]:
    """The make commands of each job."""
    return {
        job: [one["run"] for one in steps(workflow, job) if one.get("run", "").startswith("make ")]
        for job in workflow["jobs"]
    }


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_workflow_tests_one_wheel_on_every_python(workflow: dict[str, Any]) -> None:
    """The wheel is built once, and linted and tested on each Python that the package names."""
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == pythons()
    assert workflow["jobs"]["test"]["needs"] == "build"
    assert made(workflow)["build"] == ["make build"]
    assert made(workflow)["test"] == ['make lint test WHEEL="$(echo dist/*.whl)"']
    (uploaded,) = (one for one in steps(workflow, "build") if "upload" in one.get("uses", ""))
    (fetched,) = (one for one in steps(workflow, "test") if "download" in one.get("uses", ""))
    assert uploaded["with"] == fetched["with"]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_workflow_has_the_tags(workflow: dict[str, Any]) -> None:
    """Every job that builds or tests has the whole history, since the version comes from a tag."""
    for job in ("build", "test", "coverage", "docs"):
        (checkout,) = (one for one in steps(workflow, job) if "/checkout@" in one.get("uses", ""))
        assert checkout["with"]["fetch-depth"] == 0


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_workflow_makes_what_there_is(workflow: dict[str, Any]) -> None:
    """Every target that a job makes is in the Makefile."""
    commands = [command for one in made(workflow).values() for command in one]
    targets = {
        word for one in commands for word in re.split(r" \w+=", one, maxsplit=1)[0].split()[1:]
    }
    assert targets == {"build", "lint", "test", "coverage", "docs"}
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_workflows_are_twins() -> None:
    """Forgejo's workflow has the same jobs as GitHub's, with the same commands, but no release."""
    github = made(WORKFLOWS["github"])
    assert github.pop("release") == []
    assert github == made(WORKFLOWS["forgejo"])
    # YAML reads the key `on` as a boolean.
    assert WORKFLOWS["github"][True] == WORKFLOWS["forgejo"][True]


def test_release_needs_everything_else() -> None:
    """A release is only made from a tag, and only when all other jobs pass."""
    jobs = WORKFLOWS["github"]["jobs"]
    assert set(jobs["release"]["needs"]) == set(jobs) - {"release"}
    assert "refs/tags/v" in jobs["release"]["if"]
    assert WORKFLOWS["github"]["permissions"] == {"contents": "read"}


def test_precommit_runs_the_versions_of_the_linters() -> None:
    """pre-commit and `make lint` run the same version of each tool, so they never disagree."""
    pins = dict(
        re.findall(r"^([\w-]+)==(.+)$", "\n".join(PROJECT["optional-dependencies"]["dev"]), re.M)
    )
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    hooked = {
        one["repo"].rpartition("/")[2].removesuffix("-pre-commit"): one["rev"].removeprefix("v")
        for one in repos
    }
    assert hooked == pins
    assert set(hooked) == {"ruff", "codespell", "validate-pyproject"}
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe
    for tool in hooked:
        assert f"$(BIN)/{tool}" in recipe[1]


def test_licence_is_an_expression() -> None:
    """The licence is an SPDX expression with its file, and no classifier contradicts it."""
    assert (PROJECT["license"], PROJECT["license-files"]) == ("GPL-2.0-or-later", ["LICENSE"])
    assert not [one for one in PROJECT["classifiers"] if one.startswith("License")]


def test_forms_are_the_same_on_both_forges() -> None:
    """GitHub and Forgejo show the same issue forms and the same pull request template."""
    names = [f"ISSUE_TEMPLATE/{path.name}" for path in FORMS] + ["PULL_REQUEST_TEMPLATE.md"]
    for name in names:
        assert (ROOT / ".github" / name).read_bytes() == (ROOT / ".forgejo" / name).read_bytes()


@pytest.mark.parametrize("path", [one for one in FORMS if one.name != "config.yml"], ids=str)
def test_form_can_be_filled_in(path: Any) -> None:
    """Each issue form has what GitHub requires, and unique ids."""
    form = yaml.safe_load(path.read_text("utf-8"))
    assert form["name"]
    assert form["description"]
    fields = [one for one in form["body"] if one["type"] != "markdown"]
    assert len({one["id"] for one in fields}) == len(fields)
    assert all(one["attributes"]["label"] for one in fields)
    assert any(one.get("validations", {}).get("required") for one in fields)


def test_contributing_names_commands_that_exist() -> None:
    """Every make target, file and folder that CONTRIBUTING.md names exists."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    known = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text, re.MULTILINE))
    assert len(named) >= 8
    assert named <= known
    for name in re.findall(r"(?<![\w/.])(?:tests|docs|deploy|tools)/[\w./-]+\w", text):
        assert (ROOT / name).exists(), name
