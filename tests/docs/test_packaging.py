import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

import fedmsg_exporter
from tests.docs.contract import ROOT

PACKAGE = ROOT / "fedmsg_exporter"
FOLDERS = (
    *("fedmsg_exporter", "tests", "docs", "deploy", "benchmarks", "harness", "tools"),
    *(".ci", ".forgejo", ".github"),
)
FILES = (
    *("CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile", "README.md"),
    *(".dockerignore", ".packit.yaml", ".pre-commit-config.yaml", "SECURITY.md", "pyproject.toml"),
)
# Files that may be left in the folders and do not belong in a package.
JUNK = re.compile(r"__pycache__|\.pyc$|\.sqlite")


# A version that neither git nor the fallback would give.
VERSION = "7.6.5"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of a release, and the wheel built from it, away from git."""
    folder = tmp_path_factory.mktemp("dist")
    build("--sdist", ROOT, folder, {"SETUPTOOLS_SCM_PRETEND_VERSION": VERSION})
    (path,) = folder.glob("*.tar.gz")
    sources = tmp_path_factory.mktemp("sources")
    with tarfile.open(path) as opened:
        opened.extractall(sources, filter="data")
    build("--wheel", next(sources.iterdir()), folder, {})
    return folder


def build(what: str, sources: Path, folder: Path, extra: dict[str, str]) -> None:
    """Build an sdist or a wheel with the backend of this environment."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    result = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", what, "--outdir", folder, sources],
        env={**environment, **extra},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]


@pytest.fixture
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture
def sdist(built: Path) -> set[str]:
    """The files of the sdist, without its folder."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def files_of(folder: Path) -> set[str]:
    """All files of a folder in the repository, as git would keep them."""
    names = {str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not JUNK.search(name)}


def test_wheel_has_the_whole_package(wheel: zipfile.ZipFile) -> None:
    """The wheel has every file of the package, its metadata, and nothing else."""
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == files_of(PACKAGE)
    for name in (
        "py.typed",
        "web/landing.html",
        "attribution/mapping/mapping.yml",
        "config/schema.yml",
    ):
        assert f"fedmsg_exporter/{name}" in names


def test_wheel_has_its_metadata(wheel: zipfile.ZipFile) -> None:
    """The wheel has version, licence, readme and the console script."""
    info = f"fedmsg_exporter-{VERSION}.dist-info"
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["Version"] == VERSION
    assert metadata["License-Expression"] == "GPL-2.0-or-later"
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    scripts = wheel.read(f"{info}/entry_points.txt").decode()
    assert "fedmsg-exporter = fedmsg_exporter.commands:main" in scripts


@pytest.mark.skipif(not os.environ.get("FEDMSG_EXPORTER_WHEEL"), reason="tests the source tree")
@pytest.mark.parametrize("folder", [ROOT, ROOT.parent])
def test_wheel_is_what_is_tested(folder: Path) -> None:
    """With `make test WHEEL=...`, tests and subprocesses import the installed wheel."""
    assert Path(fedmsg_exporter.__file__).parent != PACKAGE
    code = "import fedmsg_exporter; print(fedmsg_exporter.__file__)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == fedmsg_exporter.__file__


def test_sdist_has_what_the_tests_need(sdist: set[str]) -> None:
    """From the sdist one can build, test, lint and measure, as from a clone."""
    for name in FOLDERS:
        assert files_of(ROOT / name) <= sdist, name
    assert set(FILES) <= sdist
    assert not [name for name in sdist if JUNK.search(name)]
