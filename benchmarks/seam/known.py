"""A known traffic: who sent what when, as messages, and as files to import.

Everything is a Poisson process: a few people do much and most do little, machines
send by the hour, bots in between. The same seed gives the same traffic.
"""

import csv
import json
import lzma
import random
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO, StringIO
from itertools import groupby, takewhile
from pathlib import Path
from typing import NamedTuple

from fedmsg_exporter.message import Message

#: How long before `L0` the exporter's queue was declared, in seconds.
_WAITING = 60
#: Of datanommer's table, those that matter.
COLUMNS = "msg_id", "topic", "timestamp", "msg", "headers"

DAY, WEEK = 86_400, 7 * 86_400
#: The moment at which the ledger is created: Tuesday, 2025-11-18, 09:28 UTC.
L0 = 1_763_458_080
#: How far the files of history reach past it: their last day is complete.
PAST = L0 // DAY * DAY + DAY

#: Where people act, with weights; each topic is an app's own.
_BY_PEOPLE = {
    "org.fedoraproject.prod.bodhi.update.comment": 6,
    "org.fedoraproject.prod.git.receive": 4,
    "org.fedoraproject.prod.copr.build.start": 3,
    "io.pagure.prod.pagure.issue.comment.added": 2,
    "org.fedoraproject.prod.wiki.article.edit": 1,
}
#: What machines send an hour. Two systems share one category.
_BY_MACHINES = {
    "org.fedoraproject.prod.buildsys.repo.done": 24.0,
    "org.centos.prod.buildsys.repo.done": 4.0,
    "org.fedoraproject.prod.copr.chroot.start": 20.0,
    "org.fedoraproject.prod.koschei.package.state.change": 16.0,
    "org.fedoraproject.prod.greenwave.decision.update": 14.0,
    "org.fedoraproject.prod.resultsdb.result.new": 12.0,
    "org.fedoraproject.prod.ci.koji-build.test.complete": 11.0,
    "org.fedoraproject.prod.meetbot.meeting.complete": 0.4,
}
_BY_BOTS = {
    "packit": "org.fedoraproject.prod.copr.build.start",
    "releng": "org.fedoraproject.prod.git.receive",
}
_BOTS_HOURLY = 2.0
#: Messages of people a week, in total, for each person.
_WEEKLY = 3.8
_SHAPE = 1.1
#: This share of the people comes in the course of the traffic, and of the rest as many leave.
_MOVING = 0.2
_GROUPS = {"packager": 3, "docs": 7, "python-sig": 11, "qa-sig": 5, "infra": 13, "design": 17}


class Size(NamedTuple):
    """How many people for how long: weeks of history, and days live after it."""

    people: int = 300
    weeks: int = 10
    days: float = 8.3
    seed: int = 1

    @property
    def start(self) -> int:
        """When history begins."""
        return PAST - self.weeks * WEEK

    @property
    def end(self) -> int:
        """When it all ends."""
        return int(L0 + self.days * DAY)


class Sent(NamedTuple):
    """A message that was sent: when, under which topic, by whom, with which id."""

    at: int
    topic: str
    user: str | None
    kind: str | None
    id: str

    @property
    def message(self) -> Message:
        """As a source delivers it."""
        return Message(self.topic, self.id, self._headers(), self._body(), float(self.at))

    @property
    def row(self) -> tuple[str, ...]:
        """As datanommer's table of messages has it: see `COLUMNS`."""
        time = datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return self.id, self.topic, time, json.dumps(self._body()), json.dumps(self._headers())

    def _headers(self) -> Mapping[str, object]:
        return {
            "fedora_messaging_schema": "base.message",
            "fedora_messaging_severity": 20,
            "sent-at": datetime.fromtimestamp(self.at, UTC).isoformat(),
        }

    def _body(self) -> Mapping[str, object]:
        return {"agent": self.user, "user": self.user} if self.user else {"number": self.id}


class Known(NamedTuple):
    """The traffic in order, and who is in which group."""

    size: Size
    sent: list[Sent]
    groups: Mapping[str, list[str]]

    def groups_of(self, user: str | None) -> Iterator[str]:
        """The groups that somebody is in."""
        return (group for group, members in self.groups.items() if user in members)

    def live(self) -> Iterator[Sent]:
        """What an exporter that starts at `L0` receives: its queue is a minute old."""
        return (one for one in self.sent if one.at > L0 - _WAITING)

    def write(self, folder: Path) -> None:
        """Write datanommer's daily exports; the last one reaches past `L0`."""
        folder.mkdir(parents=True, exist_ok=True)
        past = takewhile(lambda one: one.at < PAST, self.sent)
        for day, several in groupby(past, lambda one: one.at // DAY):
            date = datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")
            text = StringIO()
            csv.writer(text).writerows([COLUMNS, *(one.row for one in several)])
            content = lzma.compress(text.getvalue().encode(), preset=0)
            with tarfile.open(folder / f"{date}-datanommer-incremental-csv.tar", "w") as tar:
                member = tarfile.TarInfo(f"{date}-messages.csv.xz")
                member.size = len(content)
                tar.addfile(member, BytesIO(content))


def traffic(size: Size) -> Known:
    """All that is sent, from the begin of history to the end."""
    rng = random.Random(size.seed)
    people = [f"person{number}" for number in range(size.people)]
    everything = sorted([*_by_people(rng, size, people), *_by_others(rng, size)])
    sent = [Sent(*one, f"{size.seed}-{number}") for number, one in enumerate(everything)]
    return Known(size, sent, {group: people[::nth] for group, nth in _GROUPS.items()})


#: Seconds since the epoch, topic, user, kind.
_Raw = tuple[int, str, str, str]


def _by_people(rng: random.Random, size: Size, people: Iterable[str]) -> Iterator[_Raw]:
    for name in people:
        weekly = min(_WEEKLY / 3 * rng.paretovariate(_SHAPE), 30 * _WEEKLY)
        topics = rng.choices(list(_BY_PEOPLE), list(_BY_PEOPLE.values()), k=rng.randint(1, 3))
        here = _presence(rng, size)
        for at in _poisson(rng, weekly / WEEK, *here):
            yield at, rng.choice(topics), name, "person"


def _presence(rng: random.Random, size: Size) -> tuple[int, int]:
    """Some people come, others leave, most are there all the time."""
    lot, moment = rng.random(), rng.randint(size.start, size.end)
    if lot < _MOVING:
        return moment, size.end
    return size.start, moment if lot < 2 * _MOVING else size.end


def _by_others(rng: random.Random, size: Size) -> Iterator[_Raw]:
    for topic, hourly in _BY_MACHINES.items():
        for at in _poisson(rng, hourly / 3600, size.start, size.end):
            yield at, topic, "", ""
    for bot, topic in _BY_BOTS.items():
        for at in _poisson(rng, _BOTS_HOURLY / 3600, size.start, size.end):
            yield at, topic, bot, "bot"


def _poisson(rng: random.Random, rate: float, start: int, end: int) -> Iterator[int]:
    """Whole seconds, as messages are stamped."""
    at = float(start)
    while (at := at + rng.expovariate(rate)) < end:
        yield int(at)
