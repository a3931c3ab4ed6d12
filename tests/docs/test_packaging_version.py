"""The version: from the git tag, through every way to get the sources, to the changelog."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fedmsg_exporter.version import __version__
from tests.docs.contract import ROOT
from tools import changelog

FILES = ("pyproject.toml", "README.md", "LICENSE", ".gitattributes", ".git_archival.txt")
# Older than every release, since nothing is known about the tree.
FALLBACK = "0.1.0.dev0"
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": "x" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "x@example.com" for who in ("AUTHOR", "COMMITTER")},
}

HEAD = "# Changelog\n\n## [Unreleased]\n\n"
TWO = f"{HEAD}## [0.2.0] - 2026-03-01\n\n- b\n\n## [0.1.0] - 2026-01-31\n\n- a\n"


def run(folder: Path, *command: str) -> str:
    """Run a command there, without the user's git config; return its output."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SETUPTOOLS_")}
    result = subprocess.run(
        command,
        cwd=folder,
        env=kept | GIT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def version_of(folder: Path) -> str:
    return run(folder, sys.executable, "-m", "hatchling", "version")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What decides the version, without git."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def clone(tree: Path) -> Path:
    """The same in a git repository with one commit and no tag."""
    run(tree, "git", "init", "--quiet", ".")
    commit(tree)
    return tree


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--allow-empty", "--message", "x")


@pytest.mark.parametrize(("tag", "version"), [("v9.8.7", "9.8.7"), ("v1.0rc1", "1.0rc1")])
def test_tag_is_the_version(clone: Path, tag: str, version: str) -> None:
    """At a tag the version is the tag's, in a clone and in an archive that git makes of it."""
    run(clone, "git", "tag", tag)
    assert version_of(clone) == version
    archive = clone.parent / "archive"
    archive.mkdir()
    run(clone, "git", "archive", "--output=../archive.tar", "HEAD")
    run(archive, "tar", "--extract", "--file=../archive.tar")
    assert not (archive / ".git").exists()
    assert version_of(archive) == version


def test_version_after_a_tag_is_a_development_release(clone: Path) -> None:
    """Between two tags the version is between theirs, and names the commit."""
    run(clone, "git", "tag", "v9.8.7")
    commit(clone)
    head = run(clone, "git", "rev-parse", "HEAD")
    found = re.fullmatch(r"9\.8\.8\.dev1\+g(\w+)", version_of(clone))
    assert found
    assert head.startswith(found[1])


def test_other_tags_are_not_versions(clone: Path) -> None:
    """A tag other than `v` and a number does not affect the version."""
    run(clone, "git", "tag", "nightly")
    assert version_of(clone).startswith(f"{FALLBACK.removesuffix('0')}1+g")


def test_tree_without_git_has_a_version(tree: Path) -> None:
    """Neither git nor PKG-INFO is needed to build."""
    assert version_of(tree) == FALLBACK


def test_version_is_that_of_the_installation() -> None:
    """The package reports its version without importing another module of it."""
    code = "import sys, fedmsg_exporter.version as v; print(v.__version__, *sys.modules)"
    version, *modules = run(ROOT, sys.executable, "-c", code).split()
    assert version == __version__ != "0+unknown"
    own = {name for name in modules if name.partition(".")[0] == "fedmsg_exporter"}
    assert own == {"fedmsg_exporter", "fedmsg_exporter.version"}


def test_package_that_is_not_installed_has_a_version(tmp_path: Path) -> None:
    """A tree on the path, without metadata, can still be imported."""
    shutil.copy(ROOT / "fedmsg_exporter" / "version.py", tmp_path)
    code = "import version; print(version.__version__)"
    assert run(
        tmp_path, sys.executable, "-S", "-c", f"import sys; sys.path[:0] = ['.']; {code}"
    ) == ("0+unknown")


@pytest.mark.parametrize(
    ("text", "version", "tags", "error"),
    [
        (TWO, "0.2.0", ["v0.1.0", "v0.2.0"], ""),
        (TWO, "0.2.1.dev3+g1234567", ["v0.1.0"], ""),
        (HEAD, "0.1.0.dev50+g1234567", [], ""),
        (TWO, "0.3.0", [], "version 0.3.0 must be the newest section"),
        (TWO, "0.1.0", [], "version 0.1.0 must be the newest section"),
        (HEAD, "0.1.0", [], "version 0.1.0 must be the newest section"),
        (TWO, "0.2.0", ["v0.1.5"], "tag v0.1.5 has no section [0.1.5]"),
        (TWO.replace("Unreleased", "Next"), "0.3.dev1", [], "first section must be [Unreleased]"),
        (TWO.replace("0.2.0", "Soon"), "0.3.dev1", [], "[Soon] is not a valid version"),
        (TWO.replace(" - 2026-03-01", ""), "0.3.dev1", [], "[0.2.0] needs a date"),
        (TWO.replace("2026-03-01", "March"), "0.3.dev1", [], "[0.2.0] needs a date"),
        (TWO.replace("[0.2.0]", "[0.0.2]"), "0.3.dev1", [], "[0.0.2] must come after [0.1.0]"),
    ],
)
def test_changelog_is_held_to_the_version(
    text: str, version: str, tags: list[str], error: str
) -> None:
    """A release is the newest section; every tag has one; sections are dated and sorted."""
    if error:
        assert error in "\n".join(changelog.errors(text, version, tags))
    else:
        assert list(changelog.errors(text, version, tags)) == []


def test_our_changelog_has_this_version() -> None:
    """CHANGELOG.md fits the version that is tested, and the tags of the clone."""
    text = changelog.CHANGELOG.read_text("utf-8")
    tags = run(ROOT, "git", "tag", "--list", "v[0-9]*").split() if (ROOT / ".git").exists() else []
    assert list(changelog.errors(text, __version__, tags)) == []


def test_notes_of_a_release_are_its_section() -> None:
    """What is published with a release is the text of its section, and nothing else."""
    assert [(one.version, one.notes) for one in changelog.releases(TWO)] == [
        ("Unreleased", ""),
        ("0.2.0", "- b"),
        ("0.1.0", "- a"),
    ]
