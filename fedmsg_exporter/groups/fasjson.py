"""Asks FASJSON who is in which group: one request a group, one for the list.

Blocks, and so belongs in a thread. Whatever goes wrong is told in words that
are the same for the same trouble, so that it can be told once.
"""

import json
import time
from collections.abc import Iterator
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

from .. import __version__
from ..attribution.names import fas_name
from ..config import Config, Fasjson
from ..document import DocumentError, Problem
from ..event import INVALID
from .membership import Selection

#: The largest answer, in bytes. A group of 10,000 is 1 MB.
MAX_BODY = 32 * 1024 * 1024

#: After so many groups in a row that could not be read, the others are not asked for.
PATIENCE = 3

# So little at a time, since each time may take the whole timeout.
_CHUNK = 64
_EXTRA = (
    "needs the extra `fasjson`: pip install 'fedmsg-exporter[fasjson]'; or set `auth: none` "
    "for a FASJSON that asks nobody who they are"
)


class FasjsonError(Exception):
    """An answer that is of no use; the message says why."""


class Reading(NamedTuple):
    """What FASJSON told: the members of groups, and why of others it told nothing.

    ``wanted`` are the groups to count, None where the list of them failed; then
    ``failures`` has why under "".
    """

    wanted: frozenset[str] | None
    members: dict[str, frozenset[str]]
    failures: dict[str, str]


def require(config: Config) -> None:
    """Raise DocumentError where FASJSON is to be asked and the extra for it is missing."""
    if config.fasjson and config.fasjson.auth == "kerberos":
        try:
            import requests_gssapi  # noqa: F401, PLC0415  only those need it who ask
        except (ImportError, OSError) as error:
            message = f"{_EXTRA} ({error})"
            raise DocumentError([Problem("config", None, "groups.fasjson", message)]) from error


class FasjsonClient:
    """Reads groups from a FASJSON."""

    def __init__(self, config: Fasjson) -> None:
        self._base = config.url.rstrip("/")
        self._timeout = config.timeout
        self._auth = config.auth

    def read(self, selection: Selection, stop: Event) -> Reading:
        """Read all groups of a selection, until ``stop`` is set. Nothing is raised."""
        reading = Reading(None, {}, {})
        with requests.Session() as session:
            try:
                session.auth = _authenticator() if self._auth == "kerberos" else None
                wanted = self._wanted(session, selection)
            except Exception as error:  # noqa: BLE001  GSSAPI has errors of its own
                reading.failures[""] = self._reason(error)
                return reading
            self._read_groups(session, sorted(wanted), reading, stop)
        return reading._replace(wanted=frozenset(wanted))

    def _read_groups(
        self, session: requests.Session, wanted: list[str], reading: Reading, stop: Event
    ) -> None:
        in_a_row = 0
        for group in wanted:
            if stop.is_set() or in_a_row >= PATIENCE:
                reading.failures.setdefault(group, "was not asked for any more")
                continue
            try:
                reading.members[group] = self._members(session, group)
                in_a_row = 0
            except Exception as error:  # noqa: BLE001  as above
                reading.failures[group] = self._reason(error)
                in_a_row += 1

    def _wanted(self, session: requests.Session, selection: Selection) -> set[str]:
        """The groups to read. Names need no list; they stay when it lacks them."""
        wanted = set(selection.names())
        if selection.has_patterns():
            listed = self._names(session, "/v1/groups/", "groupname")
            if not listed:
                raise FasjsonError("it lists no groups at all")
            wanted |= {group for group in listed if selection.has(group)}
        return wanted

    def _members(self, session: requests.Session, group: str) -> frozenset[str]:
        path = f"/v1/groups/{quote(group, safe='')}/members/"
        names = map(fas_name, self._names(session, path, "username"))
        return frozenset(name for name in names if name and name != INVALID)

    def _names(self, session: requests.Session, path: str, key: str) -> list[str]:
        """The ``key`` of each object in an answer; raises FasjsonError and requests' own."""
        answer = self._answer(session, path)
        try:
            names = [one[key] for one in answer["result"]]
        except (KeyError, TypeError) as error:
            raise FasjsonError("its answer is no list of what was asked for") from error
        if not all(isinstance(name, str) for name in names):
            raise FasjsonError("its answer is no list of what was asked for")
        page = answer.get("page")
        if isinstance(page, dict) and page.get("next_page"):
            raise FasjsonError("its answer is one page of several, though all was asked for")
        return names

    def _answer(self, session: requests.Session, path: str) -> Any:
        body = self._body(session, path)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise FasjsonError(f"its answer is no JSON{_half(body)}") from error

    def _body(self, session: requests.Session, path: str) -> bytes:
        """The body of an answer, within the timeout and `MAX_BODY`."""
        deadline = time.monotonic() + self._timeout
        with session.get(
            self._base + path,
            timeout=self._timeout,
            stream=True,
            # A redirection is somebody's login page, or http for https.
            allow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": _AGENT},
        ) as response:
            if response.status_code != requests.codes.ok:
                raise FasjsonError(_told(response))
            return b"".join(_bounded(response.iter_content(_CHUNK), deadline))

    def _reason(self, error: Exception) -> str:
        match error:
            case FasjsonError():
                return str(error)
            case requests.Timeout() | TimeoutError():
                return f"it did not answer within {self._timeout:g} s"
            case requests.exceptions.ChunkedEncodingError():
                return "its answer broke off"
            case requests.ConnectionError() if _is_late(error):
                return f"it did not answer within {self._timeout:g} s"
        return f"it cannot be asked: {_root(error)}"


_AGENT = f"fedmsg_exporter/{__version__}"


def _authenticator() -> Any:
    """Kerberos, from the ticket or keytab that the environment names."""
    from requests_gssapi import HTTPSPNEGOAuth  # noqa: PLC0415  only those need it who ask

    return HTTPSPNEGOAuth(opportunistic_auth=True)


def _bounded(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    """Chunks until there is too much of them, or too late."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise FasjsonError(f"its answer has more than {MAX_BODY} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk


def _told(response: requests.Response) -> str:
    hints = {401: "; is there a Kerberos ticket or keytab?", 404: "; is there such a group?"}
    return f"it says {response.status_code}{hints.get(response.status_code, '')}"


def _half(body: bytes) -> str:
    return ", or not all of it" if body.lstrip()[:1] in (b"{", b"[") else ""


def _is_late(error: Exception) -> bool:
    """Whether it is a timeout while the body was read, which requests calls otherwise."""
    return "timed out" in str(error)


def _root(error: BaseException) -> str:
    """What is at the bottom of an error, without the addresses that differ each time."""
    while below := error.__cause__ or error.__context__:
        error = below
    return getattr(error, "strerror", None) or type(error).__name__
