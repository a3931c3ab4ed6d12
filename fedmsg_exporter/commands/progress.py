"""The progress of a long command: a bar on a terminal, otherwise a line every minute."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as RichProgress

from ..history.reading import Step

#: Seconds between two lines.
_EVERY = 60.0
_AGAIN = "reading up to where it stopped"


@dataclass(slots=True)
class Meter:
    """How much of a total is done, in bytes or any other unit of work, and how fast."""

    total: int
    begun: float
    _finished: int = 0
    _finished_messages: int = 0
    _open: dict[str, Step] = field(default_factory=dict)
    _at: float = 0.0

    def step(self, step: Step) -> None:
        """Note how far the reading of a source has come."""
        self._open[step.source] = step
        self._at = max(0.0, step.at)

    def finish(self, source: str) -> None:
        """Note that a source is done."""
        if step := self._open.pop(source, None):
            self._finished += step.position
            self._finished_messages += step.messages

    def skip(self, size: int) -> None:
        """Take work that need not be done out of the total."""
        self.total -= size

    @property
    def done(self) -> int:
        """How much is done."""
        return self._finished + sum(one.position for one in self._open.values())

    @property
    def messages(self) -> int:
        """How many messages have been read."""
        return self._finished_messages + sum(one.messages for one in self._open.values())

    def text(self, now: float) -> str:
        """Messages, rate, the date reached, and the time left."""
        passed = max(now - self.begun, 1e-9)
        parts = [f"{self.messages:,} messages", f"{self.messages / passed:,.0f}/s"]
        if any(one.again for one in self._open.values()):
            parts.append(_AGAIN)
        if self._at:
            parts.append(f"at {datetime.fromtimestamp(self._at, UTC):%Y-%m-%d}")
        if 0 < self.done < self.total:
            left = passed * (self.total - self.done) / self.done
            parts.append(f"{timedelta(seconds=round(left))} left")
        return ", ".join(parts)


class Progress(Protocol):
    """Shows the progress of a command."""

    meter: Meter

    def step(self, step: Step) -> None:
        """Show how far the reading of a source has come."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Lines:
    """Shows progress as a line every minute."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown = clock()
        self.meter = Meter(total, self._shown)

    def step(self, step: Step) -> None:
        """Show how far a source is."""
        self.meter.step(step)
        now = self._clock()
        if now - self._shown >= _EVERY:
            self._shown = now
            part = 100 * self.meter.done / max(1, self.meter.total)
            click.echo(f"{part:.0f} %: {self.meter.text(now)}", err=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Bar:
    """Shows progress as a bar on a terminal; other output appears above it."""

    def __init__(self, total: int, console: Console, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.meter = Meter(total, clock())
        columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
        # Output that is redirected to a file must still go there.
        to_terminal = sys.stdout.isatty()
        self._rich = RichProgress(
            *columns, console=console, redirect_stdout=to_terminal, transient=True
        )
        self._task = self._rich.add_task("", total=total)

    def step(self, step: Step) -> None:
        """Show how far a source is."""
        self.meter.step(step)
        meter = self.meter
        text = meter.text(self._clock())
        self._rich.update(self._task, total=meter.total, completed=meter.done, description=text)

    def __enter__(self) -> Self:
        self._rich.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._rich.stop()


def progress(total: int) -> Progress:
    """A display of progress towards ``total`` that suits standard error."""
    console = Console(stderr=True)
    return Bar(total, console, time.monotonic) if console.is_terminal else Lines(total)
