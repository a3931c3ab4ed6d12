"""Messages by user and group, and how many people were active."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from ...families import GROUPS, USERS
from . import recorded
from .active import Active, Counted, Key, MomentCounter
from .counters import counted, runs, spread
from .dealing import Dealing, Moments
from .lines import Series
from .plan import DAY, DENSE, WEEK, Piece, Plan, Size
from .sampled import Grid
from .sources import Known, of_rules

#: The recorded series of groups look back a week only.
_LOOKBACK = WEEK + DAY


class People:
    """The series of people; pieces must come in order."""

    def __init__(self, known: Known, plan: Plan) -> None:
        self._known = known
        self._dealing = Dealing(known)
        self._users = {
            who: -messages for who, messages in self._dealing.totals(plan.tail, plan.until).items()
        }
        self._groups: dict[tuple[str, str], int] = {}
        for (category, user), messages in self._dealing.totals(plan.start, plan.until).items():
            for group in known.groups_of(user.name):
                before = self._groups.get((category, group), 0)
                self._groups[category, group] = before - messages
        self._group_sums = _sums(self._groups)
        self._grids: dict[int, Grid] = {}
        self._active = Active()

    def size(self) -> Size:
        """About how many series there are."""
        groups = len(self._groups) + len(self._group_sums)
        active = 2 * len({category for category, _ in self._users}) + 2
        return Size(groups + active, groups + active + len(self._users) + 2 * len(self._group_sums))

    def series(self, piece: Piece) -> Iterator[Series]:
        """Counters and recorded series of a piece."""
        moments = self._dealing.between(piece.start, piece.end)
        if piece.step == DENSE:
            yield from self._of_users(piece, moments)
        yield from self._of_groups(piece, moments)
        grid = self._grid(piece)
        times = piece.times()
        yield from of_rules(recorded.GROUPS_ALWAYS, grid, times, "group")
        if piece.step == DENSE:
            yield from of_rules(recorded.GROUPS_DENSE, grid, times, "group")
        yield from self._of_active(piece, moments, grid.known(times, WEEK))

    def _of_users(self, piece: Piece, moments: Moments) -> Iterator[Series]:
        for who, before in self._users.items():
            here = moments.get(who, ())
            labels = tuple(zip(USERS.labels, (who[0], *who[1]), strict=True))
            yield Series(USERS.name, labels, counted(here, before, piece.times()))
            self._users[who] = before + len(here)

    def _of_groups(self, piece: Piece, moments: Moments) -> Iterator[Series]:
        by_group: dict[tuple[str, str], list[list[float]]] = {}
        for (category, user), several in moments.items():
            for group in self._known.groups_of(user.name):
                by_group.setdefault((category, group), []).append(several)
        times = piece.times()
        for key, before in self._groups.items():
            here = _merged(by_group.get(key, ()))
            labels = tuple(zip(GROUPS.labels, key, strict=True))
            yield Series(GROUPS.name, labels, counted(here, before, times))
            self._groups[key] = before + len(here)
        for group, counter in self._group_sums.items():
            mine = (lists for (_, one), lists in by_group.items() if one == group)
            counter.add(_merged(chain.from_iterable(mine)))
            if piece.step == DENSE:
                values = [counter.at(time) for time in times]
                labels = (("group", group),)
                yield Series("group_instance:fedmsg_messages:sum", labels, runs(values))

    def _grid(self, piece: Piece) -> Grid:
        """The groups' counters on the grid of a piece."""
        start = piece.times().start - _LOOKBACK
        if piece.step not in self._grids:
            self._grids[piece.step] = Grid(start, piece.step, self._known.people)
        grid = self._grids[piece.step]
        grid.extend({name: [one.at] for name, one in self._group_sums.items()}, piece.end)
        for counter in self._group_sums.values():
            counter.trim(piece.end - 2 * _LOOKBACK)
        return grid

    def _of_active(self, piece: Piece, moments: Moments, known: list[bool]) -> Iterator[Series]:
        times = piece.times()
        counts = self._active.piece(_as_counted(moments), times, piece.end)
        for (metric, labels), found in counts.items():
            values = spread(found, len(times))
            shown = [one if is_known else None for one, is_known in zip(values, known, strict=True)]
            yield Series(metric, labels, runs(shown))


def _as_counted(moments: Moments) -> Mapping[Key, list[float]]:
    """Moments by what counts them, and by who is counted once."""
    found: dict[Key, list[float]] = {}
    several: dict[Key, list[list[float]]] = {}
    for (category, (name, kind)), one in moments.items():
        labels = (("category", category), ("kind", kind))
        found[("category_kind:fedmsg_users:active1w", labels), name] = one
        everywhere: Counted = ("kind:fedmsg_users:active1w", labels[1:])
        several.setdefault((everywhere, name), []).append(one)
    return found | {key: _merged(lists) for key, lists in several.items()}


def _merged(lists: Iterable[list[float]]) -> list[float]:
    """Ordered lists as one; sorting finds what is in order, and is quicker than heapq.merge."""
    return sorted(chain.from_iterable(lists))


def _sums(groups: Mapping[tuple[str, str], int]) -> dict[str, MomentCounter]:
    """A counter for each group, of all categories."""
    totals: dict[str, int] = {}
    for (_, group), before in groups.items():
        totals[group] = totals.get(group, 0) + before
    return {group: MomentCounter(before) for group, before in sorted(totals.items())}
