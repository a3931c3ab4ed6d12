"""Groups kept up to date over time: the file, FASJSON, and the bus."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as StopEvent
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from fedmsg_exporter import config
from fedmsg_exporter.document import Document
from fedmsg_exporter.families import GROUPS_FAILURES, USERS, Labels
from fedmsg_exporter.groups import fasjson_keeper
from fedmsg_exporter.groups.change import MembershipChange
from fedmsg_exporter.groups.fasjson import Snapshot
from fedmsg_exporter.groups.file_keeper import POLL
from fedmsg_exporter.groups.membership import Membership, Selection
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter

Made = Callable[..., Exporter]
PREFIX = "org.fedoraproject.prod."
URL = "http://fasjson.invalid"


def message(topic: str, user: str = "bob", group: str = "packager") -> Message:
    """A message of Noggin about a membership."""
    return Message(topic, "", {}, {"msg": {"agent": "boss", "user": user, "group": group}})


JOINED = message(PREFIX + "fas.group.member.sponsor")
LEFT = message(PREFIX + "fas.group.member.removed")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(tmp_path: Path, clock: Clock) -> Iterator[Made]:
    """Make an exporter in the test's folder, with `groups` and `users.expose` of the config."""
    opened: list[Exporter] = []

    def make(expose: str = "all", **groups: Any) -> Exporter:
        settings = {"groups": groups, "state": "ledger.sqlite", "users": {"expose": expose}}
        built = config.build(Document(str(tmp_path / "config.yml"), settings, {}))
        opened.append(Exporter(built, clock=lambda: 1000 + clock.seconds()))
        return opened[-1]

    yield make
    for exporter in opened:
        exporter.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "groups.yml"
    path.write_text("packager: [alice]\n")
    return path


def looks(clock: Clock, number: int = 2) -> None:
    """Let the file be checked a few times."""
    clock.pump([POLL] * number)


def members(exporter: Exporter) -> dict[str, list[str]]:
    """The members that are served."""
    found = exporter.roster.membership.members()
    return {group: sorted(users) for group, users in found.items()}


def failures(exporter: Exporter) -> float:
    """The number of failures counted."""
    none: Labels = ()
    return exporter.ledger.counts.family(GROUPS_FAILURES)[none].value


def age(exporter: Exporter) -> float:
    """The reported age of the groups."""
    found = exporter.groups.age()
    assert found is not None
    return found


def test_changes_are_idempotent_and_create_no_group() -> None:
    """A change that was already made, or to a group that is not counted, makes no difference."""
    before = Membership({"packager": ["alice"]})
    joined = MembershipChange("packager", frozenset({"bob"}), joined=True)
    left = MembershipChange("packager", frozenset({"bob"}), joined=False)
    other = MembershipChange("other", frozenset({"bob"}), joined=True)
    after = before.changed([joined, joined, other])
    assert after.sizes() == {"packager": 2}
    assert after.groups_of("bob") == ("packager",)
    assert before.groups_of("bob") == ()
    assert after.changed([joined]) is after
    assert after.changed([left, left]) == before


def test_selection_knows_which_need_a_list() -> None:
    """Only patterns need the list of all groups; names are requested directly."""
    named = Selection(["a", "b", "a", "ipausers"])
    assert (named.names(), named.has_patterns()) == (["a", "b"], False)
    assert Selection(["a", "*-sig"]).has_patterns()


def test_changed_file_is_read_again(made: Made, file: Path, clock: Clock) -> None:
    """A change takes effect within two checks, whether in place or an atomic replacement."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    file.write_text("packager: [alice, bob]\n")
    looks(clock)
    assert members(exporter) == {"packager": ["alice", "bob"]}
    new = file.with_suffix(".new")
    new.write_text("packager: [carol]\n")
    new.replace(file)
    looks(clock)
    assert members(exporter) == {"packager": ["carol"]}
    assert failures(exporter) == 0


def test_file_is_read_only_once_it_is_stable(made: Made, file: Path, clock: Clock) -> None:
    """A file that is being written is left alone, even if it is valid so far."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    looks(clock)
    for end in range(4):
        file.write_text("packager: [bob]\n" + "# more\n" * end)
        looks(clock, 1)
        assert members(exporter) == {"packager": ["alice"]}
    looks(clock, 1)
    assert members(exporter) == {"packager": ["bob"]}


