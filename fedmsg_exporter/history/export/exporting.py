"""Runs an export: checks the target and the space, then writes piece by piece."""

import errno
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .blocks import Block
from .errors import ExportError
from .lines import END, Target, lines, stamps
from .past import Past
from .plan import Piece, Plan, Size, pieces, samples

#: Where pieces are written before they are complete.
_YOUNG = ".export"
#: How many calls of promtool there may be at a time.
_TOGETHER = 2
#: About how long a line of text is, and a sample in a block, in bytes: measured, and rounded up.
_LINE, _SAMPLE = 110, 2.5


class How(NamedTuple):
    """How to write: promtool, None for text alone, and the longest block in seconds."""

    promtool: Path | None
    block: int
    target: Target


class Progress(NamedTuple):
    """How far an export is."""

    #: Up to when everything is written, in epoch seconds.
    at: float
    samples: int
    bytes: int


class Exported(NamedTuple):
    """What was written."""

    pieces: int
    samples: int
    bytes: int


def estimate(plan: Plan, size: Size, how: How) -> int:
    """About how many bytes an export needs on the disk."""
    number = samples(plan, size)
    if how.promtool is None:
        return number * _LINE
    largest = max(
        (len(one.times()) * size.of(one.step) for one in pieces(plan, how.block, size)), default=0
    )
    return int(number * _SAMPLE) + (_TOGETHER + 1) * largest * _LINE


def prepare(folder: Path, needed: int) -> None:
    """Create the folder, or see that it is empty and has room. Raises ExportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ExportError(f"{folder}: not empty; use a new folder, or empty this one")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise ExportError(f"{folder}: {error.strerror}") from error
    if free < needed:
        raise ExportError(
            f"{folder}: about {_megabytes(needed)} are needed, but only {_megabytes(free)} are "
            "free; use a folder on another disk"
        )


def export(
    past: Past, plan: Plan, folder: Path, how: How, progress: Callable[[Progress], object]
) -> Exported:
    """Write everything into an empty folder. Raises ExportError; nothing partial is left then."""
    young = folder / _YOUNG
    done = Exported(0, 0, 0)
    with _cleaned(young, folder):
        pending: deque[Block] = deque()
        try:
            for piece in pieces(plan, how.block, past.size()):
                path = young / f"{piece.start}.om"
                number = _write(path, past, piece, how.target)
                if how.promtool:
                    pending.append(Block(how.promtool, path, folder))
                    size = pending.popleft().finish() if len(pending) >= _TOGETHER else 0
                else:
                    size = path.stat().st_size
                    path.rename(folder / path.name)
                done = Exported(done.pieces + 1, done.samples + number, done.bytes + size)
                progress(Progress(piece.end, done.samples, done.bytes))
            size = sum(one.finish() for one in pending)
            pending.clear()
        finally:
            for one in pending:
                one.abandon()
    return done._replace(bytes=done.bytes + size)


def _write(path: Path, past: Past, piece: Piece, target: Target) -> int:
    """Write a piece as text; returns the number of samples."""
    at = stamps(piece.times())
    number = 0
    with path.open("w", encoding="utf-8") as file:
        for one in past.series(piece):
            for text in lines(one, target, at):
                file.write(text)
                number += text.count("\n")
        file.write(END)
    return number


@contextmanager
def _cleaned(young: Path, folder: Path) -> Iterator[None]:
    """Remove incomplete files in any case. Raises ExportError, also for a full disk."""
    try:
        young.mkdir()
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ExportError(
                f"{folder}: the disk is full; the files that are there are complete"
            ) from error
        raise ExportError(f"{error.filename or folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(young, ignore_errors=True)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
