"""How often attribution is right, on real messages whose answers are known.

The corpus is data from elsewhere, not part of this project: set
``FEDMSG_EXPORTER_CORPUS`` to its folder. ``fedmsg_meta.jsonl`` has messages of
fedmsg's time with the users and packages that its own test suite expects,
``schemas.jsonl`` messages of today's classes with what those classes say.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fedmsg_exporter.attribution import Attribution, mapping
from fedmsg_exporter.attribution.message_classes import SchemaClasses
from fedmsg_exporter.attribution.names import fas_name
from fedmsg_exporter.event import INVALID, Event
from fedmsg_exporter.message import from_record

FOLDER = os.environ.get("FEDMSG_EXPORTER_CORPUS")
#: One class of a package that nothing but the extra ``schemas`` installs.
SCHEMAS = entry_points(group="fedora.messages", name="bodhi.update.comment.v1")

pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="FEDMSG_EXPORTER_CORPUS names no folder"),
    # A class of Anitya's warns whoever uses it.
    pytest.mark.filterwarnings("ignore:ProjectVersionUpdated class:DeprecationWarning"),
]

Record = dict[str, Any]
Right = Callable[[Record, Event, Event], bool | None]


class Goal(NamedTuple):
    """One line of the table. ``right`` answers None where there is nothing to judge."""

    file: str
    what: str
    least: float
    right: Right


def names(spellings: Iterable[object]) -> set[str]:
    """The FAS names among what a corpus expects."""
    found = {fas_name(text) for text in spellings if isinstance(text, str)}
    return {name for name in found if name not in (None, INVALID)}


def credited(event: Event) -> set[str]:
    """The FAS names that an event credits."""
    return {user.name for user in event.users if user.kind != "invalid"}


def same_users(record: Record, _agent: Event, everyone: Event) -> bool | None:
    """Whether everyone is exactly who is expected, where no account look-up is needed."""
    if record["needs_fas_lookup"]:
        return None
    return credited(everyone) == names(record["expected"]["usernames"])


def true_agent(record: Record, agent: Event, _everyone: Event) -> bool | None:
    """Whether the agent is one of those expected, or nobody where nobody is."""
    if record["needs_fas_lookup"]:
        return None
    expected = names(record["expected"]["usernames"])
    return bool(credited(agent) & expected) if expected else not credited(agent)


def as_its_class(record: Record, _agent: Event, everyone: Event) -> bool:
    """Whether everyone is whom the message's class names."""
    expected = record["expected"]
    return credited(everyone) == names([*expected["usernames_clean"], expected["agent_name"]])


def same_category(record: Record, agent: Event, _everyone: Event) -> bool:
    """Whether the category is datanommer's."""
    return bool(agent.category == record["expected"]["category"])


def same_packages(record: Record, agent: Event, _everyone: Event) -> bool | None:
    """Whether the packages are those expected, where any answer is stated."""
    expected = record["expected"]["packages"]
    return None if expected is None else set(agent.packages) == set(expected)


def goals(as_classes: float) -> list[Goal]:
    """What must be reached, in percent."""
    return [
        Goal("fedmsg_meta", "everyone", 97, same_users),
        Goal("fedmsg_meta", "agent", 98, true_agent),
        Goal("fedmsg_meta", "category", 100, same_category),
        Goal("fedmsg_meta", "packages", 90, same_packages),
        Goal("schemas", "everyone", as_classes, as_its_class),
        Goal("schemas", "category", 100, same_category),
        Goal("schemas", "packages", 90, same_packages),
    ]


def read(file: str) -> Iterator[Record]:
    """The records of a file, less those that no publisher could have sent."""
    with (Path(FOLDER or "") / f"{file}.jsonl").open(encoding="utf-8") as lines:
        yield from (record for record in map(json.loads, lines) if record.get("valid", True))


@pytest.mark.parametrize(
    ("title", "as_classes"),
    [
        pytest.param("without schema packages", 95, id="mapping"),
        pytest.param(
            "with schema packages",
            100,
            id="schemas",
            marks=pytest.mark.skipif(not SCHEMAS, reason="the extra schemas is not installed"),
        ),
    ],
)
def test_attribution_is_right_often_enough(
    title: str, as_classes: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every goal is reached; the table says by how much, and what is missed."""
    classes = SchemaClasses() if title.startswith("with ") else None
    packaged = mapping.packaged()
    agent = Attribution(packaged, schemas=classes)
    everyone = Attribution(packaged, schemas=classes, credit="everyone")
    lines, missed = [f"\n{title}"], []
    for goal in goals(as_classes):
        judged = list(judge(goal, agent, everyone))
        score = 100 * sum(right for right, _ in judged) / len(judged)
        line = f"  {goal.file:12} {goal.what:9} {len(judged):4} {score:6.1f} % of {goal.least:g} %"
        lines += [line, *(f"    {text}" for right, text in judged if not right)]
        missed += [line] if score < goal.least else []
    with capsys.disabled():
        print("\n".join([*lines, *(timing(agent, file) for file in ("fedmsg_meta", "schemas"))]))
    assert not missed


def judge(goal: Goal, agent: Attribution, everyone: Attribution) -> Iterator[tuple[bool, str]]:
    """Each message of a file that a goal is about: whether it is right, and what it is."""
    for record in read(goal.file):
        message = from_record(record)
        by_agent, by_everyone = agent.attribute(message), everyone.attribute(message)
        right = goal.right(record, by_agent, by_everyone)
        if right is not None:
            event = by_agent if goal.right is true_agent else by_everyone
            yield right, f"{message.topic}: {'; '.join(event.why)}"


def timing(attribution: Attribution, file: str) -> str:
    """How long one attribution takes, over a file, its rules being known."""
    messages = [from_record(record) for record in read(file)]
    times = []
    for _ in range(10):
        for message in messages:
            start = time.perf_counter()
            attribution.attribute(message)
            times.append(1e6 * (time.perf_counter() - start))
    median, p99 = statistics.median(times), statistics.quantiles(times, n=100)[-1]
    return f"  {file:12} one attribution takes {median:.0f} us, the slowest percent {p99:.0f} us"


@pytest.mark.parametrize("credit", ["agent", "everyone"])
def test_nothing_in_the_corpus_is_a_problem_of_ours(credit: str) -> None:
    """Every message, invalid ones too, has its category, and breaks nothing."""
    attribution = Attribution(mapping.packaged(), credit=credit, schemas=SchemaClasses())
    for file in sorted(Path(FOLDER or "").glob("*.jsonl")):
        for record in read(file.stem):
            event = attribution.attribute(from_record(record))
            assert event.category
            assert not set(event.errors) & {"internal", "mapping"}
