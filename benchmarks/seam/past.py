"""History by the real commands: imported from files, exported for the servers."""

import subprocess
import sys
import time
from pathlib import Path

from .known import Known


def imported(config: Path, known: Known, folder: Path) -> float:
    """Import the files of the known traffic; returns the seconds it took."""
    known.write(folder)
    return _call("history", "import", "--config", str(config), str(folder))


def exported(config: Path, folder: Path, *more: str) -> float:
    """Export history into a folder; returns the seconds it took."""
    return _call("history", "export", "--config", str(config), *more, str(folder))


def _call(*arguments: str) -> float:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "fedmsg_exporter", *arguments],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{' '.join(arguments)}: {done.stderr or done.stdout}")
    return time.monotonic() - started
