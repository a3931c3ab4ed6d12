"""How often attribution is right, on real messages whose answers are known.

The corpus is external data, not part of this project: set
``FEDMSG_EXPORTER_CORPUS`` to its folder. ``fedmsg_meta.jsonl`` has messages of
fedmsg's time with the users and packages that its own test suite expects, and
``fedmsg_meta_processor_only.jsonl`` what its code answers; ``schemas.jsonl`` has
messages of today's classes with what those classes say; ``wild.jsonl`` and
``wild2.jsonl`` have messages from elsewhere, up to 2026.
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
#: A class of a package that only the extra ``schemas`` installs.
SCHEMAS = entry_points(group="fedora.messages", name="bodhi.update.comment.v1")

pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="FEDMSG_EXPORTER_CORPUS is not set"),
    # A class of Anitya's warns whoever uses it.
    pytest.mark.filterwarnings("ignore:ProjectVersionUpdated class:DeprecationWarning"),
]
with_schemas = pytest.mark.skipif(not SCHEMAS, reason="the extra schemas is not installed")

Record = dict[str, Any]
Right = Callable[[Record, Event, Event], bool | None]

#: What must be reached, in percent.
LEAST = {"category": 100, "agent": 98, "everyone": 98, "packages": 97}


class Goal(NamedTuple):
    """One line of the table. ``right`` returns None if there is nothing to judge."""

    file: str
    what: str
    right: Right


def names(spellings: Iterable[object]) -> set[str]:
    """The FAS names among what a corpus expects."""
    found = {fas_name(text) for text in spellings if isinstance(text, str)}
    return {name for name in found if name not in (None, INVALID)}


def credited(event: Event) -> set[str]:
    """The FAS names that an event credits."""
    return {user.name for user in event.users if user.kind != "invalid"}


def same_users(record: Record, _agent: Event, everyone: Event) -> bool | None:
    """Whether everyone is exactly who is expected, if no account look-up is needed."""
    expected = record["expected"]["usernames"]
    if record.get("needs_fas_lookup") or expected is None:
        return None
    return credited(everyone) == names(expected)


def one_of_them(record: Record, agent: Event, _everyone: Event) -> bool | None:
    """Whether the agent is one of those expected, or nobody if nobody is."""
    if record.get("needs_fas_lookup"):
        return None
    expected = names(record["expected"]["usernames"])
    return bool(credited(agent) & expected) if expected else not credited(agent)


def same_agent(record: Record, agent: Event, _everyone: Event) -> bool:
    """Whether the agent is exactly the one expected."""
    return credited(agent) == names([record["expected"]["agent_name"]])


def as_its_class(record: Record, _agent: Event, everyone: Event) -> bool:
    """Whether everyone is whom the message's class names."""
    expected = record["expected"]
    return credited(everyone) == names([*expected["usernames_clean"], expected["agent_name"]])


def same_category(record: Record, agent: Event, _everyone: Event) -> bool:
    """Whether the category is datanommer's."""
    return bool(agent.category == record["expected"]["category"])


def same_packages(record: Record, agent: Event, _everyone: Event) -> bool | None:
    """Whether the packages are those expected, if any are stated."""
    expected = record["expected"].get("packages")
    return None if expected is None else set(agent.packages) == set(expected)


GOALS = [
    Goal("fedmsg_meta", "category", same_category),
    Goal("fedmsg_meta", "agent", one_of_them),
    Goal("fedmsg_meta", "everyone", same_users),
    Goal("fedmsg_meta", "packages", same_packages),
    Goal("fedmsg_meta_processor_only", "category", same_category),
    Goal("fedmsg_meta_processor_only", "agent", one_of_them),
    Goal("fedmsg_meta_processor_only", "everyone", same_users),
    Goal("fedmsg_meta_processor_only", "packages", same_packages),
    Goal("schemas", "category", same_category),
    Goal("schemas", "everyone", as_its_class),
    Goal("schemas", "packages", same_packages),
    Goal("wild", "category", same_category),
    Goal("wild", "everyone", same_users),
    Goal("wild2", "category", same_category),
    Goal("wild2", "agent", same_agent),
    Goal("wild2", "everyone", same_users),
    Goal("wild2", "packages", same_packages),
]


