"""Random sampling: turning rates into counts, and thinning counts."""

import math
from collections.abc import Iterator
from random import Random

_SMALL = 30


def binomial(rng: Random, number: int, share: float) -> int:
    """Thin a number: each item is kept with the same probability."""
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
        return min(number, poisson(rng, mean))
    return min(number, max(0, round(rng.gauss(mean, math.sqrt(mean * (1 - share))))))


def poisson(rng: Random, mean: float) -> int:
    """Draw a count with a given expectation."""
    if mean > _SMALL:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def wandering(rng: Random, hours: float, deviation: float) -> Iterator[float]:
    """Noise, a value an hour, that is forgotten within some hours (an AR(1) process)."""
    keep = math.exp(-1 / hours)
    value = rng.gauss(0, deviation)
    while True:
        yield value
        value = keep * value + rng.gauss(0, deviation * math.sqrt(1 - keep * keep))
