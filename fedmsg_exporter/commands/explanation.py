"""Why a message is counted as it is, or is not: for people, and for programs."""

import json
import re
from collections.abc import Iterator, Mapping

from ..attribution.mapping.metrics import Metric
from ..config import Config
from ..event import Event
from ..exposition import text
from ..families import Family
from ..groups import Roster, load_configured
from ..ledger.changes import changes
from ..message import Message
from ..privacy import MODES, Exposure
from ..service import parts
from .example_check import measured

_WIDTH = 11


class Explanation:
    """Explains messages, as one config has them counted."""

    def __init__(self, config: Config) -> None:
        """Read mapping, groups and logins. Raises DocumentError."""
        roster = Roster(load_configured(config))
        self._attribution = parts.attribution(config, roster, detailed=True)
        self._metrics = self._attribution.mapping.metrics
        self._families = parts.families(config, self._attribution.mapping)
        self._mode = config.expose
        # Stand-ins are of no ledger here: their key is in the real one.
        self._exposure = Exposure(config.expose, key=b"no ledger's", is_member=roster.has)

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
            for index, one in enumerate(texts or ["none"]):
                lines.append(f"  {'' if index else name:{_WIDTH}}{one}")
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
        for family, labels, amount in changes(self._exposure.apply(event), 0, kept):
            if family.name in kept:
                pairs = zip(family.labels, labels, strict=True)
                yield f"{text.series(family.name, pairs)} {_effect(family, amount, event)}"


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
        "measures": [measured(measure, metrics) for measure in event.measures],
        "rejected": event.rejected,
        "why": list(event.why),
    }


def concerns(message: Message, event: Event, name: str) -> bool:
    """Whether a name is credited, or stands anywhere in a message."""
    if any(user.name == name for user in event.users):
        return True
    content = json.dumps([message.body, list(message.headers)], default=str)
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", content, re.IGNORECASE) is not None


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def _title(event: Event) -> str:
    return f"{event.topic or 'a message without a topic'}  {event.id or '(no id)'}"


def _verdict(event: Event) -> str:
    if event.rejected:
        return f"not counted: {event.rejected}"
    who = ", ".join(user.name for user in event.users)
    return f"counted as {event.category} of {event.domain}, {who or 'nobody'} credited"


def _effect(family: Family, amount: float, event: Event) -> str:
    if family.kind == "counter":
        return f"+{amount:g}"
    if family.keeps == "last":
        return f"= {text.number(amount)}"
    return "= now" if event.sent_at is None else "= when it was sent"
