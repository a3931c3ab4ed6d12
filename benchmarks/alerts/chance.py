"""Chance: thinning counts, as when only some of the messages are seen."""

import math
from random import Random

_SMALL = 30


def binomial(rng: Random, number: int, share: float) -> int:
    """How many of a number are kept, each with the same probability."""
    if share >= 1 or number == 0:
        return number
    if share <= 0:
        return 0
    if number <= _SMALL:
        return sum(rng.random() < share for _ in range(number))
    if share > 0.5:
        return number - binomial(rng, number, 1 - share)
    mean = number * share
    if mean <= _SMALL:
        return min(number, _poisson(rng, mean))
    return min(number, max(0, round(rng.gauss(mean, math.sqrt(mean * (1 - share))))))


def split(rng: Random, number: int, parts: int) -> list[int]:
    """Share a number out among equal parts, at random."""
    shares = []
    for left in range(parts, 0, -1):
        shares.append(binomial(rng, number, 1 / left))
        number -= shares[-1]
    return shares


def _poisson(rng: Random, mean: float) -> int:
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
