"""The exposition: the ledger's counts as Prometheus reads them.

Two things happen here and nowhere else.

The rule on new series. PromQL cannot see the first increment of a series that
appears at 1, so a new counter is shown at 0 first, and at its value only
``hold`` seconds after it was first scraped. A series restored from the ledger
that was already shown at its value is not new.

The cache of lines. A line is made again only when its value changed, and all
lines of a family are joined at each scrape: 100,000 series cost milliseconds.

The text is byte for byte that of prometheus_client, for the formats text
0.0.4 and OpenMetrics 1.0.0; a test holds the two together.
"""

import logging
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from prometheus_client.utils import floatToGoString

from ..families import Family, Labels
from ..ledger import Ledger, LedgerError
from ..ledger.counts import Series

log = logging.getLogger(__name__)


_STUCK = "new series stay at 0 for now, the ledger cannot note that they are shown"


class Exposition:
    """Renders a ledger's counts. Scrapes may come from several Prometheis."""

    def __init__(self, ledger: Ledger, *, hold: float = 30.0) -> None:
        """Take the hold for new series in seconds; 0 shows values at once."""
        self._ledger = ledger
        self._hold = hold
        self._lines = {family: _Lines(family) for family in ledger.counts.families()}
        self._held: list[_Held] = []
        self._stuck = False

    def held(self) -> int:
        """How many series are still shown as 0."""
        return sum(len(one.series) for one in self._held)

    def render(self, now: float, *, openmetrics: bool = False) -> str:
        """The text of one scrape at ``now`` (seconds, any clock that only goes on).

        Without the closing ``# EOF`` of OpenMetrics: what the exporter says
        about itself is still to come.
        """
        counts = self._ledger.counts
        changed = {family: counts.take_changed(family) for family in self._lines}
        self._hold_new(changed, now)
        for family, released in self._release(now):
            changed[family] += released
        for family, lines in self._lines.items():
            lines.update(changed[family], counts.family(family))
        texts = (lines.text(openmetrics=openmetrics) for lines in self._lines.values())
        return "".join(chain.from_iterable(texts))

    def _hold_new(self, changed: Mapping[Family, Iterable[Labels]], now: float) -> None:
        """Begin the hold of the series that this scrape is the first to show."""
        for family, several in changed.items():
            lines = self._lines[family]
            series = self._ledger.counts.family(family)
            new = [one for one in several if one not in lines and not series[one].shown]
            if new:
                self._held.append(_Held(now, family, new))

    def _release(self, now: float) -> list[tuple[Family, list[Labels]]]:
        """Let go of the series whose hold is over, to be shown at their value.

        While the ledger cannot note it they stay held: late, and never wrong.
        """
        due = [held for held in self._held if now - held.since >= self._hold]
        if not due:
            return []
        families = self._ledger.counts.family
        try:
            self._ledger.show(families(held.family)[one] for held in due for one in held.series)
        except LedgerError as error:
            # Told once, not at each scrape.
            log.log(logging.DEBUG if self._stuck else logging.WARNING, "%s: %s", _STUCK, error)
            self._stuck = True
            return []
        self._stuck = False
        self._held = [held for held in self._held if now - held.since < self._hold]
        return [(held.family, held.series) for held in due]


class _Held(NamedTuple):
    """Series of a family that are still shown as 0, since their first scrape."""

    since: float
    family: Family
    series: list[Labels]


class _Lines:
    """The finished sample lines of one family, in the order of its series."""

    def __init__(self, family: Family) -> None:
        self._name = family.name
        # Labels stand in the order of their names, as prometheus_client has them.
        self._labels = sorted(zip(family.labels, range(len(family.labels)), strict=True))
        self._lines: dict[Labels, str] = {}
        self._headers = {form: _header(family, openmetrics=form) for form in (False, True)}

    def __contains__(self, labels: Labels) -> bool:
        """Whether the series was in an earlier scrape."""
        return labels in self._lines

    def update(self, changed: Iterable[Labels], series: Mapping[Labels, Series]) -> None:
        """Make the lines of the given series again."""
        lines = self._lines
        for labels in changed:
            one = series[labels]
            value: str = floatToGoString(one.value if one.shown else 0)
            if line := lines.get(labels):
                start, _, _ = line.rpartition(" ")
            else:
                start = f"{self._name}{self._braces(labels)}"
            lines[labels] = f"{start} {value}\n"

    def text(self, *, openmetrics: bool) -> Iterable[str]:
        """Header and lines, to be joined."""
        return chain((self._headers[openmetrics],), self._lines.values())

    def _braces(self, labels: Labels) -> str:
        pairs = ",".join(f'{name}="{_escaped(labels[at])}"' for name, at in self._labels)
        return f"{{{pairs}}}" if pairs else ""


def _header(family: Family, *, openmetrics: bool) -> str:
    """HELP and TYPE. OpenMetrics names a counter without its ``_total``."""
    name = family.name.removesuffix("_total") if openmetrics else family.name
    return f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
