"""How the benchmark of the alerts judges: benchmarks/alerts, without its Prometheus."""

from itertools import islice, pairwise
from pathlib import Path
from random import Random
from statistics import correlation, fmean, pstdev, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.alerts.chance import binomial, poisson, wandering
from benchmarks.alerts.judge import firing, merged, score
from benchmarks.alerts.outages import COPIES, KINDS, WARM_UP, Kind, copy_of, cut, windows
from benchmarks.alerts.rules import RIVALS, SHIPPED, Alert, Rules, seconds
from benchmarks.alerts.series import HOUR, STEP, WEEK, Bus, Calendar, Window, from_folder

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


def test_adjacent_alarms_are_joined() -> None:
    """Windows are joined where they touch, or are within a given distance."""
    several = [Window(9, 10), Window(1, 3), Window(3, 5)]
    assert merged(several) == [Window(1, 5), Window(9, 10)]
    assert merged(several, apart=4) == [Window(1, 10)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_outages_are_cut(kind: Kind) -> None:
    """Messages are lost only within the windows, and in the given share."""
    samples = [1000] * (12 * WEEK)
    holes = list(windows(len(samples), kind))
    after = cut(samples, [kind], Random(1))
    inside = [at for hole in holes for at in range(*hole)]
    assert len(holes) > 1
    assert min(inside) >= WARM_UP
    assert {one.start % WEEK for one in holes} != {holes[0].start % WEEK}
    kept = sum(after[at] for at in inside) / len(inside)
    assert kept == pytest.approx(1000 * (1 - kind.loss), abs=20)
    assert sum(after) == 1000 * len(samples) - sum(1000 - after[at] for at in inside)


@pytest.mark.parametrize("kinds", COPIES, ids=str)
def test_outages_of_a_copy_are_apart(kinds: tuple[Kind, ...]) -> None:
    """Outages of a category never meet, and few of eight categories are down at once."""
    size = 30 * WEEK
    for turn in (0, 0.3):
        holes = sorted(hole for kind in kinds for hole in windows(size, kind, turn))
        assert not any(one.meets(other) for one, other in pairwise(holes))
    bus = [hole for n in range(8) for kind in kinds for hole in windows(size, kind, n / 8)]
    assert max(sum(hole.start <= at < hole.end for hole in bus) for at in range(size)) <= 2


@given(st.integers(0, 10_000), st.floats(0, 1), st.integers())
def test_thinning_adds_nothing(number: int, share: float, seed: int) -> None:
    """A thinned count is never above what it was."""
    assert 0 <= binomial(Random(seed), number, share) <= number


@pytest.mark.parametrize("mean", [0.5, 8, 200])
def test_counts_are_around_their_mean(mean: float) -> None:
    """Samples have the mean and variance of the Poisson distribution."""
    drawn = [poisson(Random(seed), mean) for seed in range(4000)]
    assert fmean(drawn) == pytest.approx(mean, rel=0.1)
    assert pvariance(drawn) == pytest.approx(mean, rel=0.15)


def test_noise_is_remembered_for_a_while() -> None:
    """Noise has its deviation, and resembles that of an hour ago, but not that of a day ago."""
    noise = list(islice(wandering(Random(1), 5, 0.2), 20_000))
    assert pstdev(noise) == pytest.approx(0.2, rel=0.1)
    assert correlation(noise[1:], noise[:-1]) > 0.7
    assert abs(correlation(noise[24:], noise[:-24])) < 0.1


def bus() -> Bus:
    """Twelve weeks of one category that sends 60 messages an hour, and one event."""
    return Bus("test", 0, {"one": [5] * (12 * WEEK)}, [Window(10, 20)], ["one"])


def test_alarms_within_an_outage_find_it() -> None:
    """The first alarm within an outage detects it; one that fires without it does not."""
    first, second, *others = windows(12 * WEEK, STOP)
    fired = {
        ("one", copy_of(STOP)): [Window(first.start + 11, first.end), second],
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
    """Alarms on normal activity are false; those within an hour of each other are one."""
    found = score(bus(), {("one", None): alarms})
    assert found.alarms == {"test: one": number}
    assert found.periods == {"test: one": 6 / 8}


def test_series_come_from_files(tmp_path: Path) -> None:
    """Each file and scale is a bus; a long gap is an event, and files of events are not read."""
    days = [f"2026-01-{day:02}T{hour:02}:00:00" for day in range(1, 29) for hour in range(24)]
    rows = [f"{at},{60},x" for n, at in enumerate(days) if not 485 < n < 495]
    (tmp_path / "a_bus_hourly.csv").write_text("\n".join(["hour_local,count,else", *rows]))
    (tmp_path / "a_bus_windows.csv").write_text("what,window_start,window_end\n")
    (found,) = from_folder(tmp_path, [30, 600], categories=5, weeks=2, seed=1)
    assert found.name == "a_bus_hourly at 30/h"
    assert found.cut == list(found.categories) == ["1", "2", "3", "4", "5"]
    assert {len(samples) for samples in found.categories.values()} == {2 * WEEK}
    assert found.events == [Window((485 - 336) * HOUR, (495 - 336 + 24) * HOUR)]
    quiet = slice((486 - 336) * HOUR, (495 - 336) * HOUR)
    assert all(sum(samples[quiet]) == 0 for samples in found.categories.values())


def test_categories_share_the_calendar_and_not_the_noise() -> None:
    """On a holiday all categories fall; on an ordinary day they vary independently."""
    hours: list[int | None] = [100] * (9 * 168)
    holiday = range(4 * 168 + 24, 4 * 168 + 48)
    for hour in holiday:
        hours[hour] = 30
    calendar = Calendar(hours)
    rng = Random(1)
    counts = [calendar.category(100, rng) for _ in range(6)]
    there = slice(holiday.start * HOUR, holiday.stop * HOUR)
    assert all(sum(samples[there]) < 0.8 * 24 * 100 for samples in counts)
    assert fmean(sum(samples) / 9 / 168 for samples in counts) == pytest.approx(100, rel=0.05)
    one, other = ([sum(s[h * HOUR : h * HOUR + HOUR]) for h in range(600)] for s in counts[:2])
    assert abs(correlation(one, other)) < 0.7


def test_layers_read_only_what_is_recorded_before() -> None:
    """Whatever a layer reads was recorded in an earlier one, and nothing is left out."""
    rules = Rules([*sorted(SHIPPED.glob("*.yml")), RIVALS])
    before: set[str] = set()
    for layer in rules.layers(rules.alerts):
        for expr in layer.values():
            assert {name for name in rules.records if name in expr} <= before
        before |= layer.keys()
    assert before == set(rules.to_record(rules.alerts))


def test_rules_are_read_unchanged() -> None:
    """What an alert reads at other times is recorded first; the rest is inlined."""
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
