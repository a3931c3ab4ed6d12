"""The simulation: a bus that is reproducible, resembles Fedora's and knows the right answers."""

import fnmatch
import json
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import islice, pairwise, takewhile
from random import Random

import jmespath
import pytest

from fedmsg_exporter.attribution import Attribution, mapping
from fedmsg_exporter.message import parse_time
from fedmsg_exporter.sources.simulation import Sent, Simulation
from fedmsg_exporter.sources.simulation.apps import APPS
from fedmsg_exporter.sources.simulation.community import EPOCH
from fedmsg_exporter.sources.simulation.scene import Scene

MONDAY = 1_764_547_200  # 2025-12-01, UTC
DAY = 86_400
WEEK = 7 * DAY
FAS_NAME = re.compile(r"[a-z0-9][a-z0-9-]{3,30}[a-z0-9]")
# The end of a build and a badge are credited to their owners; duplicates to no one.
COUNTED_OTHERWISE = re.compile(
    r"\.(buildsys\.build\.state\.change|copr\.build\.end|badges\..*|ipa\..*"
    r"|anitya\.project\.version\.update\.v2)$"
)
UMBRELLAS = {"fedora-contributor", "signed_fpca"}


def messages(simulation: Simulation, start: float, seconds: float) -> list[Sent]:
    """Collect what is sent in a span of time."""
    sent = simulation.messages(start)
    return list(takewhile(lambda s: (s.message.sent_at or 0) < start + seconds, sent))


def categories(sent: list[Sent]) -> set[str]:
    return {s.message.topic.split(".")[3] for s in sent}


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation()


@pytest.fixture(scope="module")
def day(simulation: Simulation) -> list[Sent]:
    return messages(simulation, MONDAY, DAY)


class TestTheCourseOfEvents:
    def test_repeatable(self) -> None:
        """The same seed and start give the same messages, ids included."""
        one, other = Simulation(seed=7).messages(MONDAY), Simulation(seed=7).messages(MONDAY)
        assert list(islice(one, 3000)) == list(islice(other, 3000))

    def test_two_runs_of_one_simulation(self, simulation: Simulation) -> None:
        """A simulation keeps nothing from one run to the next."""
        one = list(islice(simulation.messages(MONDAY), 1000))
        assert list(islice(simulation.messages(float(MONDAY)), 1000)) == one

    def test_other_seed(self, simulation: Simulation) -> None:
        """Another seed gives other people and other messages."""
        other = Simulation(seed=2)
        assert other.community.people != simulation.community.people
        assert next(other.messages(MONDAY)) != next(simulation.messages(MONDAY))

    def test_ascending(self, day: list[Sent]) -> None:
        """Messages come in the order in which they were sent, from the start on."""
        times = [s.message.sent_at or 0 for s in day]
        assert times == sorted(times)
        assert MONDAY <= times[0] < MONDAY + 60

    def test_starts_between_two_seconds(self, simulation: Simulation) -> None:
        """No message is older than the start, though all have whole seconds."""
        first = next(simulation.messages(MONDAY + 0.7)).message
        assert first.sent_at is not None
        assert first.sent_at >= MONDAY + 1

    def test_starts_at_the_epoch(self, simulation: Simulation) -> None:
        """The first second of the epoch is a valid start."""
        first = next(simulation.messages(0)).message
        assert parse_time(first.headers["sent-at"]) == first.sent_at

    def test_ids(self, simulation: Simulation, day: list[Sent]) -> None:
        """Ids are unique UUIDs, even if another run covers the same time."""
        again = islice(simulation.messages(MONDAY + 3600), 20_000)
        ids = [s.message.id for s in (*day, *again)]
        assert len(set(ids)) == len(ids)
        uuid4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        assert all(uuid4.fullmatch(each) for each in ids)

    @pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
    def test_rate_must_be_positive(self, rate: float) -> None:
        """A bus without messages would never yield anything, so it is refused."""
        with pytest.raises(ValueError, match="rate"):
            Simulation(rate=rate)


