"""A reload: another config, mapping, groups and logins, all or nothing."""

import json
import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fedmsg_exporter.config import fixed
from fedmsg_exporter.config.origin import Reading
from fedmsg_exporter.groups.file_keeper import POLL
from fedmsg_exporter.ledger import LedgerError
from fedmsg_exporter.message import Message, from_record
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.reload import Reload, Settled
from fedmsg_exporter.service.systemd import Systemd
from fedmsg_exporter.web.lifecycle import Outcome

NOW = 1_769_000_000.0
HATS = """\
metrics:
  fedmsg_hats_total:
    help: Hats.
    topics: bodhi.#
    labels: {hat: hat}
"""
_numbers = count(1)


def message(user: str = "ralph", hat: str = "red", environment: str = "prod") -> Message:
    record = {
        "topic": f"org.fedoraproject.{environment}.bodhi.update.comment",
        "id": f"id-{next(_numbers)}",
        "headers": {"sent-at": "2026-01-20T00:00:00+00:00"},
        "body": {"agent": user, "hat": hat, "update": {"builds": [{"nvr": "hat-rack-1.0-1.fc40"}]}},
    }
    return from_record(record)


class Threads(Clock):
    """A reactor whose threads work only when asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.work: list[Callable[[], None]] = []

    def getThreadPool(self) -> "Threads":  # noqa: N802  Twisted's names
        return self

    def callFromThread(self, call: Any, *arguments: Any) -> None:  # noqa: N802
        call(*arguments)

    def callInThreadWithCallback(self, done: Any, call: Any, *arguments: Any) -> None:  # noqa: N802
        def work() -> None:
            try:
                result = call(*arguments)
            except Exception:  # noqa: BLE001  as Twisted's threads do
                done(False, Failure())
            else:
                done(True, result)

        self.work.append(work)

    def finish(self) -> None:
        """Do all work, and what follows from it."""
        while self.work:
            self.work.pop(0)()


class Running:
    """An exporter of a folder's config that reloads."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.settings = {"state": "ledger", "schemas": False, "new_series_hold": 0, **settings}
        self.write("mapping.yml", "{}")
        self.write("groups.yml", "packager: [ralph]\n")
        self._configure()
        self.reading = Reading(folder / "config.yml", {})
        self.reactor = Threads()
        self._open()

    def _open(self) -> None:
        self.exporter = Exporter(self.reading.load(), clock=lambda: NOW + self.reactor.seconds())
        self.exporter.keep_groups(self.reactor)
        self.reload = Reload(
            self.exporter, self.reading, self.reactor, lambda: NOW + 60, Systemd({})
        )

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def _configure(self) -> None:
        self.write("config.yml", yaml.safe_dump(self.settings))

    def ask(self, who: str = "the test") -> list[Outcome]:
        """Ask for a reload; the list has its outcome once it is over."""
        outcomes: list[Outcome] = []
        asked: Deferred[Outcome] = self.reload(who)
        asked.addCallback(outcomes.append)
        return outcomes

    def again(self, **settings: Any) -> Outcome:
        """Reload after a change of settings."""
        self.settings |= settings
        self._configure()
        outcomes = self.ask()
        self.reactor.finish()
        (outcome,) = outcomes
        return outcome

    def restart(self) -> None:
        """Close the exporter, and start another on its ledger."""
        self.exporter.groups.stop()
        self.exporter.close()
        self._open()

    def count(self, *messages: Message) -> None:
        self.exporter.pipeline.take(messages)

    def samples(self) -> dict[str, float]:
        """Every sample of a scrape, except for times and those of the library."""
        return {
            f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}": sample.value
            for family in text_string_to_metric_families(self.exporter.metrics())
            for sample in family.samples
            if not sample.name.startswith(("process_", "python_"))
        }

    def value(self, name: str, **labels: str) -> float | None:
        """The value of a series, None if there is none."""
        return self.samples().get(f"{name}{json.dumps(labels, sort_keys=True)}")


Make = Callable[..., Running]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Make]:
    """Run exporters in the test's folder, with settings of the config."""
    opened: list[Running] = []

    def make(**settings: Any) -> Running:
        opened.append(Running(tmp_path, settings))
        return opened[-1]

    yield make
    for one in opened:
        one.exporter.close()


