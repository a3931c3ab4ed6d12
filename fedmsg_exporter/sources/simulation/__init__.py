"""The simulation: a bus like Fedora's that needs no network and knows the right answers.

It yields messages in the shapes of the real apps, at the pace of the real bus, from
a community that does not exist, each with the truth about who did it: for a first
look at the exporter, and to test attribution. Over the years, projects and packages
move from Pagure to Forgejo. Pure: seed and start decide everything, and no clock is
read.
"""

import math
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from ...message import Message
from .apps import APPS
from .apps.app import BASE, BASE_PACKAGE, Act, App, Maker, Topic
from .community import Community, Person
from .scene import Scene
from .tempo import Stream, Tempo

__all__ = ["Community", "Person", "Sent", "Simulation"]


class Sent(NamedTuple):
    """One simulated message and the truth about it.

    ``user`` is who did it, the FAS name of a person or the name of a bot; None
    if nobody did (machines at work, or noise). ``kind`` is ``person``, ``bot``
    or None accordingly.
    """

    message: Message
    user: str | None = None
    kind: str | None = None


class _Line(NamedTuple):
    """What all messages in a stream have in common."""

    topic: str
    domain: str
    category: str
    headers: dict[str, Any]
    listing: bool
    make: Maker


class Simulation:
    """An endless bus. ``rate`` is the mean number of messages per second over a week."""

    def __init__(self, seed: int = 1, people: int = 1000, rate: float = 1.0) -> None:
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError("the rate must be a positive number of messages per second")
        self.community = Community(seed, people)
        self._seed = seed
        pairs = [(app, topic) for app in APPS for topic in app.topics]
        self._lines = [_line(app, topic) for app, topic in pairs]
        self._tempo = Tempo(_streams(rate))

    def messages(self, start: float) -> Iterator[Sent]:
        """Yield messages without end, the first one sent at ``start`` or later.

        ``start`` is in seconds since the epoch. Messages are stamped with whole
        seconds, as fedora-messaging does, so that several may share a second.
        A different start gives different events and ids.
        """
        rng = Random(f"messages {self._seed} {float(start)}")  # noqa: S311  (no secret)
        scene = Scene(self.community, rng)
        for moment, index in self._tempo.arrivals(math.ceil(start), rng):
            line = self._lines[index]
            scene.enter(int(moment), line.domain, line.category)
            yield self._send(scene, line, line.make(scene))

    def _send(self, scene: Scene, line: _Line, act: Act) -> Sent:
        headers = {**line.headers, "sent-at": scene.stamp}
        if line.listing:
            headers.update(_listed(act))
        sent_at = float(scene.now)
        message = Message(line.topic, scene.uuid(), headers, act.body, sent_at)
        kind = None if act.user is None else self.community.kind(act.user)
        return Sent(message, act.user, kind)


def _line(app: App, topic: Topic) -> _Line:
    """Set up the headers that fedora-messaging adds to all messages of a topic."""
    has_class = topic.schema != BASE
    headers: dict[str, Any] = {
        "fedora_messaging_schema": topic.schema,
        "fedora_messaging_schema_package": app.package if has_class else BASE_PACKAGE,
        "fedora_messaging_severity": topic.severity,
        "priority": topic.priority,
    }
    name = f"{app.domain}.prod.{app.category}.{topic.name}"
    return _Line(name, app.domain, app.category, headers, has_class, topic.make)


def _listed(act: Act) -> dict[str, bool]:
    """Make the headers to filter by: users, packages, groups, as a message class lists them."""
    names = act.names
    if names is None:
        names = () if act.user is None else (act.user,)
    listed = {f"fedora_messaging_user_{name}": True for name in names}
    for package in act.packages:
        listed[f"fedora_messaging_rpm_{package}"] = True
    for group in act.groups:
        listed[f"fedora_messaging_group_{group}"] = True
    for container in act.containers:
        listed[f"fedora_messaging_container_{container}"] = True
    return listed


def _streams(rate: float) -> list[Stream]:
    """Divide the bus's rate among the topics of all apps, in the order of the lines.

    What declines is replaced by something that grows, so the total stays the same.
    """
    whole = sum(app.volume * app.trend.at(0) for app in APPS)
    return [
        Stream(rate * app.volume / whole * topic.share / _shares(app), app.shape, app.trend)
        for app in APPS
        for topic in app.topics
    ]


def _shares(app: App) -> float:
    return sum(topic.share for topic in app.topics)
