import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from fedora_messaging import config as bus_config

from fedmsg_exporter import config, document
from fedmsg_exporter.attribution import mapping
from fedmsg_exporter.attribution.mapping.paths import _OurFunctions
from fedmsg_exporter.attribution.names import fas_name
from fedmsg_exporter.commands import main
from fedmsg_exporter.document import Document
from fedmsg_exporter.event import INVALID
from fedmsg_exporter.privacy import MODES
from fedmsg_exporter.web import connections, guard, renderings, request
from fedmsg_exporter.web.guard import passwords
from harness import promtool
from harness.certificates import Authority
from tests.docs import contract, pages
from tests.docs.contract import ROOT
from tests.docs.pages import Fence

DEPLOY = ROOT / "deploy"


def text_of(page: str, heading: str) -> str:
    part = contract.section((ROOT / page).read_text("utf-8"), heading)
    assert part, f"{page} has no heading {heading!r}"
    return part[0]


def load_bus_config(path: Path) -> dict[str, Any]:
    """Load a config as fedora-messaging does; check what it checks only when consuming."""
    loaded = bus_config.LazyConfig().load_config(str(path))
    for section in ("qos", "tls"):
        assert set(loaded[section]) == set(bus_config.DEFAULTS[section]), section
    return loaded


def test_tables_say_what_the_code_does() -> None:
    """Names, types, labels, keys, defaults, options and statuses are those of the code."""
    wrong = [table for table in contract.tables() if contract.found(table) != table.text]
    if wrong:
        told = (f"{table.page}, under {table.heading!r}:\n\n{table.text}\n" for table in wrong)
        advice = "`python -m tests.docs.contract` writes the tables; they should be\n"
        pytest.fail("\n".join([advice, *told]), pytrace=False)


def test_each_command_has_its_section() -> None:
    """docs/commands.md has a section for each command, with its usage, and no other."""
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    assert re.findall(r"^## `(.+)`$", text, re.MULTILINE) == list(contract.commands())
    for name in contract.commands():
        assert f"    {contract.usage(name)}\n" in text_of("docs/commands.md", f"## `{name}`")


def test_ways_to_expose_users_are_documented() -> None:
    """The page on privacy has a line for each way to expose users, in the code's words."""
    text = text_of("docs/privacy.md", "## Who is shown by name").replace("`__other__`", "__other__")
    for mode, meaning in MODES.items():
        assert f"| `{mode}` | {meaning} |" in text


@pytest.mark.parametrize(("page", "target"), list(pages.links()))
def test_link_leads_somewhere(page: Path, target: str) -> None:
    """What a relative link names exists, the heading included."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    assert path.exists(), f"{page.name}: {target}"
    if anchor:
        assert anchor in pages.anchors(path), f"{page.name}: {target}"


@pytest.mark.parametrize("fence", pages.fences("yaml"), ids=lambda fence: fence.place)
def test_yaml_example_is_yaml(fence: Fence) -> None:
    """Every example in YAML can be read."""
    assert list(yaml.safe_load_all(fence.text))


@pytest.mark.parametrize(
    "fence", pages.fences("yaml", "# config.yml"), ids=lambda fence: fence.place
)
def test_config_example_is_accepted(fence: Fence) -> None:
    """Every example of the exporter's config passes its own check."""
    config.build(document.parse(fence.text, fence.place))


@pytest.mark.parametrize(
    "fence", pages.fences("yaml", "# mapping.yml"), ids=lambda fence: fence.place
)
def test_mapping_example_is_accepted(fence: Fence) -> None:
    """Every example of a mapping compiles."""
    mapping.compile_mapping(document.parse(fence.text, fence.place))


@pytest.mark.parametrize("fence", pages.fences("yaml", "# web.yml"), ids=lambda fence: fence.place)
def test_web_config_example_is_accepted(fence: Fence, tmp_path: Path) -> None:
    """Every example of the web config passes our check."""
    certificate, key = Authority(tmp_path).issue("server")
    assert (certificate.name, key.name) == ("server.pem", "server.key")
    path = tmp_path / "web.yml"
    path.write_text(fence.text)
    guard.require(config.build(Document("config", {"web": {"config_file": str(path)}}, {})))


