import pytest

from fedmsg_exporter.event import Event, Measure
from fedmsg_exporter.families import (
    DROPPED,
    DUPLICATES,
    ERRORS,
    GROUPS,
    LAST_MESSAGE,
    MESSAGES,
    MISDATED,
    REJECTED,
    TOPICS,
    UNIDENTIFIED,
    USER_FIRST,
    USER_LAST,
    USERS,
    Change,
    Family,
    Labels,
)
from fedmsg_exporter.ledger.counts import Counts
from tests.events import event

NOW = 2_000_000.0


def counted(counts: Counts, *events: Event, duplicates: int = 0) -> None:
    more = [Change(DUPLICATES, (), duplicates)] if duplicates else []
    counts.apply(counts.plan(events, NOW, more))


def values(counts: Counts, family: Family) -> dict[Labels, float]:
    return {labels: series.value for labels, series in counts.family(family).items()}


@pytest.mark.parametrize(
    ("one", "family", "expected"),
    [
        (event("wiki"), MESSAGES, {("org.fedoraproject", "wiki"): 1}),
        (event("wiki", topic="edit"), TOPICS, {("wiki", "wiki.edit"): 1}),
        (event("wiki", "mizmo"), USERS, {("wiki", "mizmo", "person"): 1}),
        (event("wiki", None), USERS, {}),
        (event("wiki", groups=("docs", "qa")), GROUPS, {("wiki", "docs"): 1, ("wiki", "qa"): 1}),
        (event("wiki", sent_at=7.5), LAST_MESSAGE, {("org.fedoraproject", "wiki"): 7.5}),
        (event("wiki", sent_at=None), LAST_MESSAGE, {("org.fedoraproject", "wiki"): NOW}),
        (event("wiki", sent_at=NOW + 9), LAST_MESSAGE, {("org.fedoraproject", "wiki"): NOW}),
        (event("wiki", "mizmo", misdated=True), MESSAGES, {("org.fedoraproject", "wiki"): 1}),
        (event("wiki", "mizmo", misdated=True), MISDATED, {(): 1}),
        (event("wiki", "mizmo", misdated=True), LAST_MESSAGE, {}),
        (event("wiki", "mizmo", misdated=True), USER_FIRST, {}),
        (event("wiki", "mizmo", misdated=True), USER_LAST, {}),
        (event("wiki", "mizmo", sent_at=None), USER_FIRST, {("mizmo", "person"): NOW}),
        (event("wiki", rejected="json"), REJECTED, {("json",): 1}),
        (event("wiki", rejected="json"), MESSAGES, {}),
        (event("wiki", id=""), UNIDENTIFIED, {(): 1}),
        (event()._replace(errors=("schema", "mapping")), ERRORS, {("schema",): 1, ("mapping",): 1}),
    ],
)
def test_event_adds_to(one: Event, family: Family, expected: dict[Labels, float]) -> None:
    """Each part of an event adds to its family, and to no other."""
    counts = Counts({})
    counted(counts, one)
    assert values(counts, family) == expected


def test_plan_changes_nothing() -> None:
    """A plan that is not applied leaves every count as it was."""
    counts = Counts({})
    counted(counts, event("wiki"))
    before = {family: values(counts, family) for family in counts.families()}
    counts.plan([event("wiki"), event("koji")], NOW, [Change(DUPLICATES, (), 3)])
    assert {family: values(counts, family) for family in counts.families()} == before


def test_batch_counts_as_its_messages_one_by_one() -> None:
    """A batch has the same result as its messages in batches of one."""
    events = [event(c, u) for c in ("wiki", "koji") for u in ("ralph", "mizmo", "ralph")]
    together, apart = Counts({"users": 3}), Counts({"users": 3})
    counted(together, *events)
    for one in events:
        counted(apart, one)
    for family in together.families():
        assert values(together, family) == values(apart, family)


def test_last_message_never_goes_back() -> None:
    """A late message does not turn back the time of the last one."""
    counts = Counts({})
    counted(counts, event("wiki", sent_at=200.0))
    counted(counts, event("wiki", sent_at=100.0))
    assert values(counts, LAST_MESSAGE) == {("org.fedoraproject", "wiki"): 200.0}


