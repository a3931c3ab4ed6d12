"""The response of a page, independent of HTTP."""

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple, Protocol

PLAIN = "text/plain; charset=utf-8"


class Asked(Protocol):
    """A request, as pages see it."""

    @property
    def peer(self) -> str:
        """The address of the client, "" behind a unix socket."""

    def header(self, name: str, /) -> str:
        """The values of a header, joined by commas; "" if there is none."""

    def arguments(self, name: str, /) -> list[str]:
        """The values of an argument of the query."""

    def cut(self, reason: str, /) -> None:
        """Close the connection at once, and count that under a reason."""


class Answer(NamedTuple):
    """A response. ``done`` is called once it has been sent or the client has disconnected."""

    body: bytes
    content_type: str = PLAIN
    status: int = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()
    done: Callable[[], object] = lambda: None


def sentence(text: str, status: int = HTTPStatus.OK, *headers: tuple[str, str]) -> Answer:
    """A line of text."""
    return Answer(f"{text}\n".encode(), status=status, headers=headers)


def error(status: HTTPStatus, *headers: tuple[str, str]) -> Answer:
    """A response that consists of its status only."""
    return sentence(f"{status.value} {status.phrase}", status, *headers)