@pytest.mark.servers
@pytest.mark.parametrize("fence", pages.fences("yaml", "# web.yml"), ids=lambda fence: fence.place)
def test_web_config_example_is_accepted_by_prometheus(fence: Fence, tmp_path: Path) -> None:
    """Every example of the web config is one for Prometheus, too."""
    Authority(tmp_path).issue("server")
    path = tmp_path / "web.yml"
    path.write_text(fence.text)
    result = promtool("check", "web-config", str(path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_limits_of_the_port_are_those_of_the_code() -> None:
    """The page on security has the limits that the code has."""
    table = text_of("docs/security.md", "## What a client can cost")
    for text in (
        f"| a request's body | {request.MAX_BODY // 1024} KiB; beyond, 413 |",
        f"| a request's head | {connections.Channel.totalHeadersSize // 1024} KiB |",
        f"| time for a request to arrive, TLS included | {connections.REQUEST:g} s |",
        f"| time in which a client reads nothing of a response | {connections.STILL:g} s |",
        f"| time to read a response | {connections.RESPONSE:g} s |",
        f"| connections | {connections.MOST}; beyond,",
        f"| memory for responses that are being read | {renderings.MOST // 2**20} MiB, or four",
        f"| passwords that wait to be checked | {passwords.MOST}, and {passwords.MOST_OF_PEER} of",
    ):
        assert text in table


@pytest.mark.parametrize(
    "fence", pages.fences("toml", "# fedora-messaging.toml"), ids=lambda fence: fence.place
)
def test_bus_config_example_is_accepted(fence: Fence, tmp_path: Path) -> None:
    """fedora-messaging accepts every example of its config, and so do we our part of it."""
    path = tmp_path / "config.toml"
    path.write_text(fence.text)
    settings = load_bus_config(path)["consumer_config"]
    config.build(Document(f"{fence.place} [consumer_config]", settings, {}))


def test_examples_are_found() -> None:
    """README and docs have the examples that the tests above look for."""
    for language, first in [
        ("yaml", "# config.yml"),
        ("yaml", "# groups.yml"),
        ("yaml", "# mapping.yml"),
        ("yaml", "# prometheus.yml"),
        ("yaml", "# web.yml"),
        ("toml", "# fedora-messaging.toml"),
        ("promql", ""),
    ]:
        assert pages.fences(language, first), (language, first)


def test_deployed_bus_config_is_accepted() -> None:
    """deploy/fedora-messaging.toml is valid and binds the queue that it declares."""
    loaded = load_bus_config(DEPLOY / "fedora-messaging.toml")
    assert [binding["queue"] for binding in loaded["bindings"]] == list(loaded["queues"])
    assert loaded["qos"]["prefetch_count"] == 1000


def test_deployed_config_is_that_of_the_schema() -> None:
    """deploy/fedmsg-exporter.yml has every key, with its meaning and default."""
    if contract.EXAMPLE.read_text("utf-8") != contract.example_config():
        pytest.fail(
            f"{contract.EXAMPLE} should be as `python -m tests.docs.contract` writes it:\n\n"
            f"{contract.example_config()}",
            pytrace=False,
        )


def test_deployed_config_changes_nothing() -> None:
    """deploy/fedmsg-exporter.yml means the defaults, with its keys uncommented or not."""
    text = contract.example_config()
    keys = re.sub(r"^( *)#(?=[a-z_]+: )", r"\1", text, flags=re.MULTILINE)
    defaults, as_it_stands, uncommented = (
        config.build(document.parse(one, "config.yml")) for one in ("", text, keys)
    )
    assert defaults == as_it_stands == uncommented


def test_explained_example_is_true(tmp_path: Path) -> None:
    """`explain` prints for the example on the page what the page shows."""
    examples = (one for one in pages.fences("json") if "attribution.md" in one.place)
    message, expected = (json.loads(one.text) for one in examples)
    (tmp_path / "groups.yml").write_text(pages.fences("yaml", "# groups.yml")[0].text)
    settings = tmp_path / "config.yml"
    settings.write_text("schemas: false\ngroups: {file: groups.yml}\n")
    result = CliRunner().invoke(
        main, ["explain", "--config", str(settings), "-"], input=json.dumps(message)
    )
    explained = json.loads(result.stdout)
    for outcome in (explained, expected):
        # The mapping grows; a rule's new line number is not worth changing the page.
        outcome["why"] = [re.sub(r"(mapping\.yml):\d+", r"\1", step) for step in outcome["why"]]
    assert explained == expected


def test_spellings_are_understood() -> None:
    """All spellings in the page's table give the one account name."""
    names, others = text_of("docs/attribution.md", "## One kind of name").split("What is no", 1)
    spellings = re.findall(r"`([^`]+)`", names)
    assert len(spellings) >= 9
    assert {fas_name(spelling) for spelling in spellings} == {"alice"}
    assert {fas_name(spelling) for spelling in re.findall(r"`([^`]+)`", others)} <= {None, INVALID}


def test_functions_of_paths_are_documented() -> None:
    """The page has a line for each function that we add to JMESPath, and for no other."""
    told = re.findall(r"^\| `(\w+)\(", text_of("docs/attribution.md", "### Topics and paths"), re.M)
    own = [name.removeprefix("_func_") for name in vars(_OurFunctions) if name.startswith("_func_")]
    assert told == own


@pytest.mark.servers
@pytest.mark.parametrize(
    "fence", pages.fences("yaml", "# prometheus.yml"), ids=lambda fence: fence.place
)
def test_prometheus_example_is_accepted(fence: Fence, tmp_path: Path) -> None:
    """Prometheus accepts every example of its config."""
    path = tmp_path / "prometheus.yml"
    path.write_text(fence.text)
    result = promtool("check", "config", str(path))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.servers
def test_queries_are_promql(tmp_path: Path) -> None:
    """Prometheus can parse every query of README and docs."""
    rules = [
        {"record": f"query:{number}", "expr": fence.text}
        for number, fence in enumerate(pages.fences("promql"))
    ]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "docs", "rules": rules}]}))
    result = promtool("check", "rules", str(path))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.servers
