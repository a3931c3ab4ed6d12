"""A datagrepper: the documented API of the real one, over messages given by a test.

What makes the real one hard to use is here too: a default day where start or end
is missing, both ends included, the newest first unless requested otherwise, no
more than 100 rows, rows of one second in a different order at each query. And it
can fail, in the ways that the real one does behind its proxies.
"""

import json
import random
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from .publishing import Outgoing

_DELTA = 86400.0
_MOST_ROWS = 100
_HTML = b"<html><body><h1>Service Unavailable</h1></body></html>"

#: The ways to fail: see `_Handler`.
FAILURES = (
    *("500", "502", "504", "429", "302"),
    *("html", "truncated", "cut", "nothing", "drip", "shape"),
)


class Datagrepper:
    """Serves `messages` (each with its ``sent-at``) at `url`, in a thread.

    ``failures`` are ways to fail, one per request, used up in turn; ``delay`` is
    how long each response takes, ``lag`` how much of the latest is not there yet,
    both in seconds. ``hang`` is how long a request without a response is held.
    With a ``certificate`` (its key in the same file) it speaks HTTPS.
    """

    def __init__(
        self,
        messages: Iterable[Outgoing] = (),
        hang: float = 30,
        certificate: Path | None = None,
    ) -> None:
        self.failures: list[str] = []
        self.delay = 0.0
        self.lag = 0.0
        self.hang = hang
        self.requests: list[dict[str, str]] = []
        self.times: list[float] = []
        self._rows: dict[tuple[str, float], dict[str, Any]] = {}
        self._ended = threading.Event()
        self.add(messages)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/datagrepper"

    def add(self, messages: Iterable[Outgoing]) -> None:
        """Store messages, each id once at a time, as datanommer does."""
        for one in messages:
            headers = dict(one.headers or {})
            sent_at = datetime.fromisoformat(str(headers["sent-at"])).timestamp()
            self._rows[one.message_id or "", sent_at] = {
                "id": one.message_id,
                "topic": one.topic,
                "headers": headers,
                "body": one.body,
                "priority": 0,
                "queue": None,
            }

    def search(self, query: dict[str, str]) -> dict[str, Any]:
        """Answer a query. Raises ValueError where the real one responds with 400."""
        start, end = _time_range(query)
        page, rows = int(query.get("page", 1)), int(query.get("rows_per_page", 25))
        order = query.get("order", "desc")
        if page < 1 or not 0 < rows <= _MOST_ROWS or order not in ("asc", "desc"):
            raise ValueError("page must be > 0, rows_per_page <= 100, order asc or desc")
        found = self._between(start, min(end, time.time() - self.lag), order)
        shown = found[rows * (page - 1) : rows * page]
        arguments = {"start": start, "end": end, "page": page, "rows_per_page": rows}
        return {
            "arguments": arguments | {"delta": end - start, "order": order, "meta": []},
            "count": len(shown),
            "total": len(found),
            "pages": ceil(len(found) / rows),
            "raw_messages": shown,
        }

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than the server lives."""
        self._ended.wait(seconds)

    def _between(self, start: float, end: float, order: str) -> list[dict[str, Any]]:
        """Both ends included. Within a second a database gives rows in any order."""
        found = [(at, row) for (_, at), row in list(self._rows.items()) if start <= at <= end]
        random.shuffle(found)
        found.sort(key=lambda one: int(one[0]), reverse=order == "desc")
        return [row for _, row in found]


def _time_range(query: dict[str, str]) -> tuple[float, float]:
    delta = float(query.get("delta", _DELTA))
    if "end" not in query:
        start = query.get("start")
        end = time.time() if start is None else float(start) + delta
    else:
        end = float(query["end"])
    return float(query.get("start", end - delta)), end


def _handler(server: Datagrepper) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        datagrepper = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    datagrepper: Datagrepper
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        self.datagrepper.times.append(time.monotonic())
        self.datagrepper.requests.append(query)
        self.datagrepper.wait(self.datagrepper.delay)
        failure = self.datagrepper.failures.pop(0) if self.datagrepper.failures else ""
        try:
            self._answer(address.path, query, failure)
        except OSError:
            self.close_connection = True  # the client went away

    def _answer(self, path: str, query: dict[str, str], failure: str) -> None:
        if path != "/datagrepper/v2/search":
            self._send(404, b'{"error": "not_found"}')
            return
        if "text/html" in self.headers.get("Accept", ""):
            self._send(200, _HTML, "text/html")
            return
        try:
            body = json.dumps(self.datagrepper.search(query)).encode()
        except ValueError as error:
            self._send(400, json.dumps({"error": str(error)}).encode())
            return
        if failure:
            self._fail(failure, body)
        else:
            self._send(200, body)

    def _fail(self, how: str, body: bytes) -> None:
        if how.isdigit():
            self._send(int(how), _HTML, "text/html")
        elif how == "html":
            self._send(200, _HTML, "text/html")
        elif how == "shape":
            self._send(200, b'{"error": "no raw_messages here"}')
        elif how == "truncated":
            self._send(200, body[: len(body) // 2])
        elif how == "drip":
            self._send(200, body[:1], length=len(body))
            for at in range(1, len(body)):
                self.datagrepper.wait(self.datagrepper.hang / 100)
                self.wfile.write(body[at : at + 1])
        elif how == "cut":
            self._send(200, body[: len(body) // 2], length=len(body))
            self.close_connection = True
        else:
            self.datagrepper.wait(self.datagrepper.hang)
            self.close_connection = True

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if status == 429:
            self.send_header("Retry-After", "2")
        if status == 302:
            self.send_header("Location", self.path)
        self.end_headers()
        self.wfile.write(body)


def pages(requests: Iterable[dict[str, str]]) -> Iterator[tuple[int, int, int]]:
    """Return start, end and page of each query for messages."""
    for one in requests:
        if one["order"] == "asc":
            yield int(one["start"]), int(one["end"]), int(one["page"])
