"""The extra ``schemas``: all that is on PyPI, and nothing that has no message classes."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
#: The keeper of the list of all schema packages: fedora-messaging requests
#: entries in its docs/schema-packages.txt.
KEEPERS = ("datanommer.models", "fedbadges", "fmn")


def extra() -> set[str]:
    """The distributions of the extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["optional-dependencies"]["schemas"])


@pytest.mark.parametrize("name", sorted(extra()))
def test_packages_of_the_extra_have_classes(name: str) -> None:
    """Each package of the extra registers message classes."""
    try:
        entries = distribution(name).entry_points.select(group="fedora.messages")
    except PackageNotFoundError:
        pytest.skip("the extra schemas is not installed")
    assert entries


@pytest.mark.skipif(
    "FEDMSG_EXPORTER_PYPI" not in os.environ, reason="FEDMSG_EXPORTER_PYPI is not set"
)
@pytest.mark.parametrize("keeper", KEEPERS)
def test_the_extra_is_complete(keeper: str, tmp_path: Path) -> None:
    """The list of schema packages on PyPI has none that the extra lacks."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, "--dest", str(tmp_path), keeper], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode("utf-8")
    listed = re.findall(r"""^Requires-Dist: ([\w.-]+).*extra == ["']schemas["']""", metadata, re.M)
    assert listed
    assert set(listed) <= extra()
