"""What each message of a person says, collected while files are read."""

from collections.abc import Mapping
from typing import Any

from ...attribution.message_classes import SchemaClasses
from ...event import Event
from ...message import Message
from ...report.request import Request
from ...report.user import Logged
from ...statistics.calendar import day_at
from ...wildcard import matches

#: Where a body has its title, by preference, also one level down.
_TITLES = ("title", "subject", "summary")
_LONGEST = 200


class PersonLog:
    """The log of one person, as far as a request's range and filters let it through."""

    def __init__(self, person: str, request: Request) -> None:
        self._person = person
        self._request = request
        self._classes = SchemaClasses()
        self.lines: list[Logged] = []

    def hear(self, message: Message, event: Event) -> None:
        """Add a message if the person did it."""
        at = event.sent_at
        if event.rejected or at is None or not self._is_asked(event, at):
            return
        if any(user.name == self._person for user in event.users):
            self.lines.append(Logged(at, event.category, self._words(message, event)))

    def _is_asked(self, event: Event, at: float) -> bool:
        asked = self._request
        return (
            asked.start <= day_at(at) < asked.end
            and (not asked.categories or event.category in asked.categories)
            and (not asked.topics or any(matches(one, event.short_topic) for one in asked.topics))
        )

    def _words(self, message: Message, event: Event) -> str:
        words = self._classes.words(message)
        if words is None:
            words = " ".join(filter(None, (event.short_topic, _title(message.body))))
        line = " ".join(words.split())
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _title(body: Mapping[str, Any]) -> str:
    """What a body is about, empty if it does not say."""
    for part in (body, *(one for one in body.values() if isinstance(one, Mapping))):
        for key in _TITLES:
            if isinstance(part.get(key), str):
                return str(part[key])
    return ""
