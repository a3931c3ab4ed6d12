"""The page for people."""

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from fedmsg_exporter.event import Event, User
from fedmsg_exporter.exposition import Exposition
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.sources.status import Status
from fedmsg_exporter.web.answer import Answer
from fedmsg_exporter.web.landing import REFRESH, About, Landing
from fedmsg_exporter.web.pulse import Pulse

START = 1_767_600_000.0


class NoRequest:
    peer = ""

    def header(self, _name: str) -> str:
        return ""

    def arguments(self, _name: str) -> list[str]:
        return []

    def cut(self, _reason: str) -> None:
        raise AssertionError


class Counting:
    """A ledger in memory, and the page over it."""

    def __init__(
        self, hold: float = 30, source: str = "simulation", *, people: bool = True
    ) -> None:
        self.now = START
        self.ledger = Ledger()
        self.exposition = Exposition(self.ledger, hold=hold)
        self.status = Status("starting")
        about = About(source, people, START, lambda: hold, self.exposition.held)
        self.page = Landing(self.status, self.ledger.counts, about, lambda: self.now)
        self._sent = 0

    def count(self, number: int, category: str = "bodhi", user: str = "alice") -> None:
        """Record messages of one user."""
        events = []
        for _ in range(number):
            self._sent += 1
            events.append(
                Event(
                    id=str(self._sent),
                    topic=f"org.fedoraproject.prod.{category}.test",
                    domain="org.fedoraproject",
                    environment="prod",
                    category=category,
                    short_topic=f"{category}.test",
                    users=(User(user, "bot" if user.endswith("bot") else "person"),),
                    groups=(f"{user}-group",),
                    sent_at=self.now,
                )
            )
        self.ledger.record(events, self.now)

    def answer(self) -> Answer:
        return self.page(NoRequest())

    def text(self) -> str:
        """The text that a reader sees, in one line."""
        body = self.answer().body.decode().partition("<body>")[2]
        return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_numbers(counting: Counting) -> None:
    """The page has messages, people and groups; bots are not people."""
    counting.count(1200)
    counting.count(34, "copr", "bob")
    counting.count(1, "copr", "robot")
    text = counting.text()
    assert "Messages 1,235 " in text
    assert "People 2 Groups 3 " in text
    assert "bodhi 1,200 copr 35 " in text
    assert "Counting since 2026-01-05 08:00:00 UTC" in text
    assert "Latest message sent 2026-01-05 08:00:00 UTC" in text


def test_nothing_yet(counting: Counting) -> None:
    """Before the first message the page says so, and why nothing arrives."""
    counting.status.down("connecting to rabbitmq.example.org:5671")
    text = counting.text()
    assert "not consuming: connecting to rabbitmq.example.org:5671" in text
    assert "Latest message sent none yet" in text
    assert "Messages per minute … " in text
    assert "No messages have been counted yet." in text


def test_nobody_is_counted() -> None:
    """If users are not counted, the page shows no number of people, not even 0."""
    counting = Counting(people=False)
    counting.count(1)
    assert "People" not in counting.text()


def test_messages_a_minute(counting: Counting) -> None:
    """The rate is that of the last minute."""
    for seconds in range(0, 300, 5):
        counting.now = START + seconds
        counting.page.look()
        counting.count(50 if seconds < 150 else 5)
    counting.now = START + 300
    counting.page.look()
    assert "Messages per minute 60 " in counting.text()


@pytest.mark.parametrize(
    ("looks", "pace"),
    [
        ([], None),
        ([(0, 5)], None),
        ([(0, 5), (0, 6)], None),
        ([(0, 5), (5, 5)], 0),
        ([(0, 5), (5, 6)], 12),
        ([(0, 0), (60, 60), (120, 180)], 120),
        ([(0, 0), (59, 59), (118, 177)], 90),
    ],
)
def test_pulse(looks: list[tuple[float, int]], pace: float | None) -> None:
    """The rate is computed over a minute, or as much as there is."""
    pulse = Pulse()
    for now, total in looks:
        pulse.look(now, total)
    assert pulse.a_minute() == pace


def test_why_new_series_read_0(counting: Counting) -> None:
    """The page says how many series read 0 on /metrics, and why."""
    counting.count(3)
    rule = "a new series reads 0 until 30 s after its first scrape"
    assert rule in counting.text()
    assert "Series that read 0 now" not in counting.text()
    counting.exposition.render(counting.now)
    assert f"Series that read 0 now: {counting.exposition.held()}." in counting.text()
    assert counting.exposition.held() > 0
    counting.exposition.render(counting.now + 30)
    assert "Series that read 0 now" not in counting.text()


def test_without_a_hold_nothing_reads_0() -> None:
    """If values are shown at once, there is no note."""
    assert "reads 0" not in Counting(hold=0).text()


def test_what_it_shows_is_escaped() -> None:
    """Nothing from outside becomes a tag."""
    counting = Counting(source="<b>&amp;")
    counting.status.down('<script>alert("x")</script>')
    counting.count(1, "<i>x")
    assert not re.search("<(script|b|i)>", counting.answer().body.decode())
    assert '<script>alert("x")</script>' in counting.text()


class Links(HTMLParser):
    """Collects what a page refers to, and its scripts and inline styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.forbidden: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src"):
                self.targets.append(value or "")
            if name == "style" or name.startswith("on"):
                self.forbidden.append(f"{tag} {name}")
        if tag in ("script", "link", "img", "iframe", "form"):
            self.forbidden.append(tag)


def test_links_work_behind_a_prefix(counting: Counting) -> None:
    """Links to pages of the exporter are relative; the others lead to the docs."""
    targets = Links(counting.answer().body.decode()).targets
    assert {"metrics", "-/ready", "-/healthy"} <= set(targets)
    assert all(one[0] not in "/." for one in targets)
    assert any(one.endswith("/docs/metrics.md#the-rule-on-new-series") for one in targets)


def test_no_report_is_on_the_web(counting: Counting) -> None:
    """Reports name people, and are for the command line: no page and no link has one."""
    targets = Links(counting.answer().body.decode()).targets
    assert not [one for one in targets if "report" in one]


def test_policy_allows_what_the_page_has_and_no_more(counting: Counting) -> None:
    """The style has the hash of the policy; there is no script, and nothing to load."""
    answer = counting.answer()
    page = answer.body.decode()
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(answer.headers)["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert Links(page).forbidden == []


def test_it_refreshes_itself(counting: Counting) -> None:
    """A browser loads the page again, without a script."""
    assert f'<meta http-equiv="refresh" content="{REFRESH}">' in counting.answer().body.decode()


def test_linked_docs_exist(counting: Counting, request: pytest.FixtureRequest) -> None:
    """Each page of the docs that is linked exists."""
    root = request.config.rootpath
    targets = Links(counting.answer().body.decode()).targets
    pages = {one.rpartition("/")[2].partition("#")[0] for one in targets if "/docs/" in one}
    assert pages
    assert all((root / "docs" / page).exists() for page in pages)
