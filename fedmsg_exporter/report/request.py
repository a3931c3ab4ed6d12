"""What a report is asked for. Pure."""

from typing import NamedTuple


class Request(NamedTuple):
    """The range, what counts, and how to divide it."""

    #: First day and the day after the last, since 1970-01-01 in UTC.
    start: int
    end: int
    #: When the report is made, in epoch seconds.
    now: float
    #: ``week`` or ``month``.
    by: str = "week"
    #: ``monday`` or ``sunday``.
    week_start: str = "monday"
    #: The only categories that count; all if empty.
    categories: tuple[str, ...] = ()
    #: Patterns of the only topics that count, without their prefix; all if empty.
    topics: tuple[str, ...] = ()
    #: Whether people may be named where nobody asked about them.
    names: bool = False
    #: Whether every category gets a section, too.
    each_category: bool = False
