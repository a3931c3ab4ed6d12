"""How the benchmark of the alerts judges: benchmarks/alerts, without its Prometheus."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.alerts.chance import binomial, split
from benchmarks.alerts.judge import firing, merged, score
from benchmarks.alerts.outages import KINDS, WARM_UP, Kind, cut, windows
from benchmarks.alerts.rules import RIVALS, SHIPPED, Alert, Rules, seconds
from benchmarks.alerts.series import HOUR, STEP, WEEK, Bus, Window, from_folder

STOP = Kind(1, 3)


@pytest.mark.parametrize(
    ("times", "hold", "keep", "windows"),
    [
        ([], 0, 0, []),
        ([4, 5, 6], 0, 0, [(4, 7)]),
        ([4, 5, 6], 2, 0, [(6, 7)]),
        ([4, 5, 6], 3, 0, []),
        ([4, 9], 0, 0, [(4, 5), (9, 10)]),
        ([4, 9], 0, 6, [(4, 16)]),
        ([4, 5, 6, 8], 2, 3, [(6, 12)]),
        ([4, 5, 6, 20], 2, 3, [(6, 10)]),
    ],
)
def test_an_alert_fires(
    times: list[float], hold: int, keep: int, windows: list[tuple[int, int]]
) -> None:
    """It fires after `for`, and `keep_firing_for` longer than its expression holds."""
    alert = Alert("Any", "", hold * STEP, keep * STEP)
    assert list(firing(times, alert)) == [Window(*window) for window in windows]


def test_alarms_that_touch_are_one() -> None:
    """Windows are joined where they touch, or come as near as is said."""
    several = [Window(9, 10), Window(1, 3), Window(3, 5)]
    assert merged(several) == [Window(1, 5), Window(9, 10)]
    assert merged(several, apart=4) == [Window(1, 10)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_outages_are_cut(kind: Kind) -> None:
    """What is lost is lost within the windows, in the share that was asked for; no more."""
    samples = [1000] * (12 * WEEK)
    holes = list(windows(len(samples), kind))
    after = cut(samples, kind, Random(1))
    inside = [at for hole in holes for at in range(*hole)]
    assert len(holes) > 1
    assert min(inside) >= WARM_UP
    assert {one.start % WEEK for one in holes} != {holes[0].start % WEEK}
    kept = sum(after[at] for at in inside) / len(inside)
    assert kept == pytest.approx(1000 * (1 - kind.loss), abs=20)
    assert sum(after) == 1000 * len(samples) - sum(1000 - after[at] for at in inside)


@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(1, 40), st.integers())
def test_chance_loses_and_invents_nothing(number: int, share: float, parts: int, seed: int) -> None:
    """A thinned count is none above what it was, and the parts of one add up to it."""
    assert 0 <= binomial(Random(seed), number, share) <= number
    shares = split(Random(seed), number, parts)
    assert len(shares) == parts
    assert min(shares) >= 0
    assert sum(shares) == number


def bus() -> Bus:
    """Twelve weeks of one category that sends 60 messages an hour, and one event."""
    return Bus("test", 0, {"one": [5] * (12 * WEEK)}, [Window(10, 20)], ["one"])


def test_alarms_within_an_outage_find_it() -> None:
    """The first alarm within an outage finds it; one that is there without it does not."""
    first, second, *others = windows(12 * WEEK, STOP)
    fired = {
        ("one", STOP): [Window(first.start + 11, first.end), second],
        ("one", None): [second],
    }
    found = score(bus(), fired).found(STOP)
    assert found.number == 2 + len(others)
    assert found.minutes == [60]
    assert found.within(59) == 0
    assert found.within(60) == found.recall == 1 / found.number


@pytest.mark.parametrize(
    ("alarms", "number"),
    [
        ([], 0),
        ([Window(1, 30)], 0),
        ([Window(WARM_UP, WARM_UP + 3)], 1),
        ([Window(WARM_UP, WARM_UP + 3), Window(WARM_UP + 5, WARM_UP + 6)], 1),
        ([Window(WARM_UP, WARM_UP + 3), Window(WARM_UP + 30, WARM_UP + 31)], 2),
    ],
)
def test_false_alarms(alarms: list[Window], number: int) -> None:
    """Alarms on what is usual are false; those within an hour of each other are one."""
    found = score(bus(), {("one", None): alarms})
    assert found.alarms == {"one": number}
    assert found.periods == {"one": 6 / 8}


def test_series_come_from_files(tmp_path: Path) -> None:
    """Hourly counts keep their sums; a long gap and what is said of windows are events."""
    hours = [
        f"2026-01-01T{hour:02}:00:00,{100 + hour},x" for hour in range(24) if not 5 < hour < 15
    ]
    (tmp_path / "a_bus_hourly.csv").write_text("\n".join(["hour_local,count,else", *hours]))
    event = "what,window_start,window_end\nparty,2026-01-01 01:00:00,2026-01-01 02:00:00\n"
    (tmp_path / "a_bus_windows.csv").write_text(event)
    (tmp_path / "another_hourly.csv").write_text("hour_local,count\n2026-01-01T00:00:00,7\n")
    found, other = from_folder(tmp_path, [0], seed=1)
    assert (found.name, other.name, other.events) == ("a_bus_hourly", "another_hourly", [])
    (samples,) = found.categories.values()
    assert [sum(samples[at : at + HOUR]) for at in (0, HOUR, 8 * HOUR)] == [100, 101, 0]
    assert Window(5 * HOUR, 39 * HOUR) in found.events
    assert Window(HOUR, 2 * HOUR + 1) in found.events


def test_rules_are_read_as_they_stand() -> None:
    """What an alert reads at other times is recorded first; the rest is put in its place."""
    rules = Rules([*sorted(SHIPPED.glob("*.yml")), RIVALS])
    for alert in rules.alerts:
        recorded = rules.to_record([alert])
        inlined = rules.inlined(alert.expr, recorded)
        read = {name for name in rules.records if name in inlined}
        assert read <= set(recorded)
        assert inlined.count("(") - alert.expr.count("(") == inlined.count(")") - alert.expr.count(
            ")"
        )


@pytest.mark.parametrize(
    ("text", "number"), [("0s", 0), ("90s", 90), ("1h30m", 5400), ("1w", 604_800)]
)
def test_durations(text: str, number: int) -> None:
    """Durations are those of PromQL."""
    assert seconds(text) == number
