"""``fedmsg-exporter simulate``: a recording of the simulated bus."""

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from typing import Any

import click
import yaml

from ..config.durations import UNITS
from ..message import Message
from ..sources.simulation import Simulation
from .options import people_option, rate_option, seed_option, start_option

_DEFAULT = 1000


def _duration(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})([smhdw]?)", text)
    if found is None or not int(found[1]):
        raise click.BadParameter(f"{text!r} is not a valid duration; expected e.g. 90s, 15m or 1d")
    return float(int(found[1]) * UNITS[found[2] or "s"])


@click.command()
@click.option(
    "--messages",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Stop after N messages. [default: {_DEFAULT} without --duration]",
)
@click.option(
    "--duration",
    callback=_duration,
    metavar="DURATION",
    help="Stop after this much simulated time: seconds, or a number with s, m, h, d or w. "
    "Without --start, the recording ends now.",
)
@seed_option
@people_option
@rate_option
@start_option
@click.option(
    "--groups",
    is_flag=True,
    help="Write the members of the simulation's groups instead, for `groups.file`.",
)
def simulate(
    number: int | None,
    duration: float | None,
    seed: int,
    people: int,
    rate: float,
    start: float | None,
    groups: bool,
) -> None:
    """Write messages from the simulated bus to standard output.

    The format is that of `fedora-messaging record`: one JSON object per line.
    """
    simulation = Simulation(seed, people, rate)
    if groups:
        members = {group: list(users) for group, users in simulation.community.groups.items()}
        click.echo(yaml.safe_dump({"groups": members}, width=100), nl=False)
        return
    # A recording that ends now can be counted, or imported as history.
    begin = time.time() - (duration or 0) if start is None else start
    messages: Iterator[Message] = (sent.message for sent in simulation.messages(begin))
    if duration is not None:
        messages = _until(messages, begin + duration)
    elif number is None:
        number = _DEFAULT
    for message in islice(messages, number):
        # Not click.echo, which flushes each line.
        sys.stdout.write(f"{json.dumps(_record(message), ensure_ascii=False, sort_keys=True)}\n")
    # At exit, an error would no longer be reported by `Commands`.
    sys.stdout.flush()


def _until(messages: Iterator[Message], end: float) -> Iterator[Message]:
    return takewhile(lambda message: (message.sent_at or 0) < end, messages)


def _record(message: Message) -> Mapping[str, Any]:
    """A message as `fedora-messaging record` writes it."""
    return {
        "body": message.body,
        "headers": message.headers,
        "id": message.id,
        "priority": message.headers.get("priority", 0),
        "queue": None,
        "topic": message.topic,
    }
