"""The ledger's arithmetic: series, their values, and the caps on their number.

Pure: no clock, no file. A batch is first planned and then applied, so that the
store can refuse in between without any effect.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..event import OTHER, Event
from ..families import DROPPED, FAMILIES, MESSAGES, Change, Family, Labels
from .changes import changes
from .series import Key, Series, Stored


@dataclass(slots=True)
class Plan:
    """What a batch changes: the new value of every series it touches."""

    values: dict[Key, float] = field(default_factory=dict)
    #: The number of new series of each family in this plan.
    fresh: dict[Family, int] = field(default_factory=dict)
    #: New categories in this plan.
    categories: set[str] = field(default_factory=set)
    #: The events that count, their categories held to the cap.
    counted: list[Event] = field(default_factory=list)


class Counts:
    """Every series there is, by family and label values."""

    def __init__(self, limits: Mapping[str, int], families: Iterable[Family] = FAMILIES) -> None:
        """Take the caps by name (``Family.limit``); a name without one is unlimited.

        What events add to a family that is not among ``families`` is left out.
        """
        self._limits = limits
        self._by_name = {family.name: family for family in families}
        self.clear()

    def clear(self) -> None:
        """Clear every series, to be restored from scratch."""
        self._families: dict[Family, dict[Labels, Series]] = {f: {} for f in self._by_name.values()}
        self._categories: set[str] = set()
        self._presumed: dict[Key, float] = {}
        # Ordered sets: they must not grow while nobody scrapes.
        self._changed: dict[Family, dict[Labels, None]] = {f: {} for f in self._families}
        self._numbered = 0

    def adopt(
        self, limits: Mapping[str, int], families: Iterable[Family], stored: Iterable[Stored]
    ) -> None:
        """Keep other families from now on, with other caps.

        A family that is as before remains the same object, with its series; one that
        was declared again takes them over. ``stored`` are the series of those in
        `strangers`. The series of all others are dropped from memory.
        """
        before, changed = self._families, self._changed
        self._limits = limits
        self._by_name = {one.name: self._present(one) for one in families}
        self._families, self._changed = {}, {}
        for one in self._by_name.values():
            old = one if one in before else self._predecessor(one, before)
            self._families[one] = before.get(old, {}) if old else {}
            self._changed[one] = (
                changed[one] if one in changed else dict.fromkeys(self._families[one])
            )
        for name, labels, series in stored:
            self.restore(name, labels, series)

    def strangers(self, families: Iterable[Family]) -> list[Family]:
        """The families of some whose series are not in memory, but may be in the file."""
        return [one for one in families if self._predecessor(one, self._families) is None]

    def family(self, family: Family) -> Mapping[Labels, Series]:
        """The series of one family, in the order in which they came."""
        return self._families[family]

    def families(self) -> Iterator[Family]:
        """The families, in the order of the exposition."""
        return iter(self._families)

    def has_counted(self) -> bool:
        """Whether any series is not at 0."""
        return any(one.value for series in self._families.values() for one in series.values())

    def take_changed(self, family: Family) -> list[Labels]:
        """The series that are new or changed since the last call."""
        changed, self._changed[family] = self._changed[family], {}
        return list(changed)

    def restore(self, name: str, labels: Labels, series: Series) -> None:
        """Restore a series as it was stored; one of a former family stays hidden."""
        self._numbered = max(self._numbered, series.number)
        family = self._by_name.get(name)
        if family is None or len(labels) != len(family.labels):
            return
        self._families[family][labels] = series
        self._changed[family][labels] = None
        if family is MESSAGES:
            self._categories.add(labels[1])

    def open(self, family: Family, labels: Labels) -> None:
        """Start a series that is known in advance at 0, before its first message."""
        kept = self._by_name.get(family.name)
        if kept is not None and labels not in self._families[kept]:
            self._add(kept, labels, 0)
            if kept is MESSAGES:
                self._categories.add(labels[1])

    def open_known(self, several: Iterable[Key]) -> int:
        """Start series at 0 as far as the caps allow; returns how many they do not."""
        left_out = 0
        for family, labels in several:
            if self._has_room(family, labels, len(self._families.get(family, ()))):
                self.open(family, labels)
            else:
                left_out += family in self._families
        return left_out

    def presume(self, values: Mapping[Key, float]) -> None:
        """Give series that are still to come a value from before their first message."""
        self._presumed = dict(values)

    def news(self, several: Iterable[Change]) -> list[Change]:
        """The changes that make a difference, and for which the caps leave room."""
        found = []
        fresh: dict[Family, int] = {}
        for family, labels, value in several:
            there = self._families.get(family, {})
            series = there.get(labels)
            size = len(there) + fresh.get(family, 0)
            if series is None and self._has_room(family, labels, size):
                fresh[family] = fresh.get(family, 0) + 1
            elif series is None or family.combine(series.value, value) == series.value:
                continue
            found.append(Change(family, labels, value))
        return found

    def plan(self, events: Iterable[Event], now: float, more: Iterable[Change] = ()) -> Plan:
        """Work out what events add, without changing anything.

        ``more`` is what else to add, independent of the events.
        """
        plan = Plan()
        for event in events:
            admitted = self._admit_category(plan, event)
            if not event.rejected:
                plan.counted.append(admitted)
            for family, labels, amount in changes(admitted, now, self._by_name):
                self._add_to_plan(plan, family, labels, amount)
        for family, labels, amount in more:
            self._add_to_plan(plan, family, labels, amount)
        return plan

    def apply(self, plan: Plan) -> None:
        """Make a plan's values the current ones."""
        for (family, labels), value in plan.values.items():
            series = self._families[family].get(labels)
            if series is None:
                self._add(family, labels, value)
            else:
                series.value = value
                self._changed[family][labels] = None
        self._categories |= plan.categories

    def rows(self, plan: Plan) -> Iterator[tuple[int, str, Labels, float, bool]]:
        """A plan as rows to store: number, family name, labels, value, shown.

        New series get the numbers that `apply` gives them right afterwards.
        """
        number = self._numbered
        for (family, labels), value in plan.values.items():
            series = self._families[family].get(labels)
            if series is not None:
                yield series.number, family.name, labels, value, series.shown
            else:
                number += 1
                yield number, family.name, labels, value, family.kind == "gauge"

    def _present(self, family: Family) -> Family:
        """The family that is kept already, if it is the same in everything."""
        known = self._by_name.get(family.name)
        return known if known and known.is_like(family) else family

    def _predecessor(self, family: Family, families: Iterable[Family]) -> Family | None:
        """The family of that name whose series fit, None if there is none."""
        for one in families:
            if one.name == family.name and len(one.labels) == len(family.labels):
                return one
        return None

    def _add(self, family: Family, labels: Labels, value: float) -> None:
        self._numbered += 1
        shown = family.kind == "gauge"
        self._families[family][labels] = Series(self._numbered, value, shown)
        self._changed[family][labels] = None

    def _has_room(self, family: Family, labels: Labels, size: int) -> bool:
        """Whether a series is there, or may be one more; ``size`` is how many there are."""
        if family not in self._families:
            return False
        limit = self._limits.get(family.limit) if family.limit else None
        return labels in self._families[family] or limit is None or size < limit

    def _admit_category(self, plan: Plan, event: Event) -> Event:
        """Fold a category beyond the cap. Every family has the label, so it goes first."""
        known = self._categories
        if event.rejected or event.category in known or event.category in plan.categories:
            return event
        limit = self._limits.get("categories")
        if limit is not None and len(known) + len(plan.categories) >= limit:
            self._add_to_plan(plan, DROPPED, ("fedmsg_messages_total",), 1)
            return event._replace(category=OTHER)
        plan.categories.add(event.category)
        return event

    def _add_to_plan(self, plan: Plan, family: Family, labels: Labels, amount: float) -> None:
        key = family, labels
        old = plan.values.get(key)
        if old is None:  # most changes of a batch are to a series that it has changed before
            if family not in self._families:
                return
            admitted = self._admit(plan, family, labels)
            if admitted is None:
                return
            key = family, admitted
            old = self._before(plan, key)
        plan.values[key] = family.combine(old, amount)

    def _before(self, plan: Plan, key: Key) -> float | None:
        """The value of a series before a change, None for a new series."""
        family, labels = key
        series = self._families[family].get(labels)
        return plan.values.get(key, series.value if series else self._presumed.get(key))

    def _admit(self, plan: Plan, family: Family, labels: Labels) -> Labels | None:
        """Fold the labels of a series that would be one too many, or leave it out."""
        if labels in self._families[family] or (family, labels) in plan.values:
            return labels
        limit = self._limits.get(family.limit) if family.limit else None
        number = len(self._families[family]) + plan.fresh.get(family, 0)
        folded = family.fold(labels)
        if limit is not None and number >= limit and not (family.folded and folded == labels):
            self._add_to_plan(plan, DROPPED, (family.name,), 1)
            return folded if family.folded else None
        plan.fresh[family] = plan.fresh.get(family, 0) + 1
        return labels