def test_half_written_file_keeps_the_last_good_state(
    made: Made, file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """An invalid file is logged and counted once for each change, and ages until it is fixed."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    looks(clock)
    assert age(exporter) == 0
    file.write_text("packager: [alice, bo")
    looks(clock, 20)
    assert members(exporter) == {"packager": ["alice"]}
    assert age(exporter) == 20 * POLL
    file.write_text("packager: bob")
    looks(clock, 2)
    assert failures(exporter) == 2
    told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 2
    assert "groups.yml:1: is not valid YAML" in told[0]
    assert "must be a list of users; keeping the previous members" in told[1]
    file.write_text("packager: [bob]")
    looks(clock, 2)
    assert (members(exporter), age(exporter)) == ({"packager": ["bob"]}, 0)


def test_file_that_disappears_and_returns(
    made: Made, file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its file the exporter keeps the members, tries again, and logs that once."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    looks(clock)
    file.unlink()
    looks(clock, 70)
    assert members(exporter) == {"packager": ["alice"]}
    assert failures(exporter) == 3
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == [
        f"groups: {file}: cannot be read: No such file or directory; keeping the previous members"
    ]
    file.write_text("packager: [alice]\n")
    looks(clock)
    assert age(exporter) == 0


def test_stop_ends_the_checks(made: Made, file: Path, clock: Clock) -> None:
    """After `stop`, no timer is left."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    exporter.groups.stop()
    assert clock.getDelayedCalls() == []


def test_live_changes_hold_until_the_file_changes(made: Made, file: Path, clock: Clock) -> None:
    """The bus patches what the file says; merely touching the file does not undo it."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    exporter.pipeline.take([JOINED])
    looks(clock)
    file.touch()
    looks(clock)
    assert members(exporter) == {"packager": ["alice", "bob"]}
    file.write_text("packager: [alice, carol]\n")
    looks(clock)
    assert members(exporter) == {"packager": ["alice", "carol"]}


def test_changes_take_effect_for_later_batches(made: Made, file: Path, clock: Clock) -> None:
    """A batch is attributed with the groups as they were before it."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    post = Message(PREFIX + "planet.post.new", "", {}, {"username": "bob"})
    exporter.pipeline.take([JOINED, post])
    assert 'fedmsg_group_messages_total{category="planet"' not in exporter.metrics()
    exporter.pipeline.take([post, LEFT])
    assert 'fedmsg_group_messages_total{category="planet",group="packager"}' in exporter.metrics()
    assert members(exporter) == {"packager": ["alice"]}


@pytest.mark.parametrize(
    "other",
    [
        message("org.fedoraproject.stg.fas.group.member.sponsor"),
        message("com.example.prod.fas.group.member.sponsor"),
        message("fas.group.member.sponsor"),
        message(PREFIX + "fas.group.member.sponsor", group="made-up"),
        JOINED._replace(unreadable="validation"),
    ],
    ids=["staging", "unknown domain", "bare topic", "a group not counted", "unreadable"],
)
def test_changes_elsewhere_are_not_ours(
    made: Made, file: Path, clock: Clock, other: Message
) -> None:
    """Staging's accounts, unknown domains and groups that are not counted change nothing."""
    exporter = made(file="groups.yml")
    exporter.keep_groups(clock)
    exporter.pipeline.take([other])
    assert members(exporter) == {"packager": ["alice"]}


def test_without_keeping_nothing_changes(made: Made, file: Path, clock: Clock) -> None:
    """`count` uses the groups of the file, whatever the recording says."""
    exporter = made(file="groups.yml")
    exporter.pipeline.take([JOINED])
    assert members(exporter) == {"packager": ["alice"]}
    assert clock.getDelayedCalls() == []


class FakeFasjson:
    """Gives a prepared response, on request."""

    def __init__(self) -> None:
        self.snapshot = Snapshot(None, {}, {"": "down"})
        self.asked = 0
        self.answer: Callable[[], None] = lambda: None

    def read(self, _selection: Selection, _stop: StopEvent) -> Snapshot:
        self.asked += 1
        return self.snapshot

    def in_thread(self, _: Any, work: Callable[[], Snapshot]) -> "Deferred[Snapshot]":
        """Run when the test says so."""
        answered: Deferred[Snapshot] = Deferred()
        self.answer = lambda: answered.callback(work())
        return answered

    def has(self, **groups: list[str]) -> None:
        """Respond with all of these groups."""
        read = {group: frozenset(users) for group, users in groups.items()}
        self.snapshot = Snapshot(frozenset(groups), read, {})

    def fails(self, **groups: str) -> None:
        """Respond with failures: for everything, or for these groups."""
        wanted = frozenset(groups) | (self.snapshot.wanted or frozenset())
        self.snapshot = Snapshot(wanted or None, {}, groups or {"": "down"})


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeFasjson:
    """A FASJSON in place of the real client and its thread."""
    fake = FakeFasjson()
    monkeypatch.setattr("fedmsg_exporter.groups.keepers.FasjsonReader", lambda _: fake)
    monkeypatch.setattr("fedmsg_exporter.groups.fasjson_keeper.in_thread", fake.in_thread)
    return fake


FASJSON = {"url": URL, "auth": "none"}


def started(made: Made, clock: Clock, **more: Any) -> Exporter:
    exporter = made(fasjson=FASJSON, **more)
    exporter.keep_groups(clock)
    return exporter


def test_fasjson_is_queried_at_the_start_and_each_hour(
    made: Made, clock: Clock, fake: FakeFasjson
) -> None:
    """Its response is served; the age is counted from the request."""
    exporter = started(made, clock)
    fake.has(packager=["alice"])
    clock.advance(5)
    fake.answer()
    assert (members(exporter), age(exporter)) == ({"packager": ["alice"]}, 5)
    fake.has(packager=["alice", "bob"], sig=["bob"])
    clock.advance(3600)
    fake.answer()
    assert members(exporter) == {"packager": ["alice", "bob"], "sig": ["bob"]}
    assert (fake.asked, age(exporter), failures(exporter)) == (2, 0, 0)


def test_failures_are_counted_and_logged_once(
    made: Made, clock: Clock, fake: FakeFasjson, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is down the last good state is kept and ages; retries become less frequent."""
    exporter = started(made, clock)
    fake.has(packager=["alice"])
    fake.answer()
    clock.advance(3600)
    fake.fails()
    fake.snapshot = Snapshot(None, {}, {"": "down"})
    waits = []
    for _ in range(9):
        fake.answer()
        [call] = clock.getDelayedCalls()
        waits.append(cast(Any, call).getTime() - clock.seconds())
        clock.advance(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert (members(exporter), failures(exporter)) == ({"packager": ["alice"]}, 9)
    assert age(exporter) == 3600 + sum(waits)
    told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert told == [f"groups: FASJSON at {URL}: down; keeping the previous members"]
    fake.has(packager=[])
    fake.answer()
    assert (members(exporter), age(exporter)) == ({"packager": []}, 0)


def test_group_that_fails_keeps_its_members(made: Made, clock: Clock, fake: FakeFasjson) -> None:
    """An unreadable group does not hold up others, but the age keeps growing."""
    exporter = started(made, clock)
    fake.has(packager=["alice"], sig=["bob"], old=["x"])
    fake.answer()
    clock.advance(3600)
    wanted = frozenset({"packager", "sig", "new"})
    fake.snapshot = Snapshot(
        wanted, {"sig": frozenset({"carol"})}, {"packager": "it says 500", "new": "it says 500"}
    )
    fake.answer()
    assert members(exporter) == {"packager": ["alice"], "sig": ["carol"]}
    assert (age(exporter), failures(exporter)) == (3600, 1)


def test_last_good_copy_is_served_after_a_restart(
    made: Made, clock: Clock, fake: FakeFasjson
) -> None:
    """The state from FASJSON and the bus outlives the process, and so does its age."""
    exporter = started(made, clock)
    fake.has(packager=["alice"], sig=["alice"])
    fake.answer()
    exporter.pipeline.take([JOINED])
    exporter.close()
    clock.advance(500)
    again = made(fasjson=FASJSON, track=["packager"])
    assert members(again) == {"packager": ["alice", "bob"]}
    assert age(again) == 500
    again.close()
    other = made(fasjson={**FASJSON, "url": "http://staging.invalid"})
    assert members(other) == {}


def test_change_during_a_fasjson_request_is_not_lost(
    made: Made, clock: Clock, fake: FakeFasjson
) -> None:
    """A response may be older than a change during the request, but not than one before it."""
    exporter = started(made, clock)
    fake.has(packager=["alice"])
    exporter.pipeline.take([JOINED])
    assert members(exporter) == {}
    fake.answer()
    assert members(exporter) == {"packager": ["alice", "bob"]}
    clock.advance(3600)
    fake.answer()
    assert members(exporter) == {"packager": ["alice"]}


def test_a_reload_keeps_the_members_of_fasjson(made: Made, clock: Clock, fake: FakeFasjson) -> None:
    """Unchanged settings are not queried again; others at once, and until then members stay."""
    exporter = started(made, clock)
    fake.has(packager=["alice"], qa=["bob"])
    fake.answer()
    exporter.adopt(exporter.prepare(exporter.config))
    assert fake.asked == 1
    assert exporter.config.fasjson
    fasjson = replace(exporter.config.fasjson, url="http://other.invalid")
    exporter.adopt(exporter.prepare(replace(exporter.config, fasjson=fasjson)))
    assert members(exporter) == {"packager": ["alice"], "qa": ["bob"]}
    fake.has(qa=["carol"])
    fake.answer()
    assert fake.asked == 2
    assert members(exporter) == {"qa": ["carol"]}
    exporter.adopt(exporter.prepare(replace(exporter.config, groups_track=("packager",))))
    assert members(exporter) == {}


def test_a_response_after_a_reload_is_ignored(
    made: Made, clock: Clock, fake: FakeFasjson, file: Path
) -> None:
    """A late response from FASJSON changes nothing once the config names a file."""
    exporter = started(made, clock)
    late = fake.answer
    exporter.adopt(exporter.prepare(replace(exporter.config, fasjson=None, groups_file=file)))
    fake.has(qa=["carol"])
    late()
    looks(clock)
    assert members(exporter) == {"packager": ["alice"]}


def test_refused_note_neither_stops_nor_raises(
    made: Made, clock: Clock, fake: FakeFasjson, caplog: pytest.LogCaptureFixture
) -> None:
    """A ledger that refuses the copy is reported; groups and counts continue."""
    exporter = started(made, clock)
    keeper: Any = exporter.groups._keeper
    keeper._ledger = Ledger()
    keeper._ledger.close()
    fake.has(packager=["alice"])
    fake.answer()
    exporter.pipeline.take([JOINED])
    fake.fails()
    clock.advance(3600)
    fake.answer()
    assert members(exporter) == {"packager": ["alice", "bob"]}
    assert "cannot store the last good copy" in caplog.text


def test_response_after_the_stop_is_ignored(made: Made, clock: Clock, fake: FakeFasjson) -> None:
    """A thread that returns late has no effect."""
    exporter = started(made, clock)
    fake.has(packager=["alice"])
    exporter.groups.stop()
    fake.answer()
    assert (members(exporter), clock.getDelayedCalls()) == ({}, [])


def test_note_is_plain_json(made: Made, clock: Clock, fake: FakeFasjson) -> None:
    """The copy has its origin, when it was complete, and the members, sorted."""
    exporter = started(made, clock)
    fake.has(packager=["bob", "alice"])
    fake.answer()
    assert json.loads(exporter.ledger.noted(fasjson_keeper.NOTE) or "") == {
        "url": URL,
        "at": 1000,
        "groups": {"packager": ["alice", "bob"]},
    }


def test_members_only_exposure_has_the_copy_from_the_start(
    made: Made, clock: Clock, fake: FakeFasjson
) -> None:
    """A restart hides no member: the last good copy is loaded before anyone is hidden."""
    exporter = started(made, clock, expose="members")
    fake.has(packager=["alice"])
    fake.answer()
    post = Message(PREFIX + "planet.post.new", "", {}, {"username": "alice"})
    exporter.pipeline.take([post])
    exporter.close()
    again = started(made, clock, expose="members")
    assert ("planet", "alice", "person") in again.ledger.counts.family(USERS)


def test_age_exists_with_groups_only(made: Made, clock: Clock, fake: FakeFasjson) -> None:
    """Without groups there is no age, which would trigger an alert."""
    name = "fedmsg_exporter_groups_age_seconds"
    made_before = started(made, clock)
    assert f"\n{name} 0.0" in made_before.metrics()
    made_before.close()
    assert name not in made().metrics()
