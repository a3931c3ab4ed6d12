"""Why a message was counted as it was, or was not: told to people, and to programs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.utils import floatToGoString

from ..attribution.mapping.metrics import Metric
from ..config import Config
from ..event import Event
from ..families import Family, changes
from ..message import Message
from ..privacy import MODES, Exposure
from ..service.exporter import attribution, families, load_membership
from .example_check import shown

_WIDTH = 11


class Explanation:
    """Explains messages, as one config has them counted."""

    def __init__(self, config: Config) -> None:
        """Read mapping, groups and logins. Raises DocumentError."""
        self._attribution = attribution(config, detailed=True)
        self._metrics = self._attribution.mapping.metrics
        self._families = families(config, self._attribution.mapping)
        self._mode = config.expose
        self._expose = _exposure(config).apply

    def event(self, message: Message) -> Event:
        """Attribute a message."""
        return self._attribution.attribute(message)

    def record(self, event: Event) -> Mapping[str, object]:
        """An event for programs, to be written as JSON."""
        return record(event, self._metrics)

    def table(self, event: Event) -> str:
        """An event for people: who, why, and all counters that it adds to."""
        lines = [_title(event)]
        for name, texts in self._rows(event):
            for index, text in enumerate(texts or ["none"]):
                lines.append(f"  {'' if index else name:{_WIDTH}}{text}")
        # What a publisher wrote must not drive anybody's terminal.
        return "".join(f"{_printable(line)}\n" for line in lines)

    def _rows(self, event: Event) -> Iterator[tuple[str, list[str]]]:
        yield "verdict", [_verdict(event)]
        yield "users", [f"{user.name} ({user.kind})" for user in event.users]
        yield "groups", list(event.groups)
        yield "packages", list(event.packages)
        yield "why", list(event.why)
        if self._mode != "all":
            yield "shown", [f"users.expose is {self._mode}: {MODES[self._mode]}"]
        yield "adds to", list(self._series(event))

    def _series(self, event: Event) -> Iterator[str]:
        kept = {family.name: family for family in self._families}
        for family, labels, amount in changes(self._expose(event), 0, kept):
            if family.name in kept:
                told = _told(family, amount, event)
                yield f"{family.name}{_braces(family, labels)} {told}"


def record(event: Event, metrics: Mapping[str, Metric]) -> dict[str, object]:
    """An event with what it adds to a mapping's metrics, as JSON has it."""
    return {
        "id": event.id,
        "topic": event.topic,
        "domain": event.domain,
        "environment": event.environment,
        "category": event.category,
        "users": [user.name for user in event.users],
        "kinds": [user.kind for user in event.users],
        "groups": list(event.groups),
        "packages": list(event.packages),
        "measures": [shown(measure, metrics) for measure in event.measures],
        "rejected": event.rejected,
        "why": list(event.why),
    }


def concerns(message: Message, event: Event, name: str) -> bool:
    """Whether a name is credited, or stands anywhere in a message."""
    if any(user.name == name for user in event.users):
        return True
    text = json.dumps([message.body, list(message.headers)], default=str)
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None


def _exposure(config: Config) -> Exposure:
    """What is hidden, but for stand-ins: their key is in the ledger, these are none."""
    membership = load_membership(config)
    return Exposure(
        config.expose,
        key=b"no ledger's",
        is_member=lambda user: bool(membership and membership.groups_of(user)),
    )


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def _title(event: Event) -> str:
    return f"{event.topic or 'a message without a topic'}  {event.id or '(no id)'}"


def _verdict(event: Event) -> str:
    if event.rejected:
        return f"not counted: {event.rejected}"
    who = ", ".join(user.name for user in event.users)
    return f"counted as {event.category} of {event.domain}, {who or 'nobody'} credited"


def _told(family: Family, amount: float, event: Event) -> str:
    if family.kind == "counter":
        return f"+{amount:g}"
    if family.keeps == "last":
        return f"= {floatToGoString(amount)}"
    return "= now" if event.sent_at is None else "= when it was sent"


def _braces(family: Family, labels: Iterable[str]) -> str:
    pairs = ",".join(map('{}="{}"'.format, family.labels, labels))
    return f"{{{pairs}}}" if pairs else ""
