"""Two simulated weeks, as Prometheus would have scraped them from an exporter.

The exporter is the real one, under a clock that is moved from scrape to scrape,
so names, labels and the rest of /metrics are its own. What was sent, and when, is
kept beside it: the truth to judge queries by. Whom a message is credited to is
attribution's to say, and judged elsewhere: rules leave out doubles, for one.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

from fedmsg_exporter import config
from fedmsg_exporter.attribution import Attribution, mapping
from fedmsg_exporter.document import Document
from fedmsg_exporter.event import Event
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.sources.simulation import Sent, Simulation

DAY = 86_400
#: A Thursday evening, UTC, as good a moment as any to look at dashboards.
END = 1_766_080_800  # 2025-12-18 18:00
#: A day more, so that what is usual, which takes two weeks, is known at the end.
START = END - 15 * DAY
#: Time between two scrapes, in seconds; at the end they are a minute apart.
COARSE, FINE, FINE_FOR = 3600, 60, 3600

_LABELS = 'job="fedmsg_exporter",instance="simulation:10450"'
_UMBRELLAS = ("fedora-contributor", "signed_fpca")


class Did(NamedTuple):
    """One message: when it was sent, by which app, and whose it is."""

    moment: float
    category: str
    people: tuple[str, ...]


class Fortnight:
    """Two weeks of a small community, or less with a later ``start``.

    ``rate`` is in messages a second.
    """

    def __init__(
        self, *, seed: int = 1, people: int = 300, rate: float = 0.04, start: int = START
    ) -> None:
        self._start = start
        simulation = Simulation(seed, people, rate)
        self.groups: Mapping[str, tuple[str, ...]] = {
            group: members
            for group, members in simulation.community.groups.items()
            if group not in _UMBRELLAS
        }
        self._sent = list(_until(simulation.messages(start), END))
        attribute = Attribution(mapping.packaged()).attribute
        self.truth = [_did(attribute(one.message)) for one in self._sent]

    def moments(self, coarse: int = COARSE) -> list[int]:
        """When it was scraped."""
        fine = END - FINE_FOR
        return [*range(self._start, fine, coarse), *range(fine, END + 1, FINE)]

    def write(self, path: Path, coarse: int = COARSE) -> None:
        """Write OpenMetrics with times, for promtool to make blocks of."""
        with path.open("w", encoding="utf-8") as file:
            file.writelines(self._scrapes(coarse))
            file.write("# EOF\n")

    def _scrapes(self, coarse: int) -> Iterator[str]:
        now = float(self._start)
        with TemporaryDirectory() as folder:
            exporter = Exporter(self._config(Path(folder)), clock=lambda: now)
            exporter.telemetry.connected.set(1)
            left = 0
            for now in self.moments(coarse):
                until = left
                while until < len(self._sent) and _moment(self._sent[until]) <= now:
                    until += 1
                exporter.pipeline.take([one.message for one in self._sent[left:until]])
                left = until
                yield _timed(f"{_timeless(exporter.metrics())}{_OF_PROMETHEUS}", now)
            exporter.close()

    def _config(self, folder: Path) -> config.Config:
        groups = {group: list(members) for group, members in self.groups.items()}
        (folder / "groups.yml").write_text(yaml.safe_dump(groups))
        settings = {
            "groups": {"file": "groups.yml"},
            "new_series_hold": 0,
            "schemas": False,
            "packages": True,
        }
        return config.build(Document(f"{folder}/config.yml", settings, {}))


#: What Prometheus itself adds to each scrape, and what a process would tell that runs.
_OF_PROMETHEUS = f"""\
up 1
scrape_duration_seconds 0.011
process_start_time_seconds {START}
fedmsg_exporter_groups_age_seconds 600
"""


def _timed(text: str, moment: float) -> str:
    """Give every sample the labels of its target, and its time."""
    return "".join(_line(line, moment) for line in text.splitlines() if line[0] != "#")


def _timeless(text: str) -> str:
    """Take away what the real clock tells, or the reactor would do: see _OF_PROMETHEUS."""
    return re.sub(r"^(process_start_time|\w+_groups_age)_seconds .*\n", "", text, flags=re.M)


def _line(line: str, moment: float) -> str:
    series, _, value = line.rpartition(" ")
    name, brace, labels = series.partition("{")
    labels = f"{_LABELS},{labels}" if brace else f"{_LABELS}}}"
    return f"{name}{{{labels} {value} {moment}\n"


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
