"""What guards the pages: rate limit and users on the way in, headers on the way out."""

import base64
import binascii
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from ...document import DocumentError
from ..answer import Answer, Asked, error
from ..pages import PROBES, Site
from .passwords import BusyError, Passwords
from .watched import Trouble, Watched
from .web_config import RateLimit, WebConfig, read

_CHALLENGE = ("WWW-Authenticate", 'Basic realm="fedmsg_exporter", charset="UTF-8"')


class Gate:
    """Guards pages as a web config file says, read at each request as in exporter-toolkit."""

    def __init__(self, site: Site, path: Path, reactor: Any, *, open_probes: bool = False) -> None:
        """Read the file. Raises DocumentError."""
        self._site = site
        self._open_probes = open_probes
        self._passwords = Passwords(reactor)
        self._watched = Watched(lambda: (read(path), [path]))
        limit = self._watched.last().rate_limit
        # A change needs a restart, as in the toolkit.
        self._bucket = Bucket(limit) if limit else None
        self._trouble = Trouble("every request is answered with 500")

    @property
    def config(self) -> WebConfig:
        """The web config as last read."""
        return self._watched.last()

    def answer(self, method: bytes, path: str, asked: Asked) -> "Answer | Deferred[Answer]":
        """The page's response, or the reason for a refusal."""
        if self._open_probes and path in PROBES:
            # An error in the file must not make an orchestrator kill the process.
            return self._site.answer(method, path, asked)
        config = self._current()
        if config is None:
            return error(HTTPStatus.INTERNAL_SERVER_ERROR)
        if self._bucket and not self._bucket.take():
            return error(HTTPStatus.TOO_MANY_REQUESTS)
        answer = self._guarded(config, method, path, asked)
        if isinstance(answer, Deferred):
            return answer.addCallback(lambda one: _with(one, config.headers))
        return _with(answer, config.headers)

    def _current(self) -> WebConfig | None:
        """The config, or None while it is unusable: then every request is refused."""
        try:
            config = self._watched.current()
        except DocumentError as failure:
            self._trouble.log(failure)
            return None
        self._trouble.end()
        return config

    def _guarded(
        self, config: WebConfig, method: bytes, path: str, asked: Asked
    ) -> "Answer | Deferred[Answer]":
        if not config.users:
            return self._site.answer(method, path, asked)
        given = credentials(asked.header("authorization"))
        if given is None:
            return error(HTTPStatus.UNAUTHORIZED, _CHALLENGE)
        user, password = given
        # Checking an unknown user must take as long as checking a known one.
        hashed = config.users.get(user) or next(iter(config.users.values()))
        try:
            verdict = self._passwords.check(user, hashed, password, asked.peer)
        except BusyError:
            return error(HTTPStatus.TOO_MANY_REQUESTS, ("Retry-After", "1"))

        def judge(fits: bool) -> "Answer | Deferred[Answer]":
            if fits and user in config.users:
                return self._site.answer(method, path, asked)
            return error(HTTPStatus.UNAUTHORIZED, _CHALLENGE)

        return verdict.addCallback(judge)


class Bucket:
    """A token bucket: a burst of requests, and one more each interval."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._at = clock()

    def take(self) -> bool:
        """Take a token, if there is one."""
        now = self._clock()
        gained = (now - self._at) / self._limit.interval
        self._tokens = min(self._limit.burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def credentials(header: str) -> tuple[str, bytes] | None:
    """User and password of an Authorization header, None if it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded, validate=True)
        user, colon, password = decoded.partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None


def _with(answer: Answer, headers: tuple[tuple[str, str], ...]) -> Answer:
    """A response with more headers, which replace those of the same name."""
    names = {name.lower() for name, _ in headers}
    kept = (one for one in answer.headers if one[0].lower() not in names)
    return answer._replace(headers=(*kept, *headers))
