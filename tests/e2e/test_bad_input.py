"""How boards and alerts cope with odd pasts, each in a real Prometheus."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import Prometheus
from tools import dashboards
from tools.preview import asking, filled, questions
from tools.preview.fortnight import COARSE, DAY, END, Fortnight

pytestmark = pytest.mark.servers

HOUR = 3600
INSTANCE = 'instance="simulation:10450"'
COUNTERS = ("_total{", "_bucket{", "_count{", "_sum{")


class Line(NamedTuple):
    """One sample of a scrape."""

    series: str
    value: float
    moment: float

    @property
    def counts(self) -> bool:
        """Whether it is of a counter."""
        return any(kind in self.series for kind in COUNTERS)


class Odd:
    """The scrapes of an ordinary past, and the changes made to them."""

    def __init__(self, plain: Fortnight, change: Callable[[list[Line]], Iterable[Line]]) -> None:
        self._plain = plain
        self._change = change

    def write(self, path: Path) -> None:
        """Write OpenMetrics with times."""
        self._plain.write(path)
        *plain, end = path.read_text("utf-8").splitlines()
        changed = self._change([_line(text) for text in plain])
        texts = [f"{one.series} {one.value!r} {one.moment}" for one in changed]
        path.write_text("\n".join([*texts, end, ""]), "utf-8")


def _line(text: str) -> Line:
    series, value, moment = text.rsplit(" ", 2)
    return Line(series, float(value), float(moment))


def as_it_is(lines: list[Line]) -> list[Line]:
    return lines


def new_category(lines: list[Line]) -> Iterator[Line]:
    """A new app sends its first message half an hour before the end."""
    yield from lines
    labels = f'job="fedmsg_exporter",{INSTANCE},domain="org.fedoraproject",category="upstart"'
    for moment in range(END - HOUR // 2, END + 1, 60):
        sent = (moment - END + HOUR // 2) / 60
        yield Line(f"fedmsg_messages_total{{{labels}}}", sent, moment)


def reset(lines: list[Line]) -> Iterator[Line]:
    """The ledger is lost six hours before the end."""
    lost = {one.series: one.value for one in lines if one.counts and one.moment <= END - 6 * HOUR}
    for one in lines:
        after = one.counts and one.moment > END - 6 * HOUR
        yield one._replace(value=one.value - lost.get(one.series, 0)) if after else one


def two_exporters(lines: list[Line]) -> Iterator[Line]:
    """Two share the queue; one of them was away from eight to six hours before the end."""
    for one in lines:
        half = one.value // 2 if one.counts else one.value
        other = one.series.replace(INSTANCE, 'instance="second:10450"')
        yield one._replace(value=one.value - half if one.counts else one.value)
        if not END - 8 * HOUR < one.moment < END - 6 * HOUR:
            yield one._replace(series=other, value=half)
        elif one.series.startswith("up{"):
            yield one._replace(series=other, value=0)


def empty_group(lines: list[Line]) -> Iterator[Line]:
    """A tracked group has no members."""
    yield from lines
    for moment in sorted({one.moment for one in lines}):
        labels = f'job="fedmsg_exporter",{INSTANCE},group="nobody"'
        yield Line(f"fedmsg_group_members{{{labels}}}", 0, moment)


class Past(NamedTuple):
    """Its length, what is odd in it, and how many messages that adds."""

    length: int
    change: Callable[[list[Line]], Iterable[Line]]
    more: int = 0


class Loaded(NamedTuple):
    """A Prometheus with a past, and how many messages there were in the last 24 hours."""

    server: Prometheus
    day: int
    whole: bool


PASTS = {
    "five minutes of history": Past(HOUR // 12, as_it_is),
    "one hour of history": Past(HOUR, as_it_is),
    "a new category": Past(DAY, new_category, more=30),
    "a counter reset": Past(DAY, reset),
    "two exporters": Past(DAY, two_exporters),
    "a group with no members": Past(DAY, empty_group),
}


@pytest.fixture(scope="module", params=PASTS)
def past(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """One of the pasts, and what the rules recorded of it."""
    length, change, more = PASTS[request.param]
    plain = Fortnight(start=END - length)
    day = sum(did.moment > END - DAY for did in plain.truth) + more
    with filled.server(tmp_path_factory.mktemp("odd"), Odd(plain, change)) as server:
        yield Loaded(server, day, whole=change is not reset)


def test_every_query_is_answered(past: Loaded) -> None:
    """Prometheus answers the queries of boards, rules and questions, none with an error."""
    values = asking.chosen(user="nobody", group="nobody")
    asked = [
        *asking.everything(dashboards.boards().values(), values, end=END, least=COARSE),
        *(asking.now(rule["record"], rule["expr"], END) for rule in kind("record")),
        *(asking.now(one.text, one.filled(values), END) for one in questions.read()),
    ]
    answered = {one.where for one in asked if asking.answer(past.server, one)}
    assert {
        "Fedora bus: overview / Messages in 24 hours / A",
        "kind:fedmsg_users:active1w",
    } <= answered


def test_messages_of_a_day(past: Loaded) -> None:
    """The first number of the first board is exact; without a ledger it is too small."""
    board = dashboards.boards()["fedmsg-overview"]
    values = asking.chosen(user="", group="")
    (panel,) = [one for one in asking.panels(board) if one["title"] == "Messages in 24 hours"]
    (asked,) = asking.asked(board, panel, values, end=END)
    (shown,) = past.server.query(asked.expr, END)
    assert shown.value == past.day if past.whole else 0 <= shown.value < past.day


def test_no_alert_is_raised(past: Loaded) -> None:
    """No alert's condition holds, not even briefly."""
    held = [rule["alert"] for rule in kind("alert") if past.server.query(rule["expr"], END)]
    assert held == []


def kind(name: str) -> list[filled.Rule]:
    return [rule for rule in filled.rules() if name in rule]