def test_first_queries_give_whole_numbers_at_once(tmp_path: Path) -> None:
    """The first queries of a newcomer are exact after two scrapes, that is, within a minute."""
    queries = [one.text for one in pages.fences("promql") if one.place.startswith("README.md")]
    labels = {"category": "bodhi", "user": "alice", "group": "packager"}
    metrics = ["fedmsg_messages_total", "fedmsg_user_messages_total", "fedmsg_group_messages_total"]
    series = ",".join(f'{name}="{value}"' for name, value in labels.items())
    lines = [
        {"series": f'{metric}{{kind="person",instance="{number}",{series}}}', "values": "0 3 7 8"}
        for metric in metrics
        for number in (1, 2)
    ]
    checks = [
        {
            "expr": query,
            "eval_time": "30s",
            "exp_samples": [{"labels": f'{{{name}="{value}"}}', "value": 14}],
        }
        for query, (name, value) in zip(queries[:3], labels.items(), strict=True)
    ]
    (tmp_path / "rules.yml").write_text("groups: []\n")
    test = {"interval": "15s", "input_series": lines, "promql_expr_test": checks}
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": [test]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(tests))
    result = promtool("test", "rules", str(tmp_path / "test.yml"))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.servers
def test_exact_queries_are_exact(tmp_path: Path) -> None:
    """The differences on the page are whole numbers, and right as far as the page claims."""
    queries = [
        fence.text
        for fence in pages.fences("promql", "sum by (category) (fedmsg_messages_total)")
        if fence.place.startswith("docs/metrics.md")
    ]
    assert len(queries) == 2
    # Half an hour a sample, a look back over a week at the 20th. bodhi goes on through
    # the week, copr begins in it, and at its start wiki was not scraped.
    series = {
        "bodhi": "7x30 10x400",
        "copr": "_x100 0 5x300",
        "wiki": "7x19 _ 9x400",
    }
    lines = [
        {"series": f'fedmsg_messages_total{{category="{name}"}}', "values": values}
        for name, values in series.items()
    ]
    truths: list[dict[str, int]] = [
        {"bodhi": 3, "copr": 5, "wiki": 9},
        {"bodhi": 3, "copr": 5, "wiki": 2},
    ]
    checks = [
        {
            "expr": query,
            "eval_time": "178h",
            "exp_samples": [
                {"labels": f'{{category="{name}"}}', "value": value}
                for name, value in truth.items()
            ],
        }
        for query, truth in zip(queries, truths, strict=True)
    ]
    (tmp_path / "rules.yml").write_text("groups: []\n")
    test = {"interval": "30m", "input_series": lines, "promql_expr_test": checks}
    (tmp_path / "test.yml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]})
    )
    result = promtool("test", "rules", str(tmp_path / "test.yml"))
    assert result.returncode == 0, result.stdout + result.stderr
