"""How activity is spread over people. Pure.

Whole numbers wherever possible: a share is never rounded before a decision.
"""

from collections.abc import Iterable

from .people import Totals

#: The cohorts: cumulative percentages of the people.
COHORTS = (1, 10, 50, 100)


def ranked(totals: Totals) -> list[str]:
    """People, the most active first; equals by name."""
    return sorted(totals, key=lambda person: (-totals[person], person))


def smallest(totals: Totals, part: int, whole: int) -> list[str]:
    """The fewest people, in order, who did at least ``part`` of ``whole`` parts."""
    total, done = sum(totals.values()), 0
    found: list[str] = []
    for person in ranked(totals):
        if whole * done >= part * total:
            break
        done += totals[person]
        found.append(person)
    return found


def core(totals: Totals) -> list[str]:
    """The fewest people who did two thirds."""
    return smallest(totals, 2, 3)


def absence_factor(totals: Totals) -> int:
    """How many people did half (CHAOSS: contributor absence factor)."""
    return len(smallest(totals, 1, 2))


def cohorts(totals: Totals) -> dict[str, int]:
    """The cohort of each person: 1 the most active hundredth, then 2, 3 and 4."""
    cuts = [-(-len(totals) * cut // 100) for cut in COHORTS]
    return {
        person: next(number for number, cut in enumerate(cuts, 1) if rank <= cut)
        for rank, person in enumerate(ranked(totals), 1)
    }


def gini(values: Iterable[int]) -> float:
    """The Gini coefficient: 0 if all are equal, near 1 if one does everything."""
    ascending = sorted(values)
    number, total = len(ascending), sum(ascending)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ascending, 1))
    return (2 * weighted - (number + 1) * total) / (number * total)


def long_tail(values: Iterable[int]) -> float:
    """How far values lie below a straight line from the largest to the least (ralph)."""
    falling = sorted(values, reverse=True)
    if not falling:
        return 0.0
    number, high, low = len(falling), falling[0], falling[-1]
    line = number * high + (low - high) * (number - 1) / 2
    return (line - sum(falling)) / number


def top_share(totals: Totals, number: int = 10) -> float | None:
    """The share of the most active; None where nobody did anything."""
    total = sum(totals.values())
    if not total:
        return None
    return sum(sorted(totals.values(), reverse=True)[:number]) / total


def ties(totals: Totals, cut: int) -> int:
    """How many people after a cut did as much as the last one before it."""
    order = ranked(totals)
    if not 0 < cut < len(order):
        return 0
    return sum(totals[person] == totals[order[cut - 1]] for person in order[cut:])
