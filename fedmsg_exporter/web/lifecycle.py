"""The page ``/-/reload``, as Prometheus has it: POST or PUT, and only where it is enabled."""

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from twisted.internet.defer import Deferred

from .answer import Answer, Asked, sentence
from .pages import Page

PATH = "/-/reload"
METHODS = ("POST", "PUT")

_DISABLED = "Lifecycle API is not enabled; set web.enable_lifecycle, or send SIGHUP."


class Outcome(NamedTuple):
    """What came of a reload, and what there is to say about it."""

    succeeded: bool
    text: str


#: Reloads, and gives what came of it. Takes who asked for it.
Reload = Callable[[str], "Deferred[Outcome]"]


def page(reload: Reload, *, enabled: bool) -> Page:
    """The page. Its response comes once the reload is over."""

    def answer(asked: Asked) -> "Answer | Deferred[Answer]":
        if not enabled:
            return sentence(_DISABLED, HTTPStatus.FORBIDDEN)
        who = f" from {asked.peer}" if asked.peer else ""
        return reload(f"POST {PATH}{who}").addCallback(_answer)

    return answer


def _answer(outcome: Outcome) -> Answer:
    status = HTTPStatus.OK if outcome.succeeded else HTTPStatus.INTERNAL_SERVER_ERROR
    return sentence(outcome.text, status)
