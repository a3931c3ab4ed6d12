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

from fedmsg_exporter.version import __version__
from tests.docs.contract import ROOT

PACKAGE = ROOT / "fedmsg_exporter"
# What git may leave in the folders: nothing of it belongs into a package.
JUNK = re.compile(r"__pycache__|\.pyc$|\.sqlite")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist: the wheel made of the sdist, as pip would."""
    folder = tmp_path_factory.mktemp("dist")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    result = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", folder, ROOT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return folder


@pytest.fixture
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture
def sdist(built: Path) -> set[str]:
    """The files of the sdist, less its folder."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def files_of(folder: Path) -> set[str]:
    """All files of a folder in the repository, as git would keep them."""
    names = {str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not JUNK.search(name)}


def test_wheel_has_the_whole_package(wheel: zipfile.ZipFile) -> None:
    """The wheel has every file of the package, and nothing but the package and its metadata."""
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
    info = f"fedmsg_exporter-{__version__}.dist-info"
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["Version"] == __version__
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    scripts = wheel.read(f"{info}/entry_points.txt").decode()
    assert "fedmsg-exporter = fedmsg_exporter.commands:main" in scripts


def test_sdist_has_what_the_tests_need(sdist: set[str]) -> None:
    """Whoever has the sdist can build, test, lint and measure, as with a clone."""
    for name in ("fedmsg_exporter", "tests", "docs", "deploy", "benchmarks", "tools", ".ci"):
        assert files_of(ROOT / name) <= sdist, name
    files = ("CHANGELOG.md", "LICENSE", "README.md", "Makefile", "Dockerfile", ".dockerignore")
    assert {*files, "pyproject.toml"} <= sdist
    assert not [name for name in sdist if JUNK.search(name)]
