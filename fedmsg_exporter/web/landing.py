"""The landing page: what is counted, since when, and whether the exporter is consuming."""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple

from ..families import GROUPS, LAST_MESSAGE, MESSAGES, USERS
from ..ledger.counts import Counts
from ..sources.status import Status
from ..version import __version__
from .answer import Answer, Asked
from .pulse import Pulse

#: Seconds after which the page reloads itself.
REFRESH = 10
DOCS = "https://github.com/fedora-infra/fedmsg_exporter/blob/main/docs"

_BUSIEST = 20
_PAGES = {"metrics": "Metrics", "-/ready": "Ready?", "-/healthy": "Healthy?"}
_DOCS = {
    "metrics.md": "All metrics",
    "questions.md": "Queries",
    "dashboards.md": "Dashboards",
    "configuration.md": "Configuration",
    "runbook.md": "Runbook",
}


class About(NamedTuple):
    """What the page shows besides counts.

    ``source`` is a text for people. ``people`` is whether people are counted
    individually. ``since`` is when counting began, as a Unix timestamp, or 0 if
    unknown. ``hold`` returns the number of seconds for which a new series reads 0,
    and ``held`` the number of series that do.
    """

    source: str
    people: bool
    since: float
    hold: Callable[[], float]
    held: Callable[[], int]


class Landing:
    """The page ``/``. It has no script, and loads nothing from elsewhere."""

    def __init__(
        self,
        status: Status,
        counts: Counts,
        about: About,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._status = status
        self._counts = counts
        self._about = about
        self._clock = clock
        self._pulse = Pulse()
        text = files("fedmsg_exporter").joinpath("web/landing.html").read_text("utf-8")
        self._page = Template(text)
        self._policy = _policy(text)

    def look(self) -> None:
        """Sample the number of messages; to be called every `pulse.EVERY` seconds."""
        self._pulse.look(self._clock(), sum(self._messages().values()))

    def __call__(self, _asked: Asked) -> Answer:
        """Render the page."""
        body = self._page.substitute(
            refresh=REFRESH,
            title=escape(f"fedmsg_exporter: {'consuming' if self._status.ready else 'stopped'}"),
            mark="up" if self._status.ready else "down",
            state=escape(self._state()),
            numbers="\n".join(f"<div>{_term(*one)}</div>" for one in self._numbers()),
            facts="\n".join(_term(*one) for one in self._facts()),
            pages=" ".join(_link(path, name) for path, name in _PAGES.items()),
            note=self._note(),
            table=self._table(),
            docs=" ".join(_link(f"{DOCS}/{page}", name) for page, name in _DOCS.items()),
            version=escape(__version__),
            now=_moment(self._clock()),
        )
        return Answer(body.encode(), "text/html; charset=utf-8", headers=self._headers())

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Content-Security-Policy", self._policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        )

    def _state(self) -> str:
        return "consuming" if self._status.ready else f"not consuming: {self._status.why_not}"

    def _numbers(self) -> Iterator[tuple[str, str]]:
        pace = self._pulse.a_minute()
        yield "Messages", f"{sum(self._messages().values()):,}"
        yield "Messages per minute", "…" if pace is None else f"{pace:,.0f}"
        if self._about.people:
            yield "People", f"{len(self._people()):,}"
        yield "Groups", f"{len(self._groups()):,}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        since = self._about.since
        yield "Source", self._about.source
        yield "Counting since", _moment(since) if since else "unknown"
        sent = [series.value for series in self._counts.family(LAST_MESSAGE).values()]
        yield "Latest message sent", _moment(max(sent)) if any(sent) else "none yet"

    def _note(self) -> str:
        """Why ``/metrics`` may show 0 where this page does not."""
        hold = self._about.hold()
        if not hold:
            return ""
        why = _link(f"{DOCS}/metrics.md#the-rule-on-new-series", "Why?")
        held = self._about.held()
        now = f" Series that read 0 now: {held:,}." if held else ""
        return (
            f'<p class="note">In {_link("metrics", "Metrics")}, a new series reads 0 until '
            f"{hold:g} s after its first scrape, so that <code>increase()</code> "
            f"sees its first message.{now} {why}</p>"
        )

    def _messages(self) -> dict[str, int]:
        """Messages by category, over all domains."""
        sums: dict[str, int] = {}
        for (_, category), series in self._counts.family(MESSAGES).items():
            sums[category] = sums.get(category, 0) + int(series.value)
        return sums

    def _people(self) -> set[str]:
        return {user for _, user, kind in self._counts.family(USERS) if kind == "person"}

    def _groups(self) -> set[str]:
        named = self._counts.family(GROUPS)
        return {group for _, group in named if not group.startswith("_")}

    def _table(self) -> str:
        sums = [(category, number) for category, number in self._messages().items() if number]
        sums.sort(key=lambda item: (-item[1], item[0]))
        if not sums:
            return "<p>No messages have been counted yet.</p>"
        rows = "\n".join(_row(*one, most=sums[0][1]) for one in sums[:_BUSIEST])
        return f"<table>\n<caption>Busiest categories, by messages</caption>\n{rows}\n</table>"


def _row(category: str, number: int, *, most: int) -> str:
    return (
        f'<tr><th scope="row">{escape(category)}</th><td>{number:,}</td>'
        '<td><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{number * 100 / most:.2f}" height="8"/></svg></td></tr>'
    )


def _term(name: str, value: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"


def _link(target: str, name: str) -> str:
    """A link; one to the exporter's own pages is relative, so that it works behind a prefix."""
    return f'<a href="{escape(target)}">{escape(name)}</a>'


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _policy(page: str) -> str:
    """A content security policy that allows the page's own style, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