def test_a_family_that_a_mapping_adds(run: Make) -> None:
    """A metric that a mapping adds comes with the reload, and counts from the next batch on."""
    one = run()
    one.count(message())
    one.write("mapping.yml", HATS)
    assert one.again(mapping="mapping.yml") == Outcome(True, "Reloaded.")
    assert "# TYPE fedmsg_hats_total counter" in one.exporter.metrics()
    assert one.value("fedmsg_hats_total", hat="red") is None
    one.count(message(), message(hat="blue"))
    assert one.value("fedmsg_hats_total", hat="red") == 1
    assert (
        one.value("fedmsg_user_messages_total", category="bodhi", kind="person", user="ralph") == 3
    )
    assert one.value("fedmsg_exporter_series", family="fedmsg_hats_total") == 2


def test_a_family_that_a_mapping_takes_away(run: Make, caplog: pytest.LogCaptureFixture) -> None:
    """It is no longer shown, which is logged; its counts are kept, and continue if it returns."""
    one = run(mapping="mapping.yml")
    one.write("mapping.yml", HATS)
    one.again()
    one.count(message(), message())
    one.write("mapping.yml", "{}")
    outcome = one.again()
    assert outcome.succeeded
    assert "fedmsg_hats_total is no longer shown: alerts and panels" in outcome.text
    assert "fedmsg_hats_total is no longer shown" in caplog.text
    assert "fedmsg_hats_total{" not in one.exporter.metrics()
    assert one.value("fedmsg_exporter_series", family="fedmsg_hats_total") is None
    one.count(message())
    one.write("mapping.yml", HATS)
    one.again()
    assert one.value("fedmsg_hats_total", hat="red") == 2
    one.count(message())
    assert one.value("fedmsg_hats_total", hat="red") == 3


def test_a_new_series_of_a_new_family_is_held(run: Make) -> None:
    """Its series first show as 0, like all new ones; holds that have begun continue."""
    one = run(new_series_hold=30, mapping="mapping.yml")
    one.exporter._ticks = one.reactor.seconds
    one.count(message())
    assert one.value("fedmsg_messages_total", domain="org.fedoraproject", category="bodhi") == 0
    one.write("mapping.yml", HATS)
    one.again()
    one.count(message())
    assert one.value("fedmsg_hats_total", hat="red") == 0
    one.reactor.advance(29)
    one.again()
    assert one.value("fedmsg_messages_total", domain="org.fedoraproject", category="bodhi") == 0
    one.reactor.advance(1)
    assert one.value("fedmsg_messages_total", domain="org.fedoraproject", category="bodhi") == 2
    assert one.value("fedmsg_hats_total", hat="red") == 1


def test_a_shorter_hold_is_taken(run: Make) -> None:
    """`new_series_hold` is taken from the latest config, also on the landing page."""
    one = run(new_series_hold=3600)
    one.count(message())
    user = {"category": "bodhi", "kind": "person", "user": "ralph"}
    assert one.value("fedmsg_user_messages_total", **user) == 0
    one.again(new_series_hold=0)
    assert one.value("fedmsg_user_messages_total", **user) == 1


PACKAGE = "fedmsg_package_messages_total"


@pytest.mark.parametrize(
    ("settings", "sent", "series"),
    [
        ({"packages": True}, {}, f'{PACKAGE}{{"category": "bodhi", "package": "hat-rack"}}'),
        (
            {"environments": ["prod", "stg"]},
            {"environment": "stg"},
            'fedmsg_messages_total{"category": "bodhi", "domain": "org.fedoraproject"}',
        ),
        (
            {"users": {"bots": ["ralph"]}},
            {},
            'fedmsg_user_messages_total{"category": "bodhi", "kind": "bot", "user": "ralph"}',
        ),
        (
            {"groups": {"file": "groups.yml"}},
            {},
            'fedmsg_group_messages_total{"category": "bodhi", "group": "packager"}',
        ),
        (
            {"limits": {"users": 1}},
            {"user": "bob"},
            'fedmsg_user_messages_total{"category": "bodhi", "kind": "other", "user": "__other__"}',
        ),
        (
            {"groups": {"file": "groups.yml", "members": True}},
            {},
            'fedmsg_group_member_info{"group": "packager", "user": "ralph"}',
        ),
    ],
    ids=lambda value: next(iter(value), "none") if isinstance(value, dict) else "",
)
def test_settings_take_effect(
    run: Make, settings: dict[str, Any], sent: dict[str, str], series: str
) -> None:
    """A setting applies to the batches after the reload."""
    one = run()
    one.count(message("alice"))
    assert one.samples().get(series, 0) in (0, 1)
    before = one.samples().get(series, 0)
    assert one.again(**settings).text == "Reloaded."
    one.count(message(**sent))
    assert one.samples()[series] == before + 1


