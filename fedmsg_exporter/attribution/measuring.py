"""What a message adds to the metrics that the mapping declares.

The rules for a topic are looked up once. They are tried on each message in order; for
each metric, the first one that applies decides. Bodies are not trusted: a value that
is unfit for a label becomes `INVALID`.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice, product
from typing import Any, NamedTuple

from ..event import INVALID, Measure
from .mapping.paths import BodyPath, PathError

#: The number of series of one metric that a single message may add to.
MOST = 64

# What must never become a label: e-mail addresses, IP addresses, unprintable text,
# and values with a special meaning here.
_MAIL = re.compile(r"[^\s@]@[^\s@]")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?![\w:.])")
_LONGEST = 200


class Word(NamedTuple):
    """A word of the topic without its prefix, by index: 0 is the category, -1 the last."""

    place: int

    @property
    def text(self) -> str:
        """How it is displayed."""
        return f"topic[{self.place}]"


#: Where the value of a label comes from.
Source = BodyPath | Word


class MetricRule(NamedTuple):
    """How messages on some topics add to a metric.

    ``labels`` pairs each label with the sources of its value; the first source
    that finds anything decides. ``value`` is the path to the number to keep, for
    metrics that keep one; ``counts`` is set for metrics that count messages.
    ``name`` is the file and line of the rule.
    """

    name: str
    metric: str
    topics: tuple[str, ...]
    labels: tuple[tuple[str, tuple[Source, ...]], ...]
    when: BodyPath | None = None
    value: BodyPath | None = None
    counts: bool = False


class Measured(NamedTuple):
    """What was measured in one message, what failed, and the explanation."""

    measures: tuple[Measure, ...] = ()
    errors: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


#: The result for a message that no metric measures.
NOTHING = Measured()


class _UnfitError(Exception):
    """A rule does not apply to a message; the text gives the reason."""


def measure(
    body: Mapping[str, Any], topic: str, metrics: Sequence[Sequence[MetricRule]]
) -> Measured:
    """Measure a body by the rules of its topic, grouped by metric."""
    measures: list[Measure] = []
    errors: dict[str, None] = {}
    why: list[str] = []
    words = topic.split(".")
    for rules in metrics:
        for rule in rules:
            try:
                measures += _measures(rule, body, words)
                break
            except _UnfitError as reason:
                why.append(f"{rule.name}: {rule.metric} not measured: {reason}")
            except PathError as error:
                errors["mapping"] = None
                why.append(f"{rule.name}: {rule.metric} not measured: {error}")
    return Measured(tuple(measures), tuple(errors), tuple(why))


def label_value(found: object) -> str | None:
    """Turn what a path found into a label value: None if nothing, `INVALID` if unfit.

    False counts as nothing: ``condition && path`` gives it if the condition does not
    hold.
    """
    if isinstance(found, bool):
        return "true" if found else None
    if isinstance(found, int | float):
        return str(found) if abs(found) < 10**_LONGEST else INVALID
    if not isinstance(found, str):
        return None
    if len(found) > _LONGEST:  # kept out of the cache
        return INVALID
    text = found.strip()
    return (text if _fit(text) else INVALID) if text else None


def _measures(rule: MetricRule, body: Mapping[str, Any], words: list[str]) -> list[Measure]:
    if rule.when is not None and not rule.when.holds(body):
        raise _UnfitError(f"{rule.when.text} does not hold")
    value = 1.0 if rule.counts else _number(rule.value, body) if rule.value else None
    values = [_values(label, sources, body, words) for label, sources in rule.labels]
    return [Measure(rule.metric, labels, value) for labels in islice(product(*values), MOST)]


def _values(
    label: str, sources: tuple[Source, ...], body: Mapping[str, Any], words: list[str]
) -> list[str]:
    """Return all values of a label; a list in the body gives several."""
    for source in sources:
        found = _word(source, words) if isinstance(source, Word) else source.find(body)
        several = islice(_flat(found), MOST)
        values = [value for one in several if (value := label_value(one)) is not None]
        if values:
            return list(dict.fromkeys(values))
    tried = ", ".join(source.text for source in sources)
    raise _UnfitError(f"no {label} at {tried}")


def _flat(found: object) -> Iterator[object]:
    if isinstance(found, list):
        yield from found
    else:
        yield found


def _word(word: Word, words: list[str]) -> str | None:
    return words[word.place] if -len(words) <= word.place < len(words) else None


def _number(path: BodyPath, body: Mapping[str, Any]) -> float:
    found = path.find(body)
    if isinstance(found, int | float) and not isinstance(found, bool):
        try:
            number = float(found)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _UnfitError(f"no number at {path.text}")


@lru_cache(maxsize=20_000)
def _fit(text: str) -> bool:
    return (
        text.isprintable()
        and not text.startswith("__")
        and not _MAIL.search(text)
        and not _IPV4.search(text)
        and not any(_is_address(one) for one in _IPV6.findall(text))
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
