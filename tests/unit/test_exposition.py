from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from fedmsg_exporter.event import Event
from fedmsg_exporter.exposition import Exposition
from fedmsg_exporter.families import USERS
from fedmsg_exporter.ledger import Ledger, LedgerError
from tests.events import event

NOW = 2_000_000.0
HOLD = 30.0


def value(text: str, user: str = "ralph") -> float | None:
    """The value of a user's series in an exposition, None if there is none."""
    start = f'fedmsg_user_messages_total{{category="bodhi",kind="person",user="{user}"}} '
    found = [line.removeprefix(start) for line in text.splitlines() if line.startswith(start)]
    return float(found[0]) if found else None


def test_new_series_is_zero_first() -> None:
    """A new series is shown at 0 from its first scrape until the hold is over."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    assert value(exposition.render(NOW)) is None
    ledger.record([event(), event()], NOW)
    assert value(exposition.render(NOW)) == 0
    ledger.record([event()], NOW)
    assert value(exposition.render(NOW + HOLD - 1)) == 0
    assert exposition.held() > 0
    assert value(exposition.render(NOW + HOLD)) == 3
    assert exposition.held() == 0
    ledger.record([event()], NOW)
    assert value(exposition.render(NOW + HOLD + 1)) == 4


def test_hold_begins_with_the_first_scrape() -> None:
    """However late the first scrape of a series is, it shows 0."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event()], NOW)
    assert value(exposition.render(NOW + 10 * HOLD)) == 0


def test_two_prometheus_servers_both_see_zero() -> None:
    """A second Prometheus that scrapes within the hold sees the 0 as well."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event()], NOW)
    seen = {moment: value(exposition.render(NOW + moment)) for moment in (0, 7, 15, 22, 30, 37)}
    assert seen == {0: 0, 7: 0, 15: 0, 22: 0, 30: 1, 37: 1}


def test_a_scrape_of_some_names() -> None:
    """A scrape that names metrics gets those; the hold of the others does not begin."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event()], NOW)
    text = exposition.render(NOW, names=frozenset({"fedmsg_messages_total", "nothing"}))
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {
        "fedmsg_messages_total"
    }
    later = NOW + 2 * HOLD
    assert "} 1.0" in exposition.render(later, names=frozenset({"fedmsg_messages"}))
    assert value(exposition.render(later)) == 0
    assert value(exposition.render(later + HOLD)) == 1
    assert exposition.render(later, names=frozenset()) == ""


def test_a_family_whose_hold_ends_unseen_is_at_its_value() -> None:
    """A hold that ends in a scrape of other names takes effect in the next full scrape."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event()], NOW)
    assert value(exposition.render(NOW)) == 0
    exposition.render(NOW + HOLD, names=frozenset({"fedmsg_messages_total"}))
    assert value(exposition.render(NOW + HOLD + 1)) == 1


def test_restored_series_is_not_new(tmp_path: Path) -> None:
    """After a restart a series that was shown is at its value at once; one that was not, at 0."""
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event(user="shown")], NOW)
    exposition.render(NOW)
    exposition.render(NOW + HOLD)
    ledger.record([event(user="hidden")], NOW)
    exposition.render(NOW + HOLD + 1)
    ledger.close()

    ledger = Ledger(path)
    text = Exposition(ledger, hold=HOLD).render(NOW + HOLD + 2)
    assert (value(text, "shown"), value(text, "hidden")) == (1, 0)
    ledger.close()


def test_series_stays_held_while_the_ledger_cannot_note_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value is not shown before that is recorded; the scrape still works."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=HOLD)
    ledger.record([event()], NOW)
    exposition.render(NOW)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "show", _full_disk)
        assert value(exposition.render(NOW + HOLD)) == 0
    assert value(exposition.render(NOW + HOLD + 1)) == 1


def _full_disk(_series: Iterable[object]) -> None:
    raise LedgerError("the disk is full")


def test_without_hold_values_show_at_once() -> None:
    """With a hold of 0 a new series is at its value in its first scrape."""
    ledger = Ledger()
    ledger.record([event()], NOW)
    assert value(Exposition(ledger, hold=0).render(NOW)) == 1


class Reference(Collector):
    """The same numbers, as prometheus_client would show them."""

    def __init__(self, ledger: Ledger) -> None:
        self._counts = ledger.counts

    def collect(self) -> Iterable[Metric]:
        for family in self._counts.families():
            kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            metric = kind(family.name, family.help, labels=family.labels)
            for labels, series in self._counts.family(family).items():
                metric.add_metric(labels, series.value)
            yield metric


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_EVENTS = st.lists(
    st.builds(
        event,
        category=_TEXT,
        user=_TEXT | st.none(),
        topic=_TEXT,
        groups=st.lists(_TEXT, max_size=2).map(tuple),
        sent_at=st.floats(0, NOW),
        rejected=st.sampled_from([None, None, None, "json"]),
    ),
    max_size=12,
)


@given(batches=st.lists(_EVENTS, max_size=3))
def test_text_is_that_of_prometheus_client(batches: list[list[Event]]) -> None:
    """Line by line the text is prometheus_client's for the same numbers, in both formats."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=0)
    for batch in batches:
        ledger.record(batch, NOW)
        exposition.render(NOW)
    registry = CollectorRegistry()
    registry.register(Reference(ledger))
    expected = generate_latest(registry).decode()
    assert sorted(exposition.render(NOW).split("\n")) == sorted(expected.split("\n"))
    expected = openmetrics.generate_latest(registry).decode().removesuffix("# EOF\n")
    rendered = exposition.render(NOW, openmetrics=True)
    assert sorted(rendered.split("\n")) == sorted(expected.split("\n"))


def test_only_changed_lines_are_made_again() -> None:
    """A scrape without changes returns the same line objects as the previous one."""
    ledger = Ledger()
    exposition = Exposition(ledger, hold=0)
    ledger.record([event(user=f"user{n}") for n in range(50)], NOW)
    exposition.render(NOW)
    before = list(exposition._lines[USERS].text(openmetrics=False))
    ledger.record([event(user="user7")], NOW)
    exposition.render(NOW)
    after = exposition._lines[USERS].text(openmetrics=False)
    assert sum(a is not b for a, b in zip(before, after, strict=True)) == 1
