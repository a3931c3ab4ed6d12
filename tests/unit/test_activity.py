"""Activity: who did what on which day, kept with the counts."""

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.event import Event, User
from fedmsg_exporter.families import GAP_END, GAP_FILLED, GAP_START, Change
from fedmsg_exporter.ledger import Ledger, LedgerError
from fedmsg_exporter.ledger.activity import NOBODY, Activity, Topic
from fedmsg_exporter.ledger.moment import sent
from fedmsg_exporter.message import EARLIEST
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span
from tests.activity import day_rows, hour_rows
from tests.events import event

TODAY = day("2026-01-05")
NOW = start_of(TODAY) + 12 * 3600
DAY = 86400.0


def at(date: int, user: str | None = "ralph", **more: object) -> Event:
    """An event at noon on a day."""
    return event("wiki", user, sent_at=start_of(date) + DAY / 2, **more)  # type: ignore[arg-type]


def by_day(ledger: Ledger) -> dict[tuple[int, str, str], int]:
    """Messages by day, user and topic."""
    rows = day_rows(ledger.activity)
    return {(row.day, row.user, row.topic.topic): row.messages for row in rows}


def by_hour(ledger: Ledger) -> dict[tuple[int, Topic], int]:
    """Messages by hour, domain and topic."""
    return {(hour, topic): messages for hour, topic, messages in hour_rows(ledger.activity)}


@pytest.mark.parametrize(
    ("sent_at", "now", "expected"),
    [
        (NOW - 5, NOW, NOW - 5),
        (None, NOW, NOW),
        (0.0, NOW, NOW),
        (EARLIEST - 1.0, NOW, NOW),
        (float(EARLIEST), NOW, EARLIEST),
        (NOW + 1, NOW, NOW),
        (NOW, 1000.0, NOW),
        (1001.0, 1000.0, 1000.0),
    ],
    ids=[
        "as it says",
        "says nothing",
        "1970",
        "before the bus",
        "when the bus began",
        "in the future",
        "our clock was never set",
        "nor was the sender's",
    ],
)
def test_time_of_a_message(sent_at: float | None, now: float, expected: float) -> None:
    """A message counts when it was sent, unless a clock is wrong: then it counts now."""
    assert sent(event(sent_at=sent_at), now) == expected


def test_messages_by_day_and_hour(ledger: Ledger) -> None:
    """A message adds to its day for each of its users, and to its hour once."""
    both = at(TODAY)._replace(users=(User("ralph", "person"), User("packit", "bot")))
    early = event("koji", "ralph", topic="tag", sent_at=start_of(TODAY))
    late = event("koji", "ralph", topic="tag", sent_at=start_of(TODAY) - 1)
    ledger.record([both, early, late, at(TODAY, None)], NOW)
    ledger.record([at(TODAY), at(TODAY, rejected="json")], NOW)
    assert by_day(ledger) == {
        (TODAY - 1, "ralph", "koji.tag"): 1,
        (TODAY, "", "wiki.update.comment"): 1,
        (TODAY, "packit", "wiki.update.comment"): 1,
        (TODAY, "ralph", "koji.tag"): 1,
        (TODAY, "ralph", "wiki.update.comment"): 2,
    }
    wiki = Topic("org.fedoraproject", "wiki", "wiki.update.comment")
    koji = Topic("org.fedoraproject", "koji", "koji.tag")
    assert by_hour(ledger) == {
        (24 * TODAY - 1, koji): 1,
        (24 * TODAY, koji): 1,
        (24 * TODAY + 12, wiki): 3,
    }


def test_activity_outlives_the_process(path: Path) -> None:
    """A ledger that is opened again adds to the rows that are there."""
    for _ in range(2):
        ledger = Ledger(path)
        ledger.record([at(TODAY)], NOW)
        found = by_day(ledger)
        ledger.close()
    assert found == {(TODAY, "ralph", "wiki.update.comment"): 2}


def test_duplicates_are_not_activity(ledger: Ledger) -> None:
    """A message that comes again adds nothing."""
    for _ in range(2):
        ledger.record([at(TODAY, id="once")], NOW)
    assert list(by_day(ledger).values()) == [1]


def test_activity_and_counts_are_one_transaction(ledger: Ledger) -> None:
    """When the activity cannot be written, nothing of the batch has happened; then all of it."""
    ledger._database.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.days "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    batch = [at(TODAY, "ralph"), at(TODAY, "mizmo")]
    with pytest.raises(LedgerError, match="refused"):
        ledger.record(batch, NOW)
    assert (by_day(ledger), by_hour(ledger), ledger.activity.users()) == ({}, {}, {})
    ledger._database.execute("DROP TRIGGER refuse")
    assert ledger.record(batch, NOW).counted == 2
    assert len(by_day(ledger)) == 2