@pytest.mark.parametrize(
    ("files", "settings", "problem"),
    [
        ({}, {"no_such_key": True}, "config.yml:7: no_such_key: unknown key"),
        ({"mapping.yml": "apps: 7\n"}, {"mapping": "mapping.yml"}, "mapping.yml:1: apps: "),
        ({}, {"mapping": "none.yml"}, "none.yml: cannot be read: No such file"),
        (
            {"groups.yml": "a: b\n"},
            {"groups": {"file": "groups.yml"}},
            "groups.yml:1: a: must be a",
        ),
        ({"logins.yml": "x: [\n"}, {"users": {"logins": "logins.yml"}}, "logins.yml:2: "),
        ({"config.yml": "listen: [\n"}, {}, "config.yml:"),
    ],
)
def test_a_bad_one_changes_nothing(
    run: Make,
    caplog: pytest.LogCaptureFixture,
    files: dict[str, str],
    settings: dict[str, Any],
    problem: str,
) -> None:
    """An error in any of the files is logged with its line, and nothing changes."""
    one = run(mapping="mapping.yml", groups={"file": "groups.yml"})
    one.write("mapping.yml", HATS)
    one.again()
    one.count(message())
    before = one.samples()
    one.settings |= {"environments": ["stg"], **settings}
    one._configure()
    for name, text in files.items():
        one.write(name, text)
    outcomes = one.ask()
    one.reactor.finish()
    assert not outcomes[0].succeeded
    assert outcomes[0].text.startswith("Not reloaded; nothing has changed:\n")
    assert problem in outcomes[0].text
    errors = [entry.message for entry in caplog.records if entry.levelno == logging.ERROR]
    assert any(f"not reloaded: {one.folder}" in error and problem in error for error in errors)
    successful = "fedmsg_exporter_config_last_reload_successful{}"
    assert one.samples() | {successful: 1.0} == before
    assert one.samples()[successful] == 0
    one.count(message())
    assert one.value("fedmsg_hats_total", hat="red") == 2


def test_a_missing_file_is_reported_where_it_is_named(run: Make) -> None:
    """The message has the line of the config that names the missing file."""
    one = run()
    text = one.again(groups={"file": "none.yml"}).text
    assert f"{one.folder}/config.yml:" in text
    assert "groups.file: " in text


def test_gauges_of_the_last_reload(run: Make) -> None:
    """The first load counts as a success; a failure keeps the time of the last success."""
    one = run()
    successful = "fedmsg_exporter_config_last_reload_successful"
    at = "fedmsg_exporter_config_last_reload_success_timestamp_seconds"
    assert (one.value(successful), one.value(at)) == (1, NOW)
    one.again(credit="x")
    assert (one.value(successful), one.value(at)) == (0, NOW)
    del one.settings["credit"]
    one.again()
    assert (one.value(successful), one.value(at)) == (1, NOW + 60)


OTHER_VALUES: dict[str, Any] = {
    "listen": "127.0.0.1:1",
    "web.config_file": "web.yml",
    "web.probes": "open",
    "web.enable_lifecycle": True,
    "state": "other",
    "synchronous": "off",
    "keep_ids": "8d",
    "activity.keep": "1w",
    "history": "other.sqlite",
    "users.expose": "none",
    "gaps": {"fill": "never"},
}


