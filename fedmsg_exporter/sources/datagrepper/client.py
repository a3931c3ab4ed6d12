"""Sends one query at a time to datagrepper, and reads its response.

Whatever goes wrong comes back as a `Trouble` with a sentence; nothing is raised.
The API: https://github.com/fedora-infra/datagrepper (docs/reference.rst)
"""

from collections.abc import Mapping
from typing import Any

from twisted.internet import defer

from ...http import HTTP, HTTPError, Response, UnreachableError, in_thread
from ...jsontext import loads
from ...message import from_record
from .plan import Page, Query, Trouble

_OK = 200
_REDIRECTS = 5
_EXCERPT = 200
# HTTP's own time limit applies first where it can, in seconds.
_GRACE = 1.0


class BlockingClient:
    """Queries datagrepper at a base URL. ``timeout`` bounds each response, in seconds."""

    def __init__(self, url: str, timeout: float) -> None:
        self._http = HTTP(url, max(1.0, timeout), redirects=_REDIRECTS)

    def search(self, query: Query) -> Page | Trouble:
        """Send a query, and wait for the outcome."""
        try:
            return page_in(self._http.get("/v2/search", query.parameters()))
        except HTTPError as error:
            return Trouble(str(error), is_unreachable=isinstance(error, UnreachableError))

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class DatagrepperClient:
    """The same for a reactor, without blocking it."""

    def __init__(self, url: str, timeout: float, reactor: Any) -> None:
        self._url = url
        self._timeout = max(1.0, timeout)
        self._reactor = reactor
        self._client = self._opened()

    def search(self, query: Query) -> "defer.Deferred[Page | Trouble]":
        """Send a query. The outcome is never a failure, unless it is cancelled."""
        client = self._client
        outcome = in_thread(self._reactor, lambda: client.search(query))
        # A server may send its headers byte by byte: then the thread is abandoned.
        return outcome.addTimeout(self._timeout + _GRACE, self._reactor, self._abandon)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _opened(self) -> BlockingClient:
        return BlockingClient(self._url, self._timeout)

    def _abandon(self, _: object, timeout: float) -> Trouble:
        self._client = self._opened()
        return Trouble(f"no complete response within {timeout:g} s")


def page_in(response: Response) -> Page | Trouble:
    """The page of messages in a response, or why there is none."""
    if response.status != _OK:
        excerpt = response.body[:_EXCERPT].decode("utf-8", "replace")
        reason = f"unexpected status {response.status}: {excerpt!r}"
        return Trouble(reason, _retry_after(response))
    try:
        return _page(loads(response.body))
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        return Trouble(f"the response is not a page of messages: {error!r}")


def _page(content: Mapping[str, Any]) -> Page:
    """A page. Raises Python's own errors if the response has an unexpected form."""
    records, pages, total = content["raw_messages"], content["pages"], content["total"]
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise TypeError("raw_messages is not a list of objects")
    return Page(tuple(map(from_record, records)), int(pages), int(total))


def _retry_after(response: Response) -> float:
    """The seconds in a ``Retry-After`` header, 0 without one or if it is a date."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0
