"""Which messages to explain: those with a name in them, by topic, or by id. Pure."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...attribution.names import fas_name
from ...event import INVALID, Event
from ...message import Message
from ...wildcard import matches

# Publishers add one header for each user that the message class lists.
_USER = "fedora_messaging_user_"
_JSON = ("{", "[")


class Wanted(NamedTuple):
    """The filters on messages; None and () match everything."""

    user: str | None = None
    topics: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def has(self, message: Message, event: Event) -> bool:
        """Whether a message matches."""
        return (
            (not self.ids or message.id in self.ids)
            and (not self.topics or any(_has_topic(event, topic) for topic in self.topics))
            and (self.user is None or mentions(message, event, self.user))
        )

    def __str__(self) -> str:
        """The filters in words."""
        parts = [
            *([f"mentions {self.user!r}"] if self.user is not None else []),
            *([f"has a topic that matches {' or '.join(self.topics)}"] if self.topics else []),
            *([f"has the id {' or '.join(self.ids)}"] if self.ids else []),
        ]
        return " and ".join(parts)


def mentions(message: Message, event: Event, name: str) -> bool:
    """Whether a name is credited, or occurs as a word anywhere in a message.

    A FAS name may be given in any spelling that attribution understands.
    """
    known = fas_name(name)
    wanted = name.strip() if known in (None, INVALID) else str(known)
    if not wanted or any(user.name == wanted for user in event.users):
        return bool(wanted)
    word = re.compile(rf"(?<![\w-]){re.escape(_folded(wanted))}(?![\w-])")
    return any(word.search(_folded(text)) for text in _texts(message))


def _has_topic(event: Event, pattern: str) -> bool:
    return matches(pattern, event.topic) or matches(pattern, event.short_topic)


def _texts(message: Message) -> Iterator[str]:
    """All texts in a message, as they were before being encoded as JSON."""
    for name, value in message.headers.items():
        yield name.removeprefix(_USER)
        yield from _texts_in(value)
    yield from _texts_in(message.body)


def _texts_in(value: object) -> Iterator[str]:
    """The texts in a value, including keys and those in nested JSON, such as IPA's."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
            waiting.extend(_json_in(one))
        elif isinstance(one, Mapping):
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _json_in(text: str) -> Iterator[object]:
    if text.lstrip().startswith(_JSON):
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            return


def _folded(text: str) -> str:
    """A text for comparison: accents composed, case folded."""
    return unicodedata.normalize("NFC", text).casefold()
