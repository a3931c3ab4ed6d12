"""Makes Prometheus blocks from series: one text, and one call of promtool, per block."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from harness import promtool

from . import looks
from .bus import Series
from .looks import Span

#: Blocks as large as Prometheus makes them where it keeps two months.
HOURS = 54
_BLOCK = HOURS * 3600
#: Most counters do not change within this many seconds.
_PIECE = 3600
#: The number of samples that can be written in a few minutes.
_MOST = 200_000_000


def write(
    folder: Path, data: Path, series: Sequence[Series], when: looks.Spans, whole: Span
) -> int:
    """Write samples at the times that are read; returns how many.

    Raises ValueError if that is more than can be written.
    """
    path = folder / "samples.om"
    wanted = [(one, looks.of(when, one.metric, one.labels)) for one in series]
    samples = _counted(wanted, whole)
    for begin in range(whole.start // _BLOCK * _BLOCK, whole.end + 1, _BLOCK):
        block = Span(max(begin, whole.start), min(begin + _BLOCK - 1, whole.end))
        with path.open("w", encoding="utf-8") as file:
            for one, spans in wanted:
                for piece in _pieces(spans, block):
                    file.write(_lines(one, piece))
            file.write("# EOF\n")
        _load(path, data)
    return samples


def _counted(wanted: Iterable[tuple[Series, list[Span]]], whole: Span) -> int:
    """The approximate number of samples."""
    by_metric: Counter[str] = Counter()
    for one, spans in wanted:
        for span in spans:
            seconds = min(span.end, whole.end) - max(span.start, whole.start, one.since)
            by_metric[one.metric] += max(0, seconds) // one.step
    if by_metric.total() > _MOST:
        metric, samples = by_metric.most_common(1)[0]
        raise ValueError(f"{samples:,} samples of {metric} are read: too many for this machine")
    return by_metric.total()


def _pieces(spans: Iterable[Span], block: Span) -> Iterator[Span]:
    """Cut spans to the hours of a block."""
    for span in spans:
        start, end = max(span.start, block.start), min(span.end, block.end)
        while start <= end:
            until = min(end, start // _PIECE * _PIECE + _PIECE - 1)
            yield Span(start, until)
            start = until + 1


@lru_cache(maxsize=4096)
def _stamps(start: int, end: int, step: int) -> list[str]:
    return [str(at) for at in range(-(-start // step) * step, end + 1, step)]


def _lines(one: Series, piece: Span) -> str:
    stamps = _stamps(max(piece.start, one.since), piece.end, one.step)
    if not stamps:
        return ""
    series = f"{one.metric}{{{one.labels}}}"
    value = one.value(int(stamps[0]))
    if value == one.value(int(stamps[-1])):  # counters: nor did it change between
        return f"{series} {value} " + f"\n{series} {value} ".join(stamps) + "\n"
    return "".join(f"{series} {one.value(int(at))} {at}\n" for at in stamps)


def _load(path: Path, data: Path) -> None:
    command = "tsdb", "create-blocks-from", "openmetrics", "--quiet"
    answer = promtool(*command, f"--max-block-duration={HOURS}h", str(path), str(data))
    path.unlink()
    if answer.returncode:
        raise ValueError(answer.stderr)