def test_first_and_last_day_of_a_user(ledger: Ledger) -> None:
    """The first day of all is kept, whatever the order in which messages come."""
    for date in (TODAY - 3, TODAY, TODAY - 9):
        ledger.record([at(date)], NOW)
    assert ledger.activity.users()["ralph"][2:] == (TODAY - 9, TODAY)


def test_kind_of_a_user_is_the_latest(ledger: Ledger) -> None:
    """An account that turns out to be a bot is one from then on, and stays one user."""
    ledger.record([at(TODAY, "robot")], NOW)
    ledger.record([at(TODAY, "robot", kind="bot")], NOW)
    users = ledger.activity.users()
    assert {name: seen.kind for name, seen in users.items()} == {"robot": "bot"}


def test_users_and_topics_beyond_the_cap_fold(path: Path) -> None:
    """Beyond the caps anything new goes to __other__: a flood of names cannot grow the file."""
    ledger = Ledger(path, limits={"users": 2, "topics": 1})
    names = [at(TODAY, f"user{n}", topic=f"topic{n}") for n in range(9)]
    ledger.record([*names, at(TODAY, "__invalid__", kind="invalid"), at(TODAY, None)], NOW)
    users = Counter(dict.fromkeys(ledger.activity.users(), 0))
    for (_, user, _), number in by_day(ledger).items():
        users[user] += number
    assert users == {"user0": 1, "user1": 1, "__other__": 7, "__invalid__": 1, "": 1}
    assert {topic.topic for topic in ledger.activity.topics()} == {"wiki.topic0", "__other__"}
    ledger.close()


def test_old_days_are_deleted_one_by_one(path: Path) -> None:
    """Beyond `activity.keep` the oldest day goes with each commit; who began when stays."""
    ledger = Ledger(path, keep_activity=3 * DAY)
    ledger.record([at(TODAY - one) for one in range(10)], NOW)
    assert ledger.activity.kept_since() == TODAY - 8
    for _ in range(20):
        ledger.record([at(TODAY)], NOW)
    assert {date for date, _, _ in by_day(ledger)} == {TODAY - one for one in range(4)}
    assert {hour // 24 for hour, _ in by_hour(ledger)} == {TODAY - one for one in range(4)}
    assert ledger.activity.users()["ralph"].first == TODAY - 9
    assert ledger.activity.kept_since() == TODAY - 3
    ledger.close()


def test_clock_that_jumps_ahead_deletes_nothing(path: Path) -> None:
    """Pruning goes by the times of messages, so a clock in the far future deletes nothing."""
    ledger = Ledger(path, keep_activity=3 * DAY)
    ledger.record([at(TODAY - 2), at(TODAY)], NOW)
    for _ in range(9):
        ledger.record([at(TODAY)], NOW + 3650 * DAY)
        ledger.record([], NOW + 3650 * DAY)
    assert {date for date, _, _ in by_day(ledger)} == {TODAY - 2, TODAY}
    ledger.close()


def renamed(ledger: Ledger, names: dict[str, User | None]) -> dict[tuple[int, str, str], int]:
    """The activity by day after some users were renamed."""
    ledger.relabel(lambda _, labels: labels, lambda user: names.get(user.name, user))
    return by_day(ledger)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"ralph": User("user-1", "person")}, {"user-1": 2, "mizmo": 3, "__other__": 4}),
        ({"ralph": User("__other__", "other")}, {"mizmo": 3, "__other__": 6}),
        (
            {"ralph": User("mizmo", "person"), "mizmo": User("x", "person")},
            {"x": 5, "__other__": 4},
        ),
        ({"ralph": None, "mizmo": None}, {"": 5, "__other__": 4}),
        ({}, {"ralph": 2, "mizmo": 3, "__other__": 4}),
    ],
    ids=["a new name", "one that is there", "one that goes on", "nobody", "unchanged"],
)
def test_renamed_users_take_their_activity_along(
    ledger: Ledger, names: dict[str, User | None], expected: dict[str, int]
) -> None:
    """Merged users are added up, day by day, and no message is lost."""
    for date, numbers in ((TODAY - 1, (1, 0, 2)), (TODAY, (1, 3, 2))):
        for user, number in zip(("ralph", "mizmo", "__other__"), numbers, strict=True):
            kind = "other" if user == "__other__" else "person"
            ledger.record([at(date, user, kind=kind) for _ in range(number)], NOW)
    totals: Counter[str] = Counter()
    for (_, user, _), number in renamed(ledger, names).items():
        totals[user] += number
    assert totals == expected
    ledger.record([at(TODAY, "new")], NOW)
    assert by_day(ledger)[TODAY, "new", "wiki.update.comment"] == 1
    assert len({seen.number for seen in ledger.activity.users().values()}) == len(expected) + 1


