"""The pages: ``/metrics``, ``/-/healthy``, ``/-/ready``, and one for people."""

from collections.abc import Callable
from http import HTTPStatus

from twisted.internet.defer import Deferred

from ..sources.status import Status
from .answer import Answer, Asked, error, sentence
from .landing import Landing

Page = Callable[[Asked], "Answer | Deferred[Answer]"]

#: What every page may be asked.
METHODS = (b"GET", b"HEAD")
#: The pages that a probe asks for.
PROBES = frozenset({"/-/healthy", "/-/ready"})


class Site:
    """All pages, by their paths."""

    def __init__(self, metrics: Page, landing: Landing, status: Status) -> None:
        self.landing = landing
        self._status = status
        self._pages: dict[str, Page] = {
            "/": landing,
            "/metrics": metrics,
            "/-/healthy": lambda _: sentence("Healthy."),
            "/-/ready": lambda _: self._ready(),
        }

    def answer(self, method: bytes, path: str, asked: Asked) -> "Answer | Deferred[Answer]":
        """The answer to a request, at once or later."""
        page = self._pages.get(path)
        if page is None:
            return error(HTTPStatus.NOT_FOUND)
        if method not in METHODS:
            return error(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", "GET, HEAD"))
        return page(asked)

    def _ready(self) -> Answer:
        if self._status.ready:
            return sentence("Ready.")
        return sentence(f"Not ready: {self._status.why_not}.", HTTPStatus.SERVICE_UNAVAILABLE)