def test_duplicates_are_counted() -> None:
    """Messages that were counted before are counted as duplicates."""
    counts = Counts({})
    counted(counts, duplicates=2)
    counted(counts, duplicates=1)
    assert values(counts, DUPLICATES) == {(): 3}


def test_users_beyond_the_cap_fold_into_other() -> None:
    """Beyond the cap new users count as __other__, known ones continue, and no count is lost."""
    counts = Counts({"users": 2})
    counted(counts, event("wiki", "ralph"), event("wiki", "mizmo"), event("wiki", "late"))
    counted(counts, event("wiki", "later"), event("wiki", "ralph"))
    assert values(counts, USERS) == {
        ("wiki", "ralph", "person"): 2,
        ("wiki", "mizmo", "person"): 1,
        ("wiki", "__other__", "other"): 2,
    }
    assert values(counts, DROPPED)["fedmsg_user_messages_total",] == 2


def test_times_of_users_beyond_the_cap_are_left_out() -> None:
    """Beyond the cap no first or last time of a user is kept: __other__ has none."""
    counts = Counts({"users": 1})
    counted(counts, event(user="ralph", sent_at=5.0), event(user="late"), event(user="ralph"))
    assert values(counts, USER_FIRST) == {("ralph", "person"): 5.0}
    assert values(counts, USER_LAST) == {("ralph", "person"): 1_000_000.0}


def test_families_may_be_left_out() -> None:
    """What events add to a family that is switched off is not kept."""
    counts = Counts({}, families=[MESSAGES])
    counted(counts, event(groups=("docs",)))
    assert list(counts.families()) == [MESSAGES]


def test_declared_metrics_keep_what_they_declare() -> None:
    """A metric of the mapping counts, or keeps a time, or the last number."""
    count = Family("fedmsg_x_total", "counter", ("a",), "h", "x", ("a",))
    time = Family("fedmsg_x_time", "gauge", ("a",), "h", keeps="largest")
    number = Family("fedmsg_x_size", "gauge", (), "h", keeps="last")
    counts = Counts({"x": 1}, [count, time, number])
    for sent_at, size in ((50.0, 3.0), (40.0, 2.0)):
        measures = (
            Measure("fedmsg_x_total", (f"at {sent_at}",), 1),
            Measure("fedmsg_x_time", ("b",), None),
            Measure("fedmsg_x_size", (), size),
        )
        counted(counts, event(sent_at=sent_at)._replace(measures=measures))
    assert values(counts, count) == {("at 50.0",): 1, ("__other__",): 1}
    assert values(counts, time) == {("b",): 50.0}
    assert values(counts, number) == {(): 2.0}


def test_categories_beyond_the_cap_fold_in_every_family() -> None:
    """Beyond the cap a new category is __other__ everywhere, so that no family grows by it."""
    counts = Counts({"categories": 1})
    counted(counts, event("wiki", "ralph"), event("evil1", "ralph", groups=("docs",)))
    counted(counts, event("evil2", "ralph", groups=("docs",)), event("wiki", "ralph"))
    assert values(counts, MESSAGES) == {
        ("org.fedoraproject", "wiki"): 2,
        ("org.fedoraproject", "__other__"): 2,
    }
    assert values(counts, USERS)["__other__", "ralph", "person"] == 2
    assert values(counts, GROUPS) == {("__other__", "docs"): 2}


def test_opened_series_are_zero() -> None:
    """A series that is known in advance exists, at 0, before its first message."""
    counts = Counts({})
    counts.open(REJECTED, ("json",))
    counts.open(REJECTED, ("json",))
    assert values(counts, REJECTED) == {("json",): 0}
    counted(counts, event(rejected="json"))
    assert values(counts, REJECTED) == {("json",): 1}


def test_changes_are_reported_once() -> None:
    """A change is reported once, and changes do not pile up while nobody asks."""
    counts = Counts({})
    for _ in range(3):
        counted(counts, event("wiki", "ralph"))
    assert counts.take_changed(USERS) == [("wiki", "ralph", "person")]
    assert counts.take_changed(USERS) == []
