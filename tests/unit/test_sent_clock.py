"""The current time, by the machine's clock and by the messages."""

import pytest

from fedmsg_exporter.sources.sent_clock import SentClock

NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.mark.parametrize(
    ("sent", "past", "expected"),
    [
        pytest.param([], 0, NOW, id="no message"),
        pytest.param([NOW - 5] * 20, 0, NOW, id="they agree"),
        pytest.param([NOW + DAY] * 20, 0, NOW + DAY, id="the machine is behind"),
        pytest.param([NOW - DAY] * 20, 0, NOW - DAY, id="the machine is ahead"),
        pytest.param([NOW - DAY], 0, NOW - DAY, id="one message of another day"),
        pytest.param([NOW + DAY], 0, NOW, id="one publisher ahead"),
        pytest.param([NOW + DAY], NOW + 100, NOW + DAY, id="behind what is known"),
        pytest.param([NOW] * 85 + [NOW + 8 * DAY] * 15, 0, NOW, id="some publishers ahead"),
        pytest.param([NOW] * 20 + [NOW - DAY] * 80, 0, NOW, id="a backlog"),
        pytest.param([NOW + DAY] * 90 + [NOW + 8 * DAY] * 11, 0, NOW + DAY, id="both wrong"),
    ],
)
def test_time(sent: list[float], past: float, expected: float) -> None:
    """The machine's clock is corrected where most messages, or what is known, contradict it."""
    clock = SentClock(600)
    clock.expect_later_than(past)
    clock.hear(sent, ticks=50)
    assert clock.time(NOW, ticks=50) == expected
    assert clock.time(NOW + 7, ticks=57) == expected + 7
