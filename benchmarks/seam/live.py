"""What a Prometheus scrapes after `L0`: a real exporter, under a clock that is moved.

It is scraped every ``seldom`` seconds, and every 15 where minutes matter: in the first
hour, and in the minutes before each moment that is asked about.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, dropwhile, takewhile
from pathlib import Path

import yaml

from fedmsg_exporter.config import Config, load
from fedmsg_exporter.service import parts
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.weekly import computing
from tools.preview.fortnight import labelled

from .known import L0, Known, Sent

TARGET = 'job="fedmsg_exporter",instance="127.0.0.1:10450"'
SCRAPE = 15
_FIRST, _BEFORE = 3600, 300
#: When it is started again, after the import: seconds after `L0`.
_AGAIN = 60
#: What Prometheus itself adds to each scrape, and what depends on the real clock.
_OF_PROMETHEUS = "up 1\nfedmsg_exporter_groups_age_seconds 600\n"
_SKIPPED = ("#", "process_", "python_", "fedmsg_exporter_groups_age_")


def configured(folder: Path, known: Known) -> Path:
    """Write the exporter's config and its groups; returns the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "groups.yml").write_text(yaml.safe_dump({"groups": dict(known.groups)}))
    settings = {
        "state": "ledger.sqlite",
        "synchronous": "off",  # no power is cut here
        "schemas": False,
        "groups": {"file": "groups.yml", "members": True},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(settings))
    return folder / "config.yml"


def begin(config: Path, known: Known) -> None:
    """Start an exporter for the first time, at `L0`, and stop it after a minute."""
    now = [float(L0)]
    with closing(Exporter(load(config), clock=lambda: now[0], ticks=lambda: L0)) as exporter:
        now[0] += _AGAIN
        exporter.pipeline.take([one.message for one in takewhile(_is_first, known.live())])


def _is_first(one: Sent) -> bool:
    """Whether a message comes before history is imported and the exporter started again."""
    return one.at < L0 + _AGAIN


def scrapes(known: Known, moments: Iterable[int], seldom: int) -> list[int]:
    """When it is scraped."""
    often = [range(L0 + _AGAIN + SCRAPE, L0 + _FIRST, SCRAPE)]
    often += [range(at - _BEFORE, at + 1, SCRAPE) for at in moments if at - _BEFORE > L0]
    rest = range(L0 + seldom, known.size.end + 1, seldom)
    return sorted(set(chain(rest, *often)))


class Live:
    """An exporter after `L0`, and what it shows at each scrape."""

    def __init__(self, config: Config, known: Known) -> None:
        """Start it again, a minute after `L0`."""
        self._now = float(L0 + _AGAIN)
        self._exporter = Exporter(config, clock=lambda: self._now, ticks=lambda: self._now)
        self._exporter.telemetry.connected.set(1)
        self._waiting = dropwhile(_is_first, known.live())
        self._lines: dict[str, str] = {}
        kinds = parts.kinds(config, self._exporter.attribution.mapping)
        self._compute = computing(
            self._exporter.ledger, config, lambda name: kinds.of(name).kind == "person"
        )

    def samples(self, moments: Iterable[int]) -> Iterator[str]:
        """Lines with times, scrape after scrape; then it ends."""
        left = next(self._waiting, None)
        for at in moments:
            while left and left.at < at:
                # Each in its own batch, a second after it was sent.
                self._now = left.at + 1.0
                self._exporter.pipeline.take([left.message])
                left = next(self._waiting, None)
            self._now = float(at)
            self._keep_weekly()
            yield from self._scraped(at)
        self._exporter.close()

    def _keep_weekly(self) -> None:
        weekly = self._exporter.weekly
        if (week := weekly.due()) is not None:
            weekly.take(self._compute(week), week)

    def _scraped(self, at: int) -> Iterator[str]:
        known = self._lines
        for line in f"{self._exporter.metrics()}{_OF_PROMETHEUS}".splitlines():
            if not line.startswith(_SKIPPED):
                if line not in known:
                    known[line] = labelled(line, TARGET)
                yield f"{known[line]} {at}\n"
