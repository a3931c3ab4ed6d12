"""The tables that are printed."""

from collections.abc import Iterator, Mapping

from .judge import PACE, Score
from .outages import KINDS, Kind

#: What is aimed at: total stops of 3 hours or more are told within this time.
MINUTES = 90
STOPS = tuple(kind for kind in KINDS if kind.loss == 1 and kind.hours >= 3)
DROPS = Kind(0.6, 12)


def tables(scores: Mapping[str, Score], ours: str) -> str:
    """All tables, as Markdown."""
    parts = [
        "## Goals", *_goals(scores),
        "", "## Outages found: recall, and minutes until found (median, 90 %)", *_recall(scores),
        "", "## False alarms of a category in eight weeks", *_alarms(scores, ours),
    ]  # fmt: skip
    return "\n".join(parts)


def _goals(scores: Mapping[str, Score]) -> Iterator[str]:
    yield (
        f"| method | stops of 3 h and more, {PACE} messages an hour and more: found within "
        f"{MINUTES} min | {DROPS}, {PACE} and more | false alarms, mean | worst |"
    )
    yield "| --- | --- | --- | --- | --- |"
    for method, score in scores.items():
        found = [score.found(kind, PACE) for kind in STOPS]
        number = sum(f.number for f in found)
        in_time = sum(f.within(MINUTES) * f.number for f in found)
        drops = score.found(DROPS, PACE)
        rates = [score.alarm_rate(category) for category in score.alarms]
        yield (
            f"| {method} | {in_time / number:.1%} of {number} | {drops.recall:.1%} of "
            f"{drops.number} | {sum(rates) / len(rates):.2f} | {max(rates):.1f} |"
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


def _alarms(scores: Mapping[str, Score], ours: str) -> Iterator[str]:
    yield "| category | " + " | ".join(scores) + f" | {DROPS}: recall of {ours} |"
    yield "| --- |" + " --- |" * (len(scores) + 1)
    for category in scores[ours].alarms:
        cells = [f"{score.alarm_rate(category):.1f}" for score in scores.values()]
        yield f"| {category} | " + " | ".join(cells) + f" | {_own(scores[ours], category)} |"


def _own(score: Score, category: str) -> str:
    """The recall of drops in one category."""
    chosen = [f for f in score.findings if f.category == category and f.kind == DROPS]
    if not chosen:
        return ""
    return f"{sum(f.minutes is not None for f in chosen) / len(chosen):.0%} of {len(chosen)}"