@pytest.mark.parametrize("key", list(fixed.FIXED.values()))
def test_what_is_fixed_waits_for_a_restart(
    run: Make, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    """A key that needs a restart is named, the rest of the config is taken."""
    one = run()
    section, _, name = key.partition(".")
    value = {name: OTHER_VALUES[key]} if name else OTHER_VALUES[key]
    outcome = one.again(**{section: value, "environments": ["stg"]})
    said = f"{key} has changed, which takes effect when the exporter is restarted"
    assert outcome == Outcome(True, f"Reloaded.\n{said}")
    assert said in caplog.text
    one.count(message(environment="stg"))
    user = {"category": "bodhi", "kind": "person", "user": "ralph"}
    assert one.value("fedmsg_user_messages_total", **user) == 1
    assert not (one.folder / "other").exists()


def test_gaps_that_follow_another_key_are_not_named(run: Make) -> None:
    """A shorter `keep_ids` shortens `gaps.max_age`: only the key that was changed is named."""
    one = run()
    later = "has changed, which takes effect when the exporter is restarted"
    assert one.again(keep_ids="3d") == Outcome(True, f"Reloaded.\nkeep_ids {later}")
    both = one.again(keep_ids="3d", gaps={"fill": "never"})
    assert both == Outcome(True, f"Reloaded.\nkeep_ids {later}\ngaps {later}")


def test_two_at_once_are_one_after_the_other(run: Make) -> None:
    """A request during a reload gets another reload, which sees the files as they are by then."""
    one = run(mapping="mapping.yml")
    first, second, third = one.ask(), one.ask(), one.ask()
    assert len(one.reactor.work) == 1
    one.write("mapping.yml", "apps: 7")
    one.reactor.work.pop()()
    assert not first[0].succeeded
    assert not second
    one.write("mapping.yml", HATS)
    assert len(one.reactor.work) == 1
    one.reactor.finish()
    assert second[0].succeeded
    assert second == third
    assert "fedmsg_hats_total" in one.exporter.metrics()


def test_batches_are_counted_while_it_reads(run: Make) -> None:
    """Batches are counted as before until everything is read."""
    one = run(mapping="mapping.yml")
    one.write("mapping.yml", HATS)
    one.ask()
    one.count(message())
    assert "fedmsg_hats_total" not in one.exporter.metrics()
    one.reactor.finish()
    one.count(message())
    assert one.value("fedmsg_hats_total", hat="red") == 1


def test_a_ledger_that_cannot_be_read_changes_nothing(run: Make) -> None:
    """A failure of the ledger changes nothing either: it is all or nothing."""
    one = run(mapping="mapping.yml", groups={"file": "groups.yml"})
    before = one.samples()
    one.exporter.ledger.close()
    one.write("mapping.yml", HATS)
    outcome = one.again(groups={"file": "groups.yml", "exclude": ["packager"]})
    assert not outcome.succeeded
    assert "ledger" in outcome.text
    assert "fedmsg_hats_total" not in one.exporter.metrics()
    assert one.exporter.roster.sizes() == {"packager": 1}
    assert one.exporter.pipeline._attribution is one.exporter.attribution
    assert before.keys() == one.samples().keys()
    with pytest.raises(LedgerError):
        one.count(message())


def test_a_bug_is_reported_and_does_not_block_the_next(
    run: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that nobody expects ends that reload only."""
    one = run()
    with monkeypatch.context() as patched:
        patched.setattr(one.exporter, "adopt", lambda _: 1 / 0)
        assert "a bug in the exporter: ZeroDivisionError" in one.again().text
    assert "Traceback" in caplog.text
    assert one.again().succeeded


JOINED = from_record(
    {
        "topic": "org.fedoraproject.prod.fas.group.member.sponsor",
        "id": "joined",
        "headers": {},
        "body": {"msg": {"agent": "ralph", "group": "packager", "user": "bob"}},
    }
)


def test_what_the_bus_reported_of_groups_stays(run: Make) -> None:
    """A reload that changes nothing about groups keeps who joined since the file was read."""
    one = run(groups={"file": "groups.yml"})
    one.count(JOINED)
    one.again(packages=True)
    assert one.exporter.roster.groups_of("bob") == ("packager",)
    one.write("groups.yml", "packager: [carol]\n")
    one.again()
    assert one.exporter.roster.members() == {"packager": {"carol"}}


def test_groups_are_kept_as_the_new_config_says(run: Make) -> None:
    """Another file is read at once and checked from then on; the old one no longer."""
    one = run(groups={"file": "groups.yml"})
    one.write("more.yml", "packager: [ralph]\nqa: [ralph]\n")
    one.again(groups={"file": "more.yml"})
    assert set(one.exporter.roster.sizes()) == {"packager", "qa"}
    one.write("more.yml", "qa: [ralph, bob]\n")
    one.write("groups.yml", "old: [ralph]\n")
    one.reactor.pump([POLL] * 3)
    assert one.exporter.roster.sizes() == {"qa": 2}
    one.again(groups={"file": "more.yml", "track": ["packager"]})
    assert one.exporter.roster.sizes() == {}
    one.again(groups={})
    assert one.value("fedmsg_exporter_groups_age_seconds") is None
    one.reactor.pump([POLL] * 3)
    assert one.exporter.roster.sizes() == {}


def test_a_file_that_changes_after_it_was_read_is_read_again(run: Make) -> None:
    """The next check sees a change that came between reading and adopting."""
    one = run(groups={"file": "groups.yml"})
    one.reactor.pump([POLL] * 3)
    one.ask()
    (work,) = one.reactor.work
    one.reactor.work.clear()
    one.write("groups.yml", "packager: [ralph, bob]\n")
    one.reactor.pump([POLL] * 3)
    work()
    one.reactor.pump([POLL] * 2)
    assert one.exporter.roster.sizes() == {"packager": 2}


def test_settled_settings_still_read_their_files(run: Make) -> None:
    """In fedora-messaging's config, our part is not read again, but the files it names are."""
    one = run(mapping="mapping.yml")
    settled = Settled(one.exporter.config)
    one.reload = Reload(one.exporter, settled, one.reactor, lambda: NOW, Systemd({}))
    one.write("mapping.yml", HATS)
    assert one.again(packages=True).succeeded
    assert "fedmsg_hats_total" in one.exporter.metrics()
    assert f"{PACKAGE}{{" not in one.exporter.metrics()
    one.write("mapping.yml", "apps: 7")
    assert "mapping.yml:1: apps: " in one.again().text


def mapping_of(metrics: dict[str, int]) -> str:
    """A mapping with some metrics, each in one of several forms."""
    forms: list[dict[str, Any]] = [
        {"help": "One.", "topics": "bodhi.#", "labels": {"hat": "hat"}},
        {"help": "Two.", "topics": "bodhi.#", "labels": {"head": "agent"}},
        {"help": "Two labels.", "topics": "bodhi.#", "labels": {"hat": "hat", "head": "agent"}},
        {"help": "No label.", "topics": "bodhi.#"},
        {"help": "Few.", "topics": "bodhi.#", "labels": {"hat": "hat"}, "limit": 1},
    ]
    return yaml.safe_dump({"metrics": {name: forms[form] for name, form in metrics.items()}})


MAPPINGS = st.dictionaries(
    st.sampled_from(["fedmsg_a_total", "fedmsg_b_total"]), st.integers(0, 4), max_size=2
)
BATCHES = st.lists(st.sampled_from(["red", "blue", "green"]), max_size=3)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(MAPPINGS, st.booleans(), BATCHES), min_size=1, max_size=5))
def test_a_reload_shows_what_a_restart_would(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, int], bool, list[str]]]
) -> None:
    """Whatever comes and goes, every count is that of an exporter that was restarted instead."""
    own = {"mapping": "mapping.yml"}
    reloaded = Running(tmp_path_factory.mktemp("reloaded"), own)
    restarted = Running(tmp_path_factory.mktemp("restarted"), own)
    for metrics, packages, hats in steps:
        messages = [message(hat=hat) for hat in hats]
        for one in (reloaded, restarted):
            one.write("mapping.yml", mapping_of(metrics))
        assert reloaded.again(packages=packages).succeeded
        restarted.settings["packages"] = packages
        restarted._configure()
        restarted.restart()
        seen = []
        for one in (reloaded, restarted):
            one.count(*messages)
            samples = one.samples()
            seen.append({name: n for name, n in samples.items() if n and "_exporter_" not in name})
        assert seen[0] == seen[1]
    for one in (reloaded, restarted):
        one.exporter.groups.stop()
        one.exporter.close()
