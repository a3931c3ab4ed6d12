"""Why a message is counted the way it is, or not at all: for people, and for programs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...attribution.mapping.metrics import Metric
from ...config import Config
from ...event import Event
from ...exposition import text
from ...families import Family
from ...groups import Roster, load_configured
from ...ledger.changes import changes
from ...message import Message
from ...privacy import MODES, Exposure
from ...service import parts
from ..measured import measured

_WIDTH = 11

# A login that attribution found but could not resolve: see attribution's `story`.
_UNKNOWN_LOGIN = re.compile(r": login \S.* gave ('.*'|\".*\"), nobody$")


class Explanation:
    """Explains how messages are counted with a config."""

    def __init__(self, config: Config) -> None:
        """Read mapping, groups and logins. Raises DocumentError."""
        roster = Roster(load_configured(config))
        self._attribution = parts.attribution(config, roster, detailed=True)
        self._metrics = self._attribution.mapping.metrics
        self._families = parts.families(config, self._attribution.mapping)
        self._mode = config.expose
        file = config.logins if isinstance(config.logins, Path) else None
        self._logins = f"to {file}, under " if file else "to users.logins."
        # Pseudonyms differ from those in the ledger, which has its own key.
        self._exposure = Exposure(config.expose, key=b"no ledger's", is_member=roster.has)

    def event(self, message: Message) -> Event:
        """Attribute a message; if nobody is credited, add what would change that."""
        event = self._attribution.attribute(message)
        return event._replace(why=(*event.why, *_advice(event, self._logins)))

    def record(self, event: Event) -> Mapping[str, object]:
        """An event for programs, ready for JSON."""
        return record(event, self._metrics)

    def table(self, event: Event) -> str:
        """An event for people: who is credited, why, and every series that it changes."""
        lines = [_title(event)]
        for name, texts in self._rows(event):
            for index, one in enumerate(texts or ["none"]):
                lines.append(f"  {'' if index else name:{_WIDTH}}{one}")
        # A publisher's control characters must not reach the terminal.
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
    """An event and what it adds to the mapping's metrics, ready for JSON."""
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
        # Nothing is added for a message that is not counted.
        "measures": [
            measured(measure, metrics) for measure in event.measures if not event.rejected
        ],
        "rejected": event.rejected,
        "why": list(event.why),
    }


def _advice(event: Event, place: str) -> Iterator[str]:
    """Where to declare the owner of a login that was found but is in no map."""
    if event.users:
        return
    for step in event.why:
        if found := _UNKNOWN_LOGIN.search(step):
            yield f"login {found[1]} is in no map of logins; add it {place}{event.category}"


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def _title(event: Event) -> str:
    return f"{event.topic or 'a message without a topic'}  {event.id or '(no id)'}"


def _verdict(event: Event) -> str:
    if event.rejected:
        return f"not counted: {event.rejected}"
    who = ", ".join(user.name for user in event.users)
    return f"counted as {event.category} of {event.domain}, crediting {who or 'nobody'}"


def _effect(family: Family, amount: float, event: Event) -> str:
    if family.kind == "counter":
        return f"+{amount:g}"
    if family.keeps == "last":
        return f"= {text.number(amount)}"
    return "= now" if event.sent_at is None else "= when it was sent"