def read(file: str) -> Iterator[Record]:
    """The records of a file, without those that no publisher could have sent."""
    with (Path(FOLDER or "") / f"{file}.jsonl").open(encoding="utf-8") as lines:
        yield from (record for record in map(json.loads, lines) if record.get("valid", True))


@pytest.mark.parametrize(
    "title",
    ["without schema packages", pytest.param("with schema packages", marks=with_schemas)],
)
def test_attribution_is_right_often_enough(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every goal is reached; the table shows by how much, and what is missed."""
    classes = SchemaClasses() if title.startswith("with ") else None
    agent = Attribution(mapping.packaged(), schemas=classes)
    everyone = Attribution(mapping.packaged(), schemas=classes, credit="everyone")
    lines, missed = [f"\n{title}"], []
    for goal in GOALS:
        judged = list(judge(goal, agent, everyone))
        score = 100 * sum(right for right, _ in judged) / len(judged)
        least = LEAST[goal.what]
        line = f"  {goal.file:26} {goal.what:9} {len(judged):4} {score:6.1f} % of {least} %"
        lines += [line, *(f"    {text}" for right, text in judged if not right)]
        missed += [line] if score < least else []
    files = ("fedmsg_meta", "schemas", "wild2")
    with capsys.disabled():
        print("\n".join([*lines, *(timing(agent, file) for file in files)]))
    assert not missed


def judge(goal: Goal, agent: Attribution, everyone: Attribution) -> Iterator[tuple[bool, str]]:
    """Each message of a file that a goal is about: whether it is right, and what it is."""
    for record in read(goal.file):
        message = from_record(record)
        by_agent, by_everyone = agent.attribute(message), everyone.attribute(message)
        right = goal.right(record, by_agent, by_everyone)
        if right is not None:
            event = by_agent if goal.what == "agent" else by_everyone
            yield right, f"{message.topic}: {'; '.join(event.why)}"


def timing(attribution: Attribution, file: str) -> str:
    """How long one attribution takes, over a file; and reading the same bodies from JSON."""
    records = list(read(file))
    messages = [from_record(record) for record in records]
    bodies = [json.dumps(record["body"]) for record in records]
    median, slow = spent(attribution.attribute, messages)
    read_median, read_slow = spent(json.loads, bodies)
    return (
        f"  {file}: attribution {median:.1f} us, slowest percent {slow:.1f} us;"
        f" {median / read_median:.2f} and {slow / read_slow:.2f} times json.loads"
    )


def spent(function: Callable[[Any], object], arguments: list[Any]) -> tuple[float, float]:
    """The median and the 99th percentile of the time taken, in microseconds."""
    best = [float("inf")] * len(arguments)
    for _ in range(10):
        for place, argument in enumerate(arguments):
            start = time.perf_counter()
            function(argument)
            best[place] = min(best[place], 1e6 * (time.perf_counter() - start))
    return statistics.median(best), statistics.quantiles(best, n=100)[-1]


@with_schemas
@pytest.mark.parametrize("credit", ["agent", "everyone"])
def test_schema_packages_change_nothing(credit: str) -> None:
    """Every message credits the same users and packages, whether its class is installed or not."""
    packaged = mapping.packaged()
    without = Attribution(packaged, credit=credit)
    alongside = Attribution(packaged, credit=credit, schemas=SchemaClasses())
    for file in {goal.file for goal in GOALS}:
        for record in read(file):
            message = from_record(record)
            one, other = without.attribute(message), alongside.attribute(message)
            assert set(one.users) == set(other.users), (one.why, other.why)
            assert set(one.packages) == set(other.packages), message


@pytest.mark.parametrize("credit", ["agent", "everyone"])
def test_nothing_in_the_corpus_is_a_bug_of_ours(credit: str) -> None:
    """Every message, even an invalid one, gets its category and breaks nothing."""
    attribution = Attribution(mapping.packaged(), credit=credit, schemas=SchemaClasses())
    for file in sorted(Path(FOLDER or "").glob("*.jsonl")):
        for record in read(file.stem):
            event = attribution.attribute(from_record(record))
            assert event.category
            assert not set(event.errors) & {"internal", "mapping"}
