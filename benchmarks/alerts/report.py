"""The tables that are printed."""

from collections.abc import Iterator, Mapping

from .judge import PACE, Score
from .outages import KINDS, Kind

#: The goal: total stops of 3 hours or more are found within this time.
MINUTES = 90
STOPS = tuple(kind for kind in KINDS if kind.loss == 1 and kind.hours >= 3)
DROPS = Kind(0.6, 12)
LONG = Kind(0.4, 48)


def tables(scores: Mapping[str, Score]) -> str:
    """All tables, as Markdown."""
    parts = [
        "## Goals", *_goals(scores),
        "", "## Outages found: recall, and minutes until found (median, 90 %)", *_recall(scores),
        "", "## By bus", *_buses(scores),
    ]  # fmt: skip
    return "\n".join(parts)


def _goals(scores: Mapping[str, Score]) -> Iterator[str]:
    yield (
        f"| method | stops of 3 h and more, {PACE} messages an hour and more: found within "
        f"{MINUTES} min | {DROPS} (median minutes) | {LONG} "
        "| false alarms of a category in eight weeks | worst |"
    )
    yield "| --- | --- | --- | --- | --- | --- |"
    for method, score in scores.items():
        yield f"| {method} | {_goal(score)} | {score.worst:.1f} |"


def _buses(scores: Mapping[str, Score]) -> Iterator[str]:
    yield "| bus, method | stops | drops | long drops | false alarms |"
    yield "| --- | --- | --- | --- | --- |"
    for bus in dict.fromkeys(one.bus for score in scores.values() for one in score.findings):
        for method, score in scores.items():
            yield f"| {bus}, {method} | {_goal(score.of(bus))} |"


def _goal(score: Score) -> str:
    found = [score.found(kind, PACE) for kind in STOPS]
    number = sum(f.number for f in found)
    in_time = sum(f.within(MINUTES) * f.number for f in found) / number if number else float("nan")
    drops, long = score.found(DROPS, PACE), score.found(LONG, PACE)
    return (
        f"{in_time:.1%} of {number} | {drops.recall:.1%} of {drops.number} "
        f"({drops.delays[0]:.0f}) | {long.recall:.1%} of {long.number} | {score.alarm_rate:.2f}"
    )


def _recall(scores: Mapping[str, Score]) -> Iterator[str]:
    yield "| outage | " + " | ".join(scores) + " |"
    yield "| --- |" + " --- |" * len(scores)
    for kind in KINDS:
        cells = []
        for score in scores.values():
            found = score.found(kind, PACE)
            middle, late = found.delays
            cells.append(f"{found.recall:.0%} ({middle:.0f}, {late:.0f})")
        yield f"| {kind} | " + " | ".join(cells) + " |"
