"""The pages: ``/metrics``, ``/-/healthy``, ``/-/ready``, and one for people."""

from collections.abc import Callable
from http import HTTPStatus

from twisted.internet.defer import Deferred

from ..sources.status import Status
from .answer import Answer, Asked, error, sentence
from .landing import Landing

Page = Callable[[Asked], "Answer | Deferred[Answer]"]

#: The pages that probes request.
PROBES = frozenset({"/-/healthy", "/-/ready"})

_READ = ("GET", "HEAD")


class Site:
    """All pages, by path."""

    def __init__(self, metrics: Page, landing: Landing, status: Status) -> None:
        self.landing = landing
        self._status = status
        self._pages: dict[str, tuple[Page, tuple[str, ...]]] = {}
        self.put("/", landing)
        self.put("/metrics", metrics)
        self.put("/-/healthy", lambda _: sentence("Healthy."))
        self.put("/-/ready", lambda _: self._ready())

    def put(self, path: str, page: Page, methods: tuple[str, ...] = _READ) -> None:
        """Add a page that accepts the given methods."""
        self._pages[path] = (page, methods)

    def answer(self, method: bytes, path: str, asked: Asked) -> "Answer | Deferred[Answer]":
        """The response to a request, at once or later."""
        page, methods = self._pages.get(path, (None, ()))
        if page is None:
            return error(HTTPStatus.NOT_FOUND)
        if method.decode("latin-1") not in methods:
            return error(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(methods)))
        return page(asked)

    def _ready(self) -> Answer:
        if self._status.ready:
            return sentence("Ready.")
        return sentence(f"Not ready: {self._status.why_not}.", HTTPStatus.SERVICE_UNAVAILABLE)
