"""The activity that reports answer from, whatever it was read from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..statistics.coverage import Coverage
from ..statistics.numbered import Stretch, Sums
from .model import LeftOut
from .request import Request


class PersonDay(NamedTuple):
    """Messages of a person on a day in a category."""

    day: int
    person: str
    category: str
    messages: int


class Known(Protocol):
    """Activity of people, bots excluded, in one or several stores."""

    credit: str
    expose: str
    sources: tuple[str, ...]

    def coverage(self) -> Coverage:
        """The time for which everything is known, day by day; half a week is not a week."""

    def first_coverage(self) -> Coverage:
        """The time within which first messages are known: also of days deleted as too old.

        What depends on how long somebody has been there goes by this (`newcomers`,
        `tenure`), everything else by `coverage`.
        """

    def first(self) -> Mapping[str, int]:
        """The day of each person's first message of all, whatever is asked for."""

    def last(self) -> Mapping[str, int]:
        """The day of each person's latest message of all, whatever is asked for."""

    def closed(self) -> Mapping[int, Mapping[str, float]]:
        """What the exporter kept forever of each week from Monday, unfiltered.

        The names are those of `statistics.weekly`, with what could not be known missing.
        """

    def named(self) -> frozenset[tuple[str, str]]:
        """Category and topic of every message that was ever counted, whoever sent it."""

    def days(
        self, request: Request, start: int, end: int, people: Collection[str] | None = None
    ) -> Iterator[PersonDay]:
        """What people did in some days, in order of day; of the request only the filters count."""

    def totals(self, request: Request, start: int, end: int) -> Mapping[str, int]:
        """Messages by person in some days; cheaper than `days`."""

    def stretches(
        self, request: Request, several: Sequence[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[Stretch]:
        """What everyone did in each stretch of days, also where nobody did anything.

        ``numbers`` has everyone. This is for years: ten times as fast as `days`.
        """

    def by_category(
        self, request: Request, several: Sequence[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[Mapping[str, Sums]]:
        """Messages of everyone in each stretch of days, by category."""

    def topics(
        self, request: Request, start: int, end: int, people: Collection[str] | None = None
    ) -> Iterator[tuple[str, str, int]]:
        """Category, topic and messages of some people, or of everyone, in some days."""

    def left_out(self, request: Request) -> LeftOut:
        """What of the range is credited to no person."""
