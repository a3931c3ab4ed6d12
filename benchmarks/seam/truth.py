"""The truth: how many of the known messages were sent in a span, by labels."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from .known import Known, Sent

#: The labels of a series by name, without those of the target.
Labels = tuple[tuple[str, str], ...]
#: What a query should answer: values by labels.
Values = Mapping[Labels, float]


def labels(**pairs: str) -> Labels:
    """Labels in the order of their names."""
    return tuple(sorted(pairs.items()))


class Truth:
    """Counts of what was sent. A span is open at its start and closed at its end."""

    def __init__(self, known: Known) -> None:
        """Sort the known traffic by what it is counted by."""
        self.known = known
        self.of_apps = _Times(_of_apps(one) for one in known.sent)
        self.of_users = _Times(_of_user(one) for one in known.sent if one.user)
        self.of_groups = _Times(
            (one.at, labels(category=_category(one), group=group))
            for one in known.sent
            for group in known.groups_of(one.user)
        )

    def apps(self, start: float, end: float, *by: str) -> Values:
        """Messages by some of domain, category, topic."""
        return self.of_apps.counts(start, end, by)

    def users(self, start: float, end: float, *by: str, **where: str) -> Values:
        """Messages of users by some of category, user, kind; only those with any."""
        return self.of_users.counts(start, end, by, **where)

    def groups(self, start: float, end: float, *by: str, **where: str) -> Values:
        """Messages of groups by some of category, group."""
        return self.of_groups.counts(start, end, by, **where)


class _Times:
    """When each series grew."""

    def __init__(self, grown: Iterable[tuple[int, Labels]]) -> None:
        self._times: defaultdict[Labels, list[int]] = defaultdict(list)
        for at, series in grown:
            self._times[series].append(at)

    def counts(self, start: float, end: float, by: Iterable[str], **where: str) -> Values:
        """The sums over a span by some of the labels; series without any are left out."""
        wanted, sums = set(by), Counter[Labels]()
        for series, times in self._times.items():
            if where.items() <= set(series):
                number = bisect_right(times, end) - bisect_right(times, start)
                sums[tuple(one for one in series if one[0] in wanted)] += number
        return +sums

    def ends(self, at: float, by: Iterable[str], **where: str) -> tuple[Values, Values]:
        """The first and the last time up to a moment, by some of the labels."""
        wanted = set(by)
        first: dict[Labels, float] = {}
        last: dict[Labels, float] = {}
        for series, times in self._times.items():
            place = bisect_right(times, at)
            if place and where.items() <= set(series):
                name = tuple(one for one in series if one[0] in wanted)
                first[name] = min(times[0], first.get(name, times[0]))
                last[name] = max(times[place - 1], last.get(name, 0))
        return first, last


def _category(one: Sent) -> str:
    return one.topic.split(".prod.")[1].split(".")[0]


def _of_apps(one: Sent) -> tuple[int, Labels]:
    domain, topic = one.topic.split(".prod.")
    return one.at, labels(domain=domain, category=_category(one), topic=topic)


def _of_user(one: Sent) -> tuple[int, Labels]:
    names = {"user": one.user or "", "kind": one.kind or ""}
    return one.at, labels(category=_category(one), **names)
