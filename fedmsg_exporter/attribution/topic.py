"""Splits a topic into domain, environment, category and the rest.

The rule is datanommer's: the category is the word after domain and environment, the
fourth in ``org.fedoraproject.prod.bodhi.update.comment``. The result is the same as
datanommer's for every topic that has both, and sensible for those that do not:
``org.centos.ci.build`` is ``ci``, an unprefixed ``bodhi.update.comment`` is ``bodhi``.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from ..event import INVALID, OTHER

#: The domains on Fedora's bus: its own, pagure.io, release-monitoring.org, CentOS.
DOMAINS = ("org.fedoraproject", "io.pagure", "org.release-monitoring", "org.centos")

#: What follows the domain, if anything does (``stage`` is CentOS CI's).
ENVIRONMENTS = ("prod", "stg", "stage", "dev")

#: The category of a topic that has no word after its prefix.
UNCLASSIFIED = "unclassified"

# Label values that can be read and typed, and are not e-mail addresses. AMQP allows
# 255 bytes in a topic.
_CATEGORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_LONGEST = 255
_TOPIC = re.compile(r"[!-?A-~]{1,255}", re.ASCII)


class Place(NamedTuple):
    """The parts of a topic. ``short_topic`` is what follows the environment.

    ``domain`` is `OTHER` if it is unknown, since anyone may make one up;
    ``environment`` is "" if the topic has none.
    """

    domain: str
    environment: str
    category: str
    short_topic: str


def place(topic: str, domains: tuple[str, ...] = DOMAINS) -> Place:
    """Split any text into the parts of a topic; a part that is unfit for a label is `INVALID`."""
    # A topic longer than AMQP allows comes from a damaged file, and is not worth caching.
    return (_place if len(topic) <= _LONGEST else _place.__wrapped__)(topic, domains)


@lru_cache(maxsize=10_000)
def _place(topic: str, domains: tuple[str, ...]) -> Place:
    words = topic.split(".")
    domain = ".".join(words[:2])
    if "VirtualTopic" in words[0]:
        # Topics of the old Red Hat bus, as in datanommer: the third word.
        return Place(OTHER, "", _category(words[2:3]), _label(words))
    if len(words) > 2 and words[2] in ENVIRONMENTS:  # noqa: PLR2004  two words of domain
        known = domain if domain in domains else OTHER
        return Place(known, words[2], _category(words[3:4]), _label(words[3:]))
    if domain in domains:
        return Place(domain, "", _category(words[2:3]), _label(words[2:]))
    return Place(OTHER, "", _category(words[:1]), _label(words))


def _category(word: list[str]) -> str:
    if not word or not word[0]:
        return UNCLASSIFIED
    return word[0] if _CATEGORY.fullmatch(word[0]) else INVALID


def _label(words: list[str]) -> str:
    text = ".".join(words)
    if not text:
        return UNCLASSIFIED
    return text if _TOPIC.fullmatch(text) else INVALID
