"""When the queries read a metric: it needs samples only there.

A selector that is evaluated once reads the last sample before that moment, or at
all in its range. In a graph Prometheus 2.42 reads every sample from the first step
to the last, however far apart the steps are: it skips none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tools.preview.asking import Asked

from .asked import seconds

#: Half of a chunk: Prometheus reads one from its begin, 60 samples in the mean.
LEAD = 60
_SELECTOR = re.compile(
    r"(?<![\w:])(?P<metric>(?:fedmsg|process|scrape|up|[a-z_]+:[a-z_]+:)\w*)"
    r"(?:\{(?P<matchers>[^}]*)\})?(?:\[(?P<range>\w+)\])?(?P<end> @ end\(\))?"
    r"(?: offset (?P<offset>-?\w+))?(?![\w(:])"
)
_LISTS = re.compile(r"\b(?:by|on|without) \([^)]*\)")
#: Matchers that pick one user or group of many; a list of one in Grafana is a
#: pattern of one.
_ONE = re.compile(r'\b(?:user|group)=(?:"[^"]*"|~"[\w-]+")')


class Span(NamedTuple):
    """A stretch of time, both ends included."""

    start: int
    end: int


class Which(NamedTuple):
    """The series of a metric, or, with ``only``, those of one user or group."""

    metric: str
    only: str = ""


class Look(NamedTuple):
    """A selector of a query: its series, and how far back it reads."""

    which: Which
    range: int
    offset: int
    #: Whether it always looks from the end of a graph.
    fixed: bool


#: When queries read which series.
Spans = Mapping[Which, list[Span]]

#: For metrics that a bus without certain messages does not have, in seconds.
_USUAL = 15


def looks(expr: str) -> Iterator[Look]:
    """All selectors of a query."""
    for found in _SELECTOR.finditer(_LISTS.sub("", expr)):
        one = _ONE.search(found["matchers"] or "")
        which = Which(found["metric"], one[0].replace("=~", "=") if one else "")
        offset = found["offset"] or "0s"
        back = seconds(offset.removeprefix("-")) * (-1 if offset[0] == "-" else 1)
        yield Look(which, seconds(found["range"] or "0s"), back, bool(found["end"]))


def spans(queries: Iterable[Asked], steps: Mapping[str, int]) -> Spans:
    """When queries look. ``steps`` are the seconds between two samples of each metric."""
    found: dict[Which, set[Span]] = defaultdict(set)
    for query in queries:
        for look in looks(query.expr):
            found[look.which].add(_span(query, look, steps.get(look.which.metric, _USUAL)))
    return {which: _merged(all_of_it) for which, all_of_it in found.items()}


def of(when: Spans, metric: str, labels: str) -> list[Span]:
    """When queries read a series."""
    found = [
        span
        for which, all_of_it in when.items()
        if which.metric == metric and which.only in labels
        for span in all_of_it
    ]
    return _merged(found)


def _span(query: Asked, look: Look, step: int) -> Span:
    first = query.end if query.step is None or look.fixed else query.start
    last = query.end - look.offset
    return Span(int(first - look.offset - look.range - LEAD * step), int(last))


def _merged(found: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
