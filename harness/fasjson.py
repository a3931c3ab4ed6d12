"""A FASJSON: the two requests that the exporter makes, and every way for them to fail.

The shapes are those of FASJSON 1.7: ``groups/`` and ``groups/NAME/members/``
without ``page_size`` return everything at once, in ``result``. It does not
authenticate clients.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

HTML = b"<!DOCTYPE html><title>Log in</title>"
#: Ways to fail; a number is a status.
UNREADABLE = (
    "401",
    "500",
    "302",
    "html",
    "silence",
    "drip",
    "half",
    "cut",
    "paged",
    "shape",
    "empty",
)


class FASJSON:
    """Serves ``groups`` on 127.0.0.1, from a thread.

    ``problem`` makes every response fail in one of the ways of `UNREADABLE`, "" none;
    ``problems`` do so for single groups. ``requests`` are the requested paths,
    ``authorizations`` their Authorization headers.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self.groups = {group: list(users) for group, users in groups.items()}
        self.problem = ""
        self.problems: dict[str, str] = {}
        self.requests: list[str] = []
        self.authorizations: list[str | None] = []
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"fasjson": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def asked(self) -> int:
        """The number of requests."""
        return len(self.requests)

    def answer(self, path: str) -> tuple[HTTPStatus, Any]:
        """Status and body, as in FASJSON."""
        match path.strip("/").split("/"):
            case ["v1", "groups"]:
                return HTTPStatus.OK, {"result": list(map(self._group, self.groups))}
            case ["v1", "groups", name, "members"] if unquote(name) in self.groups:
                users = self.groups[unquote(name)]
                return HTTPStatus.OK, {"result": list(map(self._user, users))}
        return HTTPStatus.NOT_FOUND, {"message": "Not found"}

    def problem_of(self, path: str) -> str:
        """How this response is to fail."""
        return next((f for group, f in self.problems.items() if f"/{group}/" in path), self.problem)

    def _group(self, name: str) -> dict[str, Any]:
        uri = f"{self.url}/v1/groups/{name}/"
        return {"groupname": name, "description": name, "mailing_list": None, "uri": uri}

    def _user(self, name: str) -> dict[str, str]:
        return {"username": name, "uri": f"{self.url}/v1/users/{name}/"}


class _Handler(BaseHTTPRequestHandler):
    """Answers one request to ``fasjson``."""

    fasjson: FASJSON

    def do_GET(self) -> None:
        self.fasjson.requests.append(self.path)
        self.fasjson.authorizations.append(self.headers["Authorization"])
        problem = self.fasjson.problem_of(self.path)
        if problem in ("silence", "drip"):
            self._stall(problem)
            return
        status, body, kind = _spoilt(problem, *self.fasjson.answer(self.path))
        self._head(status, len(body) + (problem == "cut"), kind)
        self.wfile.write(body)

    def _stall(self, problem: str) -> None:
        """Send nothing, or a trickle, until the server ends."""
        if problem == "drip":
            self._head(HTTPStatus.OK, 1_000_000, "application/json")
        with suppress(OSError):
            while not self.fasjson.released.wait(0.01):
                self.wfile.write(b" " if problem == "drip" else b"")

    def _head(self, status: HTTPStatus, length: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Negotiate")
        if status == HTTPStatus.FOUND:
            self.send_header("Location", "/login")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _spoilt(problem: str, status: HTTPStatus, answer: Any) -> tuple[HTTPStatus, bytes, str]:
    """Status, body and its type, failing as the problem says."""
    if problem.isdigit():
        return HTTPStatus(int(problem)), HTML, "text/html"
    if problem == "html":
        return HTTPStatus.OK, HTML, "text/html"
    if problem == "paged":
        answer["page"] = {"page_number": 1, "total_pages": 2, "next_page": "/v1/…"}
    if problem == "shape":
        answer = {"result": {"username": "alice"}}
    if problem == "empty":
        answer = {"result": []}
    body = json.dumps(answer).encode()
    return status, body[: len(body) // 2] if problem == "half" else body, "application/json"
