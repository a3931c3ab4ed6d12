"""Messages by category and topic, and what the rules record of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ...families import LAST_MESSAGE, MESSAGES, TOPICS
from . import recorded
from .counters import HourCounter, Runs, runs
from .lines import Series
from .plan import DENSE, HOUR, Piece, Plan, Size
from .sampled import LOOKBACK, Grid
from .sources import Known, of_rules

#: Category and topic.
Key = tuple[str, str]
#: Domain and category.
Place = tuple[str, str]
#: An hour, its messages, and those of each of its slots, if they are known.
Hour = tuple[int, int, Sequence[int]]


class Volumes:
    """The series of messages; pieces must come in order."""

    def __init__(self, known: Known, plan: Plan) -> None:
        self._known = known
        self._hour = plan.start // HOUR
        self._topics, places = _totals(known, plan.until)
        self._counters = {
            place: HourCounter(self._hour, -messages, known.end)
            for place, messages in places.items()
        }
        self._grids: dict[int, Grid] = {}

    def size(self) -> Size:
        """About how many series there are."""
        names, counters = len({name for _, name in self._counters}), len(self._counters)
        always = len(self._topics) + counters + names * len(recorded.ALWAYS)
        return Size(always, always + len(self._topics) + counters + names * len(recorded.DENSE))

    def series(self, piece: Piece) -> Iterator[Series]:
        """Counters and recorded series of a piece."""
        first, self._hour = self._hour, int(-(-piece.end // HOUR))
        topics: dict[Key, HourCounter] = {}
        places: dict[Place, list[Hour]] = {}
        slots = self._known.moments.by_hour(first, self._hour) if piece.step == DENSE else {}
        for hour, number, messages in self._known.rows.hours(first, self._hour):
            domain, category, topic = self._known.topics[number]
            key = category, topic
            if key not in topics:
                topics[key] = HourCounter(first, self._topics[key], self._known.end)
            one = hour, messages, slots.get((hour, number), ())
            topics[key].add(*one)
            places.setdefault((domain, category), []).append(one)
        yield from self._of_topics(piece, topics)
        self._add(places)
        yield from self._of_places(piece)
        yield from self._recorded(piece)

    def _add(self, places: Mapping[Place, Iterable[Hour]]) -> None:
        for place, counter in self._counters.items():
            for one in places.get(place, ()):
                counter.add(*one)
            counter.extend(self._hour)

    def _of_topics(self, piece: Piece, topics: Mapping[Key, HourCounter]) -> Iterator[Series]:
        times = piece.times()
        for key, value in self._topics.items():
            counter = topics.get(key)
            found: Runs = runs([counter.at(time) for time in times]) if counter else [(0, value)]
            labels = tuple(zip(TOPICS.labels, key, strict=True))
            yield Series(TOPICS.name, labels, found)
            if piece.step == DENSE:
                yield Series("category_topic:fedmsg_messages:sum", labels, found)
            if counter:
                self._topics[key] = counter.at(piece.end)

    def _of_places(self, piece: Piece) -> Iterator[Series]:
        times = piece.times()
        for place, counter in self._counters.items():
            labels = tuple(zip(MESSAGES.labels, place, strict=True))
            yield Series(MESSAGES.name, labels, runs([counter.at(time) for time in times]))
            if piece.step == DENSE:
                yield Series(LAST_MESSAGE.name, labels, runs([counter.last(t) for t in times]))

    def _recorded(self, piece: Piece) -> Iterator[Series]:
        times = piece.times()
        categories: dict[str, list[Callable[[float], int]]] = {}
        for (_, category), counter in self._counters.items():
            categories.setdefault(category, []).append(counter.at)
        if piece.step not in self._grids:
            since = times.start - LOOKBACK
            self._grids[piece.step] = Grid(since, piece.step, self._known.coverage)
        grid = self._grids[piece.step]
        grid.extend(categories, piece.end)
        yield from of_rules(recorded.ALWAYS, grid, times, "category")
        if piece.step == DENSE:
            yield from of_rules(recorded.DENSE, grid, times, "category")


def _totals(known: Known, until: float) -> tuple[dict[Key, int], dict[Place, int]]:
    """Messages before a moment, by category and topic, and by domain and category.

    Topics' are negative: where their counters begin.
    """
    hour = int(until // HOUR)
    sums = known.rows.by_topic(hour)
    latest = {topic: messages for _, topic, messages in known.rows.hours(hour, hour + 1)}
    slots = known.moments.by_hour(hour, hour + 1)
    topics: dict[Key, HourCounter] = {}
    places: dict[Place, HourCounter] = {}
    for number in sums.keys() | latest.keys():
        domain, category, topic = known.topics[number]
        of_topic = topics.setdefault((category, topic), HourCounter(hour - 1, 0, known.end))
        of_place = places.setdefault((domain, category), HourCounter(hour - 1, 0, known.end))
        for counter in (of_topic, of_place):
            counter.add(hour - 1, sums.get(number, 0))
    for number, messages in latest.items():
        domain, category, topic = known.topics[number]
        for counter in (topics[category, topic], places[domain, category]):
            counter.add(hour, messages, slots.get((hour, number), ()))
    return (
        {key: -counter.at(until) for key, counter in sorted(topics.items())},
        {place: counter.at(until) for place, counter in sorted(places.items())},
    )
