"""What an import says about each source: what is wrong with it, and what became of it."""

from collections.abc import Iterator

import click

from ...history.importing import Outcome
from ...history.units import Rejected
from ...report.formats.values import counted
from ...service.parts import REASONS
from ...sources.recording import Damage
from ...sources.recording import shown as shown_name
from ..progress import Meter
from .place import messages, moment

#: How many days that differ are shown one by one.
_SHOWN = 10
_WHAT_CAN_BE = "`fedmsg-exporter history import --help` says what can be imported"


class Report:
    """Prints the outcomes of an import, and updates the meter."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._reasons: set[str] = set()

    def show(self, outcome: Outcome) -> bool:
        """Print the outcome of a source; returns whether nothing is wrong with it."""
        if outcome.is_known:
            self._meter.skip(outcome.imported.size)
        else:
            self._meter.finish(outcome.source)
        wrong = list(remarks(outcome))
        for text in (*wrong, *self._rejected(outcome)):
            click.echo(text, err=True)
        if not (outcome.reason or outcome.is_empty):
            click.echo(_summary(outcome))
        return not wrong

    def _rejected(self, outcome: Outcome) -> Iterator[str]:
        """Where the first message is that is rejected for a reason: once in an import.

        A dump of everything has as many of them in each file as the last.
        """
        for one in outcome.rejected:
            if one.reason not in self._reasons:
                self._reasons.add(one.reason)
                yield _first(one)


def remarks(outcome: Outcome) -> Iterator[str]:
    """What is wrong with the outcome of a source, in words."""
    source = shown_name(outcome.source)
    yield from map(str, outcome.damage)
    if (more := outcome.imported.damaged - len(outcome.damage)) > 0:
        yield f"{source}: {counted(more, 'more message is', 'more messages are')} damaged"
    yield from map(str, outcome.conflicts[:_SHOWN])
    if (more := len(outcome.conflicts) - _SHOWN) > 0:
        differ = counted(more, "more day differs", "more days differ")
        yield f"{source}: {differ} from what is in history"
    if outcome.reason:
        yield outcome.reason
    elif outcome.is_empty:
        yield f"{source}: no messages; {_WHAT_CAN_BE}"


def _first(one: Rejected) -> str:
    """Why messages do not count, with the place of the first of them."""
    first = "" if one.number == 1 else f"the first of {one.number:,} messages that are "
    text = f"{first}rejected ({one.reason}): {REASONS[one.reason]}"
    return str(Damage(one.file, one.line, text))


def _summary(outcome: Outcome) -> str:
    source, one = shown_name(outcome.source), outcome.imported
    if outcome.is_known:
        return f"{source}: imported before, skipped"
    rejected = "".join(f", {each.number:,} rejected ({each.reason})" for each in outcome.rejected)
    span = f" from {moment(one.start)} to {moment(one.end)}" if one.start is not None else ""
    return (
        f"{source}: {one.state}, {messages(one.messages)}{span}; {one.skipped:,} known already, "
        f"{one.duplicates:,} duplicate, {one.damaged:,} damaged{rejected}"
    )
