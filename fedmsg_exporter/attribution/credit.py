"""Whom a message credits: who did it, or everyone it concerns."""

from ..message import Message
from .answer import ClassAnswer
from .logins import Logins
from .mapping import Rule
from .search import Credit, Search

_NO_LOGINS = Logins()


def credit_agent(
    message: Message,
    rule: Rule | None,
    answer: ClassAnswer | None,
    logins: Logins = _NO_LOGINS,
    *,
    packages: bool = True,
    detailed: bool = False,
) -> Credit:
    """Credit who did it: one name at most, and nobody for noise and duplicates.

    ``packages`` also looks for packages. ``detailed`` also explains what was tried
    without success.
    """
    search = Search(message, rule, answer, logins, detailed)
    if not search.quiet():
        search.find_agent()
    if packages:
        search.find_packages()
    return search.credit(limit=1)


def credit_everyone(
    message: Message,
    rule: Rule | None,
    answer: ClassAnswer | None,
    logins: Logins = _NO_LOGINS,
    *,
    packages: bool = True,
    detailed: bool = False,
) -> Credit:
    """Credit everyone a message of any kind concerns: a class adds names, it never hides any."""
    search = Search(message, rule, answer, logins, detailed)
    search.find_everyone()
    if packages:
        search.find_packages()
    return search.credit()
