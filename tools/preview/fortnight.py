"""Two simulated weeks, as Prometheus would have scraped them from an exporter.

The exporter is the real one, under a clock that is moved from scrape to scrape,
so names, labels and the rest of /metrics are its own. What was sent, and when, is
kept alongside: the truth to judge queries by. Whom a message is credited to is
decided by attribution, and tested elsewhere: rules leave out duplicates, for one.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

from fedmsg_exporter import config
from fedmsg_exporter.attribution import Attribution, mapping
from fedmsg_exporter.document import Document
from fedmsg_exporter.event import Event
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.sources.simulation import Sent, Simulation

DAY = 86_400
#: A Thursday evening, UTC, an arbitrary moment to look at dashboards.
END = 1_766_080_800  # 2025-12-18 18:00
#: One more day, so that the baseline, which takes two weeks, is known at the end.
START = END - 15 * DAY
#: Time between two scrapes, in seconds; at the end they are a minute apart, and
#: before the two weeks, where there is more, they are far apart.
COARSE, FINE, FINE_FOR, EARLY = 3600, 60, 3600, 6 * 3600
#: How long a message is in transit, in seconds.
_DELAY = 2

_LABELS = 'job="fedmsg_exporter",instance="simulation:10450"'
_UMBRELLAS = ("fedora-contributor", "signed_fpca")


class Did(NamedTuple):
    """One message: when it was sent, by which app, and who is credited."""

    moment: float
    category: str
    people: tuple[str, ...]


class Scraping(NamedTuple):
    """When it is scraped: hourly from ``dense`` on, and every ``fine`` seconds at the end.

    Metrics that begin with one of ``rare`` are scraped every six hours only: those about
    people and groups are most of all.
    """

    dense: int = START
    fine: int = FINE
    fine_for: int = FINE_FOR
    rare: tuple[str, ...] = ()
    packages: bool = True


_USUALLY = Scraping()


class Fortnight:
    """Two weeks of a small community; less with a later ``start``, more with an earlier one.

    ``rate`` is in messages a second.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        people: int = 300,
        rate: float = 0.04,
        start: int = START,
        scraping: Scraping = _USUALLY,
    ) -> None:
        self.start, self.dense = start, max(start, scraping.dense)
        self._scraping = scraping
        simulation = Simulation(seed, people, rate)
        self.community = simulation.community
        self.groups: Mapping[str, tuple[str, ...]] = {
            group: members
            for group, members in simulation.community.groups.items()
            if group not in _UMBRELLAS
        }
        self._sent = list(_until(simulation.messages(start), END))

    @cached_property
    def truth(self) -> list[Did]:
        """What each message was, as attribution sees it."""
        attribute = Attribution(mapping.packaged()).attribute
        return [_did(attribute(one.message)) for one in self._sent]

    def moments(self, coarse: int = COARSE) -> list[int]:
        """When it was scraped."""
        step = self._scraping.fine
        fine = max(self.start, END - self._scraping.fine_for)
        early = range(self.start, self.dense, EARLY)
        return [*early, *range(self.dense, fine, coarse), *range(fine, END + 1, step)]

    def write(self, path: Path, coarse: int = COARSE) -> None:
        """Write OpenMetrics with times, for promtool to make blocks of."""
        with path.open("w", encoding="utf-8") as file:
            file.writelines(self._scrapes(coarse))
            file.write("# EOF\n")

    def _scrapes(self, coarse: int) -> Iterator[str]:
        clock = [float(self.start)]
        with TemporaryDirectory() as folder:
            exporter = Exporter(self._config(Path(folder)), clock=lambda: clock[0])
            exporter.telemetry.connected.set(1)
            left = 0
            for scrape in self.moments(coarse):
                until = left
                while until < len(self._sent) and _moment(self._sent[until]) <= scrape:
                    until += 1
                for moment, messages in self._arriving(self._sent[left:until], scrape):
                    clock[0] = moment
                    exporter.pipeline.take(messages)
                clock[0], left = float(scrape), until
                yield _timed(exporter.metrics(), scrape, (*_REAL, *self._left_out(scrape)))
                yield _timed(_OF_PROMETHEUS, scrape, ())
            exporter.close()

    def _left_out(self, scrape: int) -> tuple[str, ...]:
        rarely = scrape < END and (scrape - self.start) % EARLY
        return self._scraping.rare if rarely else ()

    def _arriving(
        self, batch: Sequence[Sent], scrape: float
    ) -> Iterator[tuple[float, list[Message]]]:
        """Yield when messages are counted: all at a scrape, but one by one at the end."""
        if scrape <= END - self._scraping.fine_for:
            yield scrape, [one.message for one in batch]
        else:
            for one in batch:
                yield min(_moment(one) + _DELAY, scrape), [one.message]

    def _config(self, folder: Path) -> config.Config:
        groups = {group: list(members) for group, members in self.groups.items()}
        (folder / "groups.yml").write_text(yaml.safe_dump(groups))
        settings = {
            "groups": {"file": "groups.yml"},
            "new_series_hold": 0,
            "schemas": False,
            "packages": self._scraping.packages,
        }
        return config.build(Document(f"{folder}/config.yml", settings, {}))


#: What depends on the real clock or the reactor: replaced by what follows.
_REAL = ("process_start_time_seconds", "fedmsg_exporter_groups_age_seconds")
#: What Prometheus itself adds to each scrape, and what a running process would show.
_OF_PROMETHEUS = f"""\
up 1
scrape_duration_seconds 0.011
process_start_time_seconds {START}
fedmsg_exporter_groups_age_seconds 600
"""


def _timed(text: str, moment: float, left_out: tuple[str, ...]) -> str:
    """Give every sample the labels of its target, and its time."""
    lines = (line for line in text.splitlines() if not line.startswith(("#", *left_out)))
    return "".join(f"{labelled(line, _LABELS)} {moment}\n" for line in lines)


def labelled(line: str, target: str) -> str:
    """A line of text format with the labels of its target."""
    series, _, value = line.rpartition(" ")
    name, brace, labels = series.partition("{")
    labels = f"{target},{labels}" if brace else f"{target}}}"
    return f"{name}{{{labels} {value}"


def _until(sent: Iterator[Sent], end: float) -> Iterator[Sent]:
    for one in sent:
        if _moment(one) > end:
            return
        yield one


def _moment(sent: Sent) -> float:
    return sent.message.sent_at or 0


def _did(event: Event) -> Did:
    people = tuple(user.name for user in event.users if user.kind == "person")
    return Did(event.sent_at or 0, event.category, people)
