"""The page ``/-/reload``, as in Prometheus: POST or PUT, and only where it is enabled."""

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
    """Whether a reload succeeded, and a text about it."""

    succeeded: bool
    text: str


#: Reloads the config; takes the name of who requested it, for the log.
Reload = Callable[[str], "Deferred[Outcome]"]


def page(reload: Reload, *, enabled: bool) -> Page:
    """The page. It responds once the reload has finished."""

    def answer(asked: Asked) -> "Answer | Deferred[Answer]":
        if not enabled:
            return sentence(_DISABLED, HTTPStatus.FORBIDDEN)
        who = f" from {asked.peer}" if asked.peer else ""
        return reload(f"POST {PATH}{who}").addCallback(_answer)

    return answer


def _answer(outcome: Outcome) -> Answer:
    status = HTTPStatus.OK if outcome.succeeded else HTTPStatus.INTERNAL_SERVER_ERROR
    return sentence(outcome.text, status)
