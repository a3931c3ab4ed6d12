"""An import on a disk that is full, and killed in the middle."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedmsg_exporter.history import part
from tests.exports import MONDAY, configured, content, export, recording, row, run

from .disks import Disk, mounted


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk") as one:
        yield one


@pytest.fixture
def many(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    for number in range(3):
        rows = [row(MONDAY + number, i, f"user{i}") for i in range(1440)]
        export(tmp_path / "exports", MONDAY + number, rows)
    recording(tmp_path / "exports" / "more", [row(MONDAY + 9, i, f"user{i}") for i in range(1440)])
    return tmp_path / "exports"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("kept", [0, 80_000, 200_000, 400_000])
def test_import_on_a_full_disk(
    disk: Disk, many: Path, tmp_path: Path, jobs: int, kept: int
) -> None:
    """It ends with the reason and the way out; with room again, the same command ends the same."""
    state = configured(disk.folder)
    config = ["--config", str(state.with_name("config.yml")), "--jobs", str(jobs)]
    command = [sys.executable, "-m", "fedmsg_exporter", "history", "import", *config, str(many)]
    (disk.folder / "kept").write_bytes(b"x" * kept)
    disk.fill()
    (disk.folder / "kept").unlink()
    full = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if full.returncode:
        assert full.returncode == 4, full.stderr
        assert "history.sqlite" in full.stderr
        assert "free some space, then run the same command to resume" in full.stderr
        assert "Traceback" not in full.stderr
    assert kept or full.returncode
    disk.empty()
    assert run(state, "import", many).exit_code == 0
    whole = configured(tmp_path / "whole")
    assert run(whole, "import", many).exit_code == 0
    assert content(state) == content(whole)
    assert not part.folder(state.with_name("history.sqlite")).exists()
