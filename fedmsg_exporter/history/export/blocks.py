"""Makes blocks of Prometheus out of text, by promtool. A block appears whole or not at all."""

import shutil
import subprocess
from pathlib import Path

from .errors import ExportError

#: Of the ranges that promtool knows the longest, so that a file becomes one block.
_RANGE = "39366h"
_MISSING = (
    "promtool is not installed; it comes with Prometheus (Debian, Fedora: the package prometheus "
    "or golang-github-prometheus). Name it with --promtool, or use --format openmetrics"
)


def find(given: Path | None) -> Path:
    """The program, as given or on the PATH. Raises ExportError."""
    found = shutil.which(str(given or "promtool"))
    if found is None:
        raise ExportError(f"{given}: not a program that can be run" if given else _MISSING)
    return Path(found)


class Block:
    """A block in the making; promtool runs while the next text is written."""

    def __init__(self, promtool: Path, source: Path, target: Path) -> None:
        """Make a block of the file ``source``, to appear in the folder ``target``."""
        self._source = source
        self._target = target
        self._young = source.with_suffix(".blocks")
        self._young.mkdir()
        command = ["tsdb", "create-blocks-from", "openmetrics", "--quiet"]
        command += [f"--max-block-duration={_RANGE}", str(source), str(self._young)]
        self._process = subprocess.Popen(  # noqa: S603  the operator's own promtool
            [promtool, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def finish(self) -> int:
        """Wait for the block, and put it in its place; returns its bytes. Raises ExportError."""
        output, _ = self._process.communicate()
        self._source.unlink(missing_ok=True)
        if self._process.returncode:
            raise ExportError(f"promtool: {output.strip() or 'failed without a message'}")
        size = 0
        made = [one for one in self._young.iterdir() if one.is_dir()]
        if not made:
            raise ExportError(
                f"promtool created no block from {self._source.name}: {output.strip()}"
            )
        for one in made:
            size += sum(file.stat().st_size for file in one.rglob("*") if file.is_file())
            one.rename(self._target / one.name)
        shutil.rmtree(self._young)
        return size

    def abandon(self) -> None:
        """End promtool, without a block."""
        self._process.kill()
        self._process.communicate()
