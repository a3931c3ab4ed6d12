"""Reads group members from FASJSON: one request per group, and one for the list of groups.

It blocks, and so belongs in a thread. The API:
https://github.com/fedora-infra/fasjson (docs/usage.md)
"""

import json
import threading
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from ..attribution.names import fas_name
from ..config import Config, Fasjson
from ..document import DocumentError, Problem
from ..event import INVALID
from ..http import HTTP, HTTPError, Response
from .membership import Selection

#: After this many consecutive failures the remaining groups are not requested.
PATIENCE = 3

_OK = 200
_SHAPE = "unexpected response format"
_EXTRA = (
    "needs the extra `fasjson`: pip install 'fedmsg-exporter[fasjson]'; or set `auth: none` "
    "for a FASJSON without authentication"
)


class FasjsonError(Exception):
    """An unusable response; the message says why."""


class Snapshot(NamedTuple):
    """What FASJSON returned: the members of groups, and why those of others are missing.

    ``wanted`` are the groups to count, None if they could not be listed; then
    ``failures`` has the reason under "".
    """

    wanted: frozenset[str] | None
    members: dict[str, frozenset[str]]
    failures: dict[str, str]


class GroupsReader(Protocol):
    """Reads the groups. It blocks, and never raises."""

    def read(self, selection: Selection, stop: threading.Event) -> Snapshot:
        """Read all groups of a selection, until ``stop`` is set."""


def require(config: Config) -> None:
    """Raise DocumentError if FASJSON is configured but its dependencies are missing."""
    if config.fasjson and config.fasjson.auth == "kerberos":
        try:
            import requests_gssapi  # noqa: F401, PLC0415  only needed with FASJSON
        except (ImportError, OSError) as error:
            message = f"{_EXTRA} ({error})"
            raise DocumentError([Problem("config", None, "groups.fasjson", message)]) from error


class FasjsonReader:
    """Reads groups from a FASJSON service."""

    def __init__(self, config: Fasjson) -> None:
        self._config = config

    def read(self, selection: Selection, stop: threading.Event) -> Snapshot:
        """Read all groups of a selection, until ``stop`` is set. Never raises."""
        snapshot = Snapshot(None, {}, {})
        try:
            # Redirections lead to a login page, or from http to https: follow none.
            http = HTTP(self._config.url, self._config.timeout, auth=_authenticator(self._config))
            wanted = _wanted(http, selection)
        except Exception as error:  # noqa: BLE001  GSSAPI has its own errors
            snapshot.failures[""] = _reason(error)
            return snapshot
        try:
            _read_groups(http, sorted(wanted), snapshot, stop)
        finally:
            http.close()
        return snapshot._replace(wanted=frozenset(wanted))


def _read_groups(http: HTTP, wanted: list[str], snapshot: Snapshot, stop: threading.Event) -> None:
    in_a_row = 0
    for group in wanted:
        if stop.is_set() or in_a_row >= PATIENCE:
            snapshot.failures.setdefault(group, "not requested because of earlier failures")
            continue
        try:
            snapshot.members[group] = _members(http, group)
            in_a_row = 0
        except Exception as error:  # noqa: BLE001  as above
            snapshot.failures[group] = _reason(error)
            in_a_row += 1


def _wanted(http: HTTP, selection: Selection) -> set[str]:
    """The groups to read. Full names need no list, and are kept even if it omits them."""
    wanted = set(selection.names())
    if selection.has_patterns():
        listed = _names(http, "/v1/groups/", "groupname")
        if not listed:
            raise FasjsonError("the list of groups is empty")
        wanted |= {group for group in listed if selection.has(group)}
    return wanted


def _members(http: HTTP, group: str) -> frozenset[str]:
    path = f"/v1/groups/{quote(group, safe='')}/members/"
    names = map(fas_name, _names(http, path, "username"))
    return frozenset(name for name in names if name and name != INVALID)


def _names(http: HTTP, path: str, key: str) -> list[str]:
    """The ``key`` of each object in a response. Raises FasjsonError, HTTPError, GSSAPI's errors."""
    content = _content(http.get(path))
    try:
        names = [one[key] for one in content["result"]]
    except (KeyError, TypeError) as error:
        raise FasjsonError(_SHAPE) from error
    if not all(isinstance(name, str) for name in names):
        raise FasjsonError(_SHAPE)
    page = content.get("page")
    if isinstance(page, dict) and page.get("next_page"):
        raise FasjsonError("the response is only one of several pages, but all were requested")
    return names


def _content(response: Response) -> Any:
    if response.status != _OK:
        hint = _HINTS.get(response.status, "")
        raise FasjsonError(f"unexpected status {response.status}{hint}")
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        cut = ", or incomplete" if response.body.lstrip()[:1] in (b"{", b"[") else ""
        raise FasjsonError(f"the response is not JSON{cut}") from error


_HINTS = {
    401: "; check the Kerberos ticket or keytab",
    404: "; check the name of the group",
}


def _authenticator(config: Fasjson) -> Any:
    """Kerberos authentication with the ticket or keytab in the environment, None without."""
    if config.auth != "kerberos":
        return None
    from requests_gssapi import HTTPSPNEGOAuth  # noqa: PLC0415  only needed with FASJSON

    return HTTPSPNEGOAuth(opportunistic_auth=True)


def _reason(error: Exception) -> str:
    if isinstance(error, FasjsonError | HTTPError):
        return str(error)
    return f"request failed: {error or type(error).__name__}"
