"""People by name, only where asked for. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...statistics.numbered import People, Sums, ranked, spread
from ..model import Chart, Column, Row, Section
from ..periods import Period
from .knowledge import NEW, Knowledge

#: The number of people that a list shows.
SHOWN = 50

_MESSAGES = (Column("messages", "Messages"),)


class Named(NamedTuple):
    """Messages of a period, by person, and which of them are new."""

    period: Period
    sums: Sums
    newcomers: Sequence[int]


def named(people: People, period: Period, sums: Sums) -> Named:
    """What is needed to name people."""
    start, end = period.start, period.end
    return Named(period, sums, sorted(one for one in sums if start <= people.first[one] < end))


def name_sections(
    knowledge: Knowledge, people: People, latest: Named | None, newcomers: Mapping[Period, Named]
) -> Iterator[Section]:
    """The core of the latest complete period, and the newcomers of each."""
    if latest:
        yield _core(people, latest)
    yield Section(
        "newcomer_names",
        "Newcomers",
        _MESSAGES,
        tuple(
            Row((one.sums[who],), period.label, people.names[who], marks=knowledge.marks(period))
            for period, one in newcomers.items()
            if knowledge.has(period, NEW)
            for who in one.newcomers
        ),
        subject="Newcomer",
        empty="no newcomers are known",
    )


def _core(people: People, latest: Named) -> Section:
    order = ranked(latest.sums)
    core = spread(latest.sums).core
    shown = order[: min(core, SHOWN)]
    return Section(
        "core_names",
        f"Core people of {latest.period.label}",
        _MESSAGES,
        tuple(Row((latest.sums[one],), latest.period.label, people.names[one]) for one in shown),
        subject="Person",
        chart=Chart.BARS,
        notes=tuple(_cut(latest.sums, order, len(shown), core)),
        empty="nobody was active",
    )


def _cut(sums: Sums, order: Sequence[int], shown: int, core: int) -> Iterator[str]:
    if shown < core:
        yield f"{core - shown} more people are in the core."
    if shown:
        least = sums[order[shown - 1]]
        tied = sum(sums[one] == least for one in order[shown:])
        if tied:
            yield f"{tied} more with {least}."
