"""The exposition: the ledger's counts as Prometheus reads them.

Two things happen here and nowhere else.

The rule on new series: PromQL cannot see the first increment of a series that
appears at 1, so a new counter is first shown as 0, and as its value only ``hold``
seconds after it was first scraped. A series restored from the ledger that was
already shown with its value is not new.

The cache of lines: a line is rendered again only when its value has changed, and all
lines of a family are joined at each scrape, so 100,000 series take milliseconds.

``text`` has the format; ``telemetry``, ``weekly``, ``members`` and ``depths`` are the
metrics that the ledger does not count.
"""

import logging
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from ..families import Family, Labels
from ..ledger import Ledger
from ..ledger.series import Series
from ..sink import NotRecorded
from . import text

log = logging.getLogger(__name__)


#: The metrics that a scrape requests, by name; None for all of them.
Names = frozenset[str] | None

_STUCK = "new series stay at 0 for now, because writing to the ledger is failing"


class Exposition:
    """Renders a ledger's counts. Several Prometheus servers may scrape."""

    def __init__(self, ledger: Ledger, *, hold: float = 30.0) -> None:
        """``hold`` is for new series, in seconds; with 0, their values show at once."""
        self._ledger = ledger
        self._hold = hold
        self._lines = {family: _Lines(family) for family in ledger.counts.families()}
        self._held: list[_Held] = []
        self._stuck = False

    @property
    def hold(self) -> float:
        """For how long a new series is shown as 0, in seconds."""
        return self._hold

    def adopt(self, hold: float) -> None:
        """Show the families that the ledger has now, with another hold for new series.

        Families that the ledger kept also keep their lines and the holds that have begun.
        """
        known = self._lines
        families = self._ledger.counts.families()
        self._lines = {one: known.get(one) or _Lines(one) for one in families}
        self._held = [one for one in self._held if one.family in self._lines]
        self._hold = hold

    def held(self) -> int:
        """The number of series that are still shown as 0."""
        return sum(len(one.series) for one in self._held)

    def render(self, now: float, *, openmetrics: bool = False, names: Names = None) -> str:
        """The text of one scrape at ``now`` (seconds, any monotonic clock).

        Without the closing ``# EOF`` of OpenMetrics, since the exporter's own metrics
        follow. The hold of a series that ``names`` leaves out does not begin.
        """
        counts = self._ledger.counts
        chosen = [family for family in self._lines if names is None or _is_named(family, names)]
        changed = {family: counts.take_changed(family) for family in chosen}
        self._hold_new(changed, now)
        for family, released in self._release(now):
            changed.setdefault(family, []).extend(released)
        for family, several in changed.items():
            self._lines[family].update(several, counts.family(family))
        texts = (self._lines[family].text(openmetrics=openmetrics) for family in chosen)
        return "".join(chain.from_iterable(texts))

    def _hold_new(self, changed: Mapping[Family, Iterable[Labels]], now: float) -> None:
        """Begin the hold of the series that appear for the first time in this scrape."""
        for family, several in changed.items():
            lines = self._lines[family]
            series = self._ledger.counts.family(family)
            new = [one for one in several if one not in lines and not series[one].shown]
            if new:
                self._held.append(_Held(now, family, new))

    def _release(self, now: float) -> list[tuple[Family, list[Labels]]]:
        """Release the series whose hold is over, to be shown with their values.

        While the ledger cannot record that, they stay held: late, but never wrong.
        """
        due = [held for held in self._held if now - held.since >= self._hold]
        if not due:
            return []
        families = self._ledger.counts.family
        try:
            self._ledger.show(families(held.family)[one] for held in due for one in held.series)
        except NotRecorded as error:
            # Logged as a warning once, not at each scrape.
            log.log(logging.DEBUG if self._stuck else logging.WARNING, "%s: %s", _STUCK, error)
            self._stuck = True
            return []
        self._stuck = False
        self._held = [held for held in self._held if now - held.since < self._hold]
        return [(held.family, held.series) for held in due]


def _is_named(family: Family, names: frozenset[str]) -> bool:
    return family.name in names or family.name.removesuffix("_total") in names


class _Held(NamedTuple):
    """Series of a family that are still shown as 0, since their first scrape."""

    since: float
    family: Family
    series: list[Labels]


class _Lines:
    """The finished sample lines of one family, in the order of its series."""

    def __init__(self, family: Family) -> None:
        self._name = family.name
        # Labels are sorted by name, as in prometheus_client.
        self._labels = sorted(zip(family.labels, range(len(family.labels)), strict=True))
        self._lines: dict[Labels, str] = {}
        self._headers = {form: text.header(family, openmetrics=form) for form in (False, True)}

    def __contains__(self, labels: Labels) -> bool:
        """Whether the series was in an earlier scrape."""
        return labels in self._lines

    def update(self, changed: Iterable[Labels], series: Mapping[Labels, Series]) -> None:
        """Render the lines of the given series again."""
        lines = self._lines
        for labels in changed:
            one = series[labels]
            value = text.number(one.value if one.shown else 0)
            if line := lines.get(labels):
                start, _, _ = line.rpartition(" ")
            else:
                start = text.series(self._name, ((name, labels[at]) for name, at in self._labels))
            lines[labels] = f"{start} {value}\n"

    def text(self, *, openmetrics: bool) -> Iterable[str]:
        """Header and lines, to be joined."""
        return chain((self._headers[openmetrics],), self._lines.values())