class TestTempo:
    def test_mean_rate(self) -> None:
        """Over a week the mean is the requested rate."""
        sent = messages(Simulation(rate=0.05), MONDAY, WEEK)
        assert len(sent) == pytest.approx(0.05 * WEEK, rel=0.03)

    def test_weekend(self) -> None:
        """At the weekend the whole bus is quieter, and people do half as much."""
        sent = messages(Simulation(rate=0.08), MONDAY, WEEK)
        by_day = Counter(int((s.message.sent_at or 0) - MONDAY) // DAY for s in sent)
        weekday = sum(by_day[day] for day in range(5)) / 5
        assert 0.4 < (by_day[5] + by_day[6]) / 2 / weekday < 0.75
        people = [s for s in sent if s.kind == "person"]
        by_day = Counter(int((s.message.sent_at or 0) - MONDAY) // DAY for s in people)
        weekday = sum(by_day[day] for day in range(5)) / 5
        assert (by_day[5] + by_day[6]) / 2 / weekday == pytest.approx(0.55, abs=0.1)

    def test_night(self, day: list[Sent]) -> None:
        """People do least in the small hours, UTC, and most after noon."""
        hours = Counter(int(s.message.sent_at or 0) % DAY // 3600 for s in day if s.user)
        assert hours[1] < 0.5 * hours[13]

    def test_machines_do_not_sleep(self, day: list[Sent]) -> None:
        """Host statistics are as frequent by night as by day."""
        logs = [s for s in day if ".logging." in s.message.topic]
        by_night = [s for s in logs if int(s.message.sent_at or 0) % DAY < DAY // 2]
        assert len(by_night) / len(logs) == pytest.approx(0.5, abs=0.07)


class TestYears:
    """Projects and packages move from Pagure to Forgejo."""

    def shares(self, year: int) -> Counter[str]:
        """The share of each category in a week of a year, in thousandths."""
        start = datetime(year, 3, 1, tzinfo=UTC).timestamp()
        sent = messages(Simulation(rate=0.05), start, WEEK)
        counts = Counter(s.message.topic.split(".")[3] for s in sent)
        return Counter({name: round(1000 * n / len(sent)) for name, n in counts.items()})

    def test_pagure_falls_as_forgejo_grows(self) -> None:
        """Year by year Pagure sends less and Forgejo more; their total stays the same."""
        weeks = [self.shares(year) for year in (2024, 2026, 2028)]
        assert weeks[0]["pagure"] > weeks[1]["pagure"] > weeks[2]["pagure"]
        assert weeks[0]["forgejo"] < weeks[1]["forgejo"] < weeks[2]["forgejo"]
        together = [week["pagure"] + week["git"] + week["forgejo"] for week in weeks]
        assert together == pytest.approx(3 * [together[0]], rel=0.15)

    def test_dist_git_moves(self) -> None:
        """Once dist-git has moved, most of Forgejo's pushes are to packages, by account names."""
        start = datetime(2028, 3, 1, tzinfo=UTC).timestamp()
        attribution = Attribution(mapping.packaged())
        pushes = [
            (sent.user, attribution.attribute(sent.message))
            for sent in islice(Simulation().messages(start), 20_000)
            if sent.message.topic.endswith("forgejo.push")
        ]
        assert sum(bool(event.packages) for _, event in pushes) > 0.5 * len(pushes)
        assert all([u.name for u in event.users] == [user] for user, event in pushes)


#: Topics of today's bus.
TODAY = """
forgejo.push forgejo.fork forgejo.release forgejo.action_run_success forgejo.issue_comment
weblate.* gitlab.push gitlab.pipeline robosignatory.* faf.* pretix.* cbs.buildsys.tag stream.*
coreos.build.state.change coreos.build.request.ostree-sign coreos.build.request.ostree-import
coreos.stream.release openqa.job.create openqa.job.done openqa.job.cancel openqa.job.restart
ci.koji-build.test.* ci.dist-git-pr.test.* ci.fedora-update.test.* ci.productmd-compose.test.*
""".split()  # noqa: SIM905


class TestMessages:
    @pytest.mark.parametrize("wanted", TODAY)
    def test_has_the_topics_of_today(self, wanted: str) -> None:
        """The simulation has what the bus carries today."""
        topics = {f"{app.category}.{topic.name}" for app in APPS for topic in app.topics}
        assert fnmatch.filter(topics, wanted)

    def test_no_new_accounts_from_ipa(self) -> None:
        """IPA's journal reports memberships, and no new accounts."""
        names = {topic.name for app in APPS if app.category == "ipa" for topic in app.topics}
        assert names == {"group_add_member.v1", "group_remove_member.v1"}

    def test_categories(self, day: list[Sent]) -> None:
        """A day at the usual rate has messages from most of Fedora's apps."""
        assert len(categories(day)) >= 40

    def test_every_topic(self, simulation: Simulation) -> None:
        """Even the rarest topic has bodies that are JSON and name who did it."""
        scene = Scene(simulation.community, Random(1))
        for app in APPS:
            for topic in app.topics:
                scene.enter(scene.now + 3600, app.domain, app.category)
                act = topic.make(scene)
                assert json.loads(json.dumps(act.body)) == act.body
                if topic.actor and act.user:
                    actor = str(jmespath.search(topic.actor, act.body))
                    assert actor.partition("@")[0] == act.user

    def test_two_systems_of_one_category(self, day: list[Sent]) -> None:
        """Pagure and Koji each publish under two domains, as they do in reality."""
        prefixes = {s.message.topic.split(".prod.")[0] for s in day}
        assert prefixes == {
            "org.fedoraproject",
            "org.centos",
            "io.pagure",
            "org.release-monitoring",
        }

    def test_json(self, day: list[Sent]) -> None:
        """Messages survive the wire format."""
        for sent in day[:20_000]:
            content = {"body": sent.message.body, "headers": sent.message.headers}
            assert json.loads(json.dumps(content)) == content

    def test_time_sent(self, day: list[Sent]) -> None:
        """The time sent is what the header says, in UTC and whole seconds."""
        for sent in day[:20_000]:
            stamp = sent.message.headers["sent-at"]
            assert parse_time(stamp) == sent.message.sent_at
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", stamp)

    def test_headers(self, day: list[Sent]) -> None:
        """Each message has the headers that fedora-messaging gives it."""
        for sent in day[:20_000]:
            headers = sent.message.headers
            assert headers["fedora_messaging_severity"] in {10, 20}
            assert headers["fedora_messaging_schema"]
            assert headers["fedora_messaging_schema_package"]
            assert headers["priority"] in {0, 2}


class TestWhoDidIt:
    def test_known(self, simulation: Simulation, day: list[Sent]) -> None:
        """Everyone who does anything is a member of the community, and of the right kind."""
        community = simulation.community
        for user, kind in {(s.user, s.kind) for s in day}:
            assert (user is None) == (kind is None)
            assert user is None or (user in community and kind == community.kind(user))

    def test_somebody_nobody_and_bots(self, day: list[Sent]) -> None:
        """People, bots and machines without a name all have their share."""
        kinds = Counter(s.kind for s in day)
        assert set(kinds) == {"person", "bot", None}
        assert all(count > 0.1 * len(day) for count in kinds.values())

    def test_noise_is_nobodys(self, day: list[Sent]) -> None:
        """What machines do to a build is credited to no one."""
        noise = re.compile(r"\.buildsys\.(tag|untag|rpm\.sign|repo\.\w+)$|\.copr\.chroot\.")
        assert {s.user for s in day if noise.search(s.message.topic)} == {None}

    def test_attribution_finds_it(self, day: list[Sent]) -> None:
        """The packaged mapping credits who did it, wherever it credits as the truth does."""
        attribution = Attribution(mapping.packaged())
        for sent in day:
            users = [user.name for user in attribution.attribute(sent.message).users]
            expected = [] if sent.user is None else [sent.user]
            if users != expected:
                assert COUNTED_OTHERWISE.search(sent.message.topic), sent.message

    def test_a_build_is_credited_once(self, day: list[Sent]) -> None:
        """A build is credited to its owner when it starts, and to nobody when it is complete."""
        builds = [s for s in day if s.message.topic.endswith("buildsys.build.state.change")]
        for sent in builds:
            body = sent.message.body
            assert sent.user == (None if body["new"] in {1, 3} else body["owner"])


class TestCommunity:
    def test_names(self, simulation: Simulation) -> None:
        """All names are valid in Noggin, and unique."""
        names = [person.name for person in simulation.community.people]
        assert len(set(names)) == len(names) == 1000
        assert all(FAS_NAME.fullmatch(name) for name in names)
        assert not set(names) & simulation.community.bots

    def test_a_few_do_most(self, day: list[Sent]) -> None:
        """The most active tenth of all people do more than half, but none does it all."""
        counts = [n for _, n in Counter(s.user for s in day if s.kind == "person").most_common()]
        assert sum(counts[:100]) > 0.5 * sum(counts)
        assert counts[0] < 0.2 * sum(counts)

    def test_most_are_seldom_seen(self) -> None:
        """In a week fewer than half of all people appear, as in reality."""
        sent = messages(Simulation(rate=0.1), MONDAY, WEEK)
        assert 150 < len({s.user for s in sent if s.kind == "person"}) < 500

    def test_people_come_and_go(self, simulation: Simulation) -> None:
        """New people join within weeks, and others are gone after a year."""
        people = simulation.community.people
        there = [{p.name for p in people if p.tenure(EPOCH + n * WEEK) >= 0} for n in range(53)]
        joined = [len(after - before) for before, after in pairwise(there)]
        assert sum(joined) > 50
        assert len(there[0] - there[52]) > 50
        # As many come as go, so the bus looks the same at any start.
        assert len(there[52]) == pytest.approx(len(there[0]), rel=0.15)

    def test_groups(self, simulation: Simulation) -> None:
        """Groups only have members of the community, and the large ones have many."""
        community = simulation.community
        groups = {g: m for g, m in community.groups.items() if g not in UMBRELLAS}
        sizes = sorted((len(members) for members in groups.values()), reverse=True)
        assert 30 <= len(groups) <= 40
        assert sizes[0] > 3 * sizes[3] > 3 * sizes[-1] > 0
        assert all(name in community for members in groups.values() for name in members)

    def test_groups_of_one_person(self, simulation: Simulation) -> None:
        """A person is in 0 to 8 groups, the umbrellas not counted."""
        groups = simulation.community.groups
        joined = Counter(n for g, m in groups.items() if g not in UMBRELLAS for n in m)
        assert max(joined.values()) <= 8
        assert len(joined) < 1000
        assert set(groups["fedora-contributor"]) == set(joined)
        assert len(groups["signed_fpca"]) == 1000

    def test_small(self) -> None:
        """One person is enough for a bus, none is not."""
        sent = list(islice(Simulation(people=1).messages(MONDAY), 3000))
        assert len({s.user for s in sent if s.kind == "person"}) == 1
        with pytest.raises(ValueError, match="person"):
            Simulation(people=0)