def test_merged_user_began_with_the_first(ledger: Ledger) -> None:
    """Of users that become one, the earliest first and the latest last day hold."""
    ledger.record([at(TODAY - 5, "ralph"), at(TODAY, "ralph"), at(TODAY - 2, "mizmo")], NOW)
    renamed(ledger, {"ralph": User("mizmo", "person")})
    assert ledger.activity.users()["mizmo"][2:] == (TODAY - 5, TODAY)


def test_coverage_begins_with_the_first_message(path: Path) -> None:
    """All is known from the first message recorded to the last hour with one, over restarts."""
    for later in (0.0, 5 * DAY):
        ledger = Ledger(path)
        ledger.record([event(sent_at=NOW + later)], NOW + later)
        ledger.close()
    ledger = Ledger(path)
    assert ledger.people_coverage().spans == (Span(NOW, NOW + 5 * DAY),)
    ledger.close()


def test_coverage_has_gaps(ledger: Ledger) -> None:
    """What may be permanently missing is not known, nor is a gap that is still to be filled."""
    ledger.record([event(sent_at=NOW)], NOW)
    ledger.record([event(sent_at=NOW + 9 * DAY)], NOW + 9 * DAY)
    ledger.miss(NOW + DAY, NOW + 2 * DAY)
    gap = {GAP_START: NOW + 3 * DAY, GAP_FILLED: NOW + 3.5 * DAY, GAP_END: NOW + 4 * DAY}
    ledger.record([], NOW, more=[Change(family, (), value) for family, value in gap.items()])
    assert ledger.people_coverage().spans == (
        Span(NOW, NOW + DAY),
        Span(NOW + 2 * DAY, NOW + 3.5 * DAY),
        Span(NOW + 4 * DAY, NOW + 9 * DAY),
    )
    ledger.record([], NOW, more=[Change(GAP_FILLED, (), NOW + 4 * DAY)])
    assert ledger.people_coverage().spans[1:] == (Span(NOW + 2 * DAY, NOW + 9 * DAY),)


def test_clock_that_was_never_set_begins_no_coverage(ledger: Ledger) -> None:
    """At boot, before the clock is set, the start of coverage is unknown."""
    ledger.record([event(sent_at=NOW)], 5000.0)
    assert ledger.people_coverage().spans == ()
    ledger.record([event(sent_at=NOW + DAY)], NOW + DAY)
    assert ledger.activity.known().spans == (Span(NOW + DAY, math.inf),)


messages = st.tuples(
    st.sampled_from(["ralph", "mizmo", "packit", None]),
    st.sampled_from(["a", "b", "c"]),
    st.floats(NOW - 3 * DAY, NOW + DAY),
)


@given(st.lists(st.lists(messages, max_size=6), max_size=6))
def test_activity_adds_up_message_by_message(
    batches: list[list[tuple[str | None, str, float]]],
) -> None:
    """However messages are batched, the rows are the same as one by one."""
    ledger, days, hours = Ledger(), Counter[object](), Counter[object]()
    for batch in batches:
        events = [event("wiki", u, topic=t, sent_at=s) for u, t, s in batch]
        ledger.record(events, NOW)
        for user, topic, sent_at in batch:
            moment = min(sent_at, NOW)
            days[int(moment // DAY), user or "", f"wiki.{topic}"] += 1
            hours[int(moment // 3600), f"wiki.{topic}"] += 1
    assert by_day(ledger) == days
    assert {(hour, topic.topic): n for (hour, topic), n in by_hour(ledger).items()} == hours
    ledger.close()


def test_plan_changes_nothing() -> None:
    """A plan that is not applied leaves every number free."""
    activity = Activity({})
    first = activity.plan([at(TODAY, "ralph"), at(TODAY, None)], NOW)
    second = activity.plan([at(TODAY, "mizmo")], NOW)
    assert [seen.number for seen in first.users.values()] == [1, 2]
    assert [seen.number for seen in second.users.values()] == [1]
    assert NOBODY.name in first.users
