"""What an answer must be: values by labels, and by how much they may differ."""

from collections.abc import Callable, Collection, Iterable, Mapping
from math import sqrt
from typing import NamedTuple

from harness.prometheus import Sample

from .truth import Labels, Values, labels

#: Labels that say where a sample comes from, and not what it counts.
_TARGET = ("__name__", "job", "instance")
#: So many standard deviations of what chance sends are allowed: one in eighty is beyond.
_SIGMAS = 2.5


class Right(NamedTuple):
    """A right answer.

    An answer may differ by ``absolute``, by a share of the value, and by what chance
    sends in the part of a window, ``edge``, that increase() extrapolates. ``optional`` are
    those so close to a limit of the query that they may be missing, ``top`` is how many
    of the largest are asked for; 0 is all. ``unjudged`` may be anything.
    """

    values: Values
    absolute: float = 1
    relative: float = 0
    edge: float = 0
    optional: Mapping[Labels, float] = {}
    top: int = 0
    unjudged: Collection[Labels] = ()

    def allowed(self, value: float) -> float:
        """By how much an answer may differ from a value."""
        by_chance = _SIGMAS * sqrt(abs(value) * self.edge)
        return self.absolute + self.relative * abs(value) + by_chance


class Verdict(NamedTuple):
    """How many values were compared, how many of them were wrong, the largest difference."""

    compared: int
    wrong: list[str]
    worst: float

    def __bool__(self) -> bool:
        """Whether all is right."""
        return not self.wrong


def answered(samples: Iterable[Sample]) -> Values:
    """The values of an answer by their labels; by their names if those are all they have."""
    return {_labels(one.labels): one.value for one in samples}


def _labels(given: Mapping[str, str]) -> Labels:
    if given.keys() == {"__name__"}:
        return labels(**given)
    return labels(**{name: text for name, text in given.items() if name not in _TARGET})


def judge(answer: Values, right: Right) -> Verdict:
    """Compare an answer with the right one; what is missing counts as 0."""
    wrong: list[str] = []
    worst = 0.0
    expected = _largest(answer, right) if right.top else right.values
    everything = expected.keys() | answer.keys()
    for name in sorted(everything - {*right.unjudged}):
        said, value = answer.get(name, 0), expected.get(name, 0)
        if name in right.optional:
            value = right.optional[name] if name in answer else 0
        if repr(said) == repr(value):  # also where both are not a number
            continue
        difference = abs(said - value)
        worst = max(worst, difference)
        if not difference <= right.allowed(value):
            wrong.append(f"{_text(name)} is {said:g} instead of {value:g}")
    return Verdict(len(everything), wrong, worst)


def _largest(answer: Values, right: Right) -> Values:
    """What of the truth an answer chose, if those may be the largest, else the largest."""
    ranked = sorted(right.values.items(), key=lambda one: -one[1])[: right.top]
    least = ranked[-1][1] if ranked else 0
    chosen = {name: right.values.get(name, 0) for name in answer}
    few = len(chosen) != len(ranked)
    return dict(ranked) if few or min(chosen.values(), default=0) < least - 2 else chosen


def limited(
    values: Values, margin: float, limit: Callable[[Labels, float], float]
) -> tuple[Values, Values]:
    """Values above their limit, and those so close to it that an answer may miss them."""
    above = {one: value for one, value in values.items() if value > limit(one, value)}
    close = {o: v for o, v in values.items() if abs(v - limit(o, v)) <= margin}
    return above, close


def _text(name: Labels) -> str:
    return ", ".join(f"{label}={text}" for label, text in name) or "it"
