"""Messages made to do harm, along the whole line from the wire to the text."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from fedmsg_exporter import document
from fedmsg_exporter.attribution import CREDITS, Attribution
from fedmsg_exporter.attribution.mapping import compile_mapping
from fedmsg_exporter.event import INVALID, OTHER
from fedmsg_exporter.exposition import Exposition
from fedmsg_exporter.groups.membership import Membership
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.message import Message, from_record, from_wire
from harness.programs import require
from harness.prometheus import promtool

NOW = 2_000_000_000.0
MAPPING = compile_mapping(
    document.parse(
        """
version: 1
bots: ["*-bot"]
apps:
  bodhi:
    rules:
      - topics: bodhi.#
        user: [agent, "agents[].name", "agents[0]"]
        everyone: [others, "mentions(text)"]
        packages: [packages, "nvr(builds)"]
  "*":
    rules:
      - topics: "#"
        user: [agent, "join('-', agents)"]
        packages: packages
""",
        "test.yml",
    )
)
MEMBERSHIP = Membership({"packager": ["ralph", "kevin"], 'a "group" \\ of\nmine': ["ralph"]})
LIMITS = {"categories": 4, "topics": 3, "users": 3, "groups": 2, "packages": 3}

#: Names that nobody should have, and a few normal ones.
NAMES = (
    "ralph",
    "Ralph",
    "RALPH@FEDORAPROJECT.ORG",
    "rpm-bot",
    "",
    "none",
    "a\nb",
    "ralph\n",
    'a"b',
    "a\\b",
    "\\",
    '"} 1\nfedmsg_messages_total{domain="x',
    "# EOF\n",
    "a\0b",
    "a\r\u2028\x85b",
    "🦄" * 20,
    "ГРАФ",
    "K\u0130elvin",
    "\ud800",
    "\udcff\udcfe",
    OTHER,
    INVALID,
    "someone@mail.example",
    "192.0.2.1",
    "{{template}}",
    "$1",
    "'; DROP TABLE series; --",
    "x" * 100_000,
    "\n" * 100_000,
    "a@" * 50_000,
    "a." * 50_000,
)
_NAME = st.sampled_from(NAMES) | st.text(st.characters(), max_size=20)
_WORD = st.sampled_from(["org", "fedoraproject", "prod", "stg", "bodhi", "update", "VirtualTopic"])
_PREFIX = st.sampled_from(["", "org.fedoraproject.prod.", "org.fedoraproject.prod.bodhi."])
_TOPIC = st.builds(
    lambda prefix, words: prefix + ".".join(words), _PREFIX, st.lists(_WORD | _NAME, max_size=6)
) | st.integers(0, 300).map(lambda parts: ".".join(["org"] * parts))
_VALUE = st.recursive(
    _NAME | st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**4000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAME, inner, max_size=2),
    max_leaves=5,
)
_BODY = st.dictionaries(
    st.sampled_from(["agent", "agents", "others", "text", "packages", "builds"]), _VALUE
)
_HEADERS = st.dictionaries(
    st.sampled_from(["sent-at", "fedora_messaging_schema", "fedora_messaging_user_ralph"])
    | _NAME.map("fedora_messaging_user_".__add__)
    | _NAME.map("fedora_messaging_rpm_".__add__),
    _VALUE,
    max_size=4,
)
_SENT = st.tuples(_TOPIC, _NAME, _HEADERS, _BODY, st.none() | st.floats(0, 2 * NOW)).map(
    lambda parts: Message(*parts)
)
_RECORDED = st.fixed_dictionaries(
    {}, optional={"topic": _TOPIC, "id": _NAME, "headers": _HEADERS, "body": _BODY | _VALUE}
).map(from_record)
_DELIVERED = st.builds(
    from_wire,
    _TOPIC | st.binary(max_size=20),
    _NAME | st.binary(max_size=20),
    _HEADERS,
    st.sampled_from([None, "utf-8", "klingon", b"\xff"]),
    st.binary() | _BODY.map(lambda body: json.dumps(body).encode()),
)
HOSTILE = st.lists(_SENT | _RECORDED | _DELIVERED, max_size=6)

#: One message for each name, with that name in every possible place.
ALL_NAMES = [
    Message(
        f"org.fedoraproject.prod.bodhi.{name}",
        f"{number}{name}",
        {f"fedora_messaging_user_{name}": True, f"fedora_messaging_rpm_{name}": True},
        {"agent": name, "others": [name, {name: name}], "text": f"@{name}", "packages": name},
    )
    for number, name in enumerate(NAMES)
]
ALL_TOPICS = [
    Message(topic, f"topic {topic}", {}, {"agent": "ralph"})
    for topic in (
        *NAMES,
        *(f"org.fedoraproject.prod.{name}" for name in NAMES),
        ".".join(["org"] * 300),
        "." * 300,
        "org",
        "org.fedoraproject",
        "org.fedoraproject.prod",
    )
]

Parse = Callable[[str], Iterable[Metric]]
PARSERS: dict[bool, Parse] = {
    False: text_string_to_metric_families,
    True: openmetrics.text_string_to_metric_families,
}


def exposed(
    messages: list[Message],
    openmetrics: bool = False,
    limits: Mapping[str, int] = LIMITS,
    **options: Any,
) -> str:
    """The text after these messages, as it goes over the wire."""
    ledger = Ledger(limits=limits)
    attribution = Attribution(MAPPING, MEMBERSHIP, **options)
    events = [attribution.attribute(message) for message in messages]
    ledger.record(events[:3], NOW)
    ledger.record(events[3:], NOW)
    text = Exposition(ledger, hold=0).render(NOW, openmetrics=openmetrics)
    ledger.close()
    return (text + "# EOF\n" * openmetrics).encode().decode()


def sums(text: str, parse: Parse) -> dict[str, float]:
    """The sum of each family that a parser finds."""
    return {
        family.name.removesuffix("_total"): sum(sample.value for sample in family.samples)
        for family in parse(text)
    }


@pytest.mark.parametrize("form", PARSERS)
@settings(max_examples=60, deadline=None)
@given(messages=HOSTILE, credit=st.sampled_from(sorted(CREDITS)))
@example(messages=ALL_NAMES, credit="everyone")
@example(messages=ALL_NAMES, credit="agent")
@example(messages=ALL_TOPICS, credit="agent")
def test_every_message_ends_in_a_counter(form: bool, messages: list[Message], credit: str) -> None:
    """Whatever is sent is counted, rejected or a duplicate, and the text stays parseable."""
    found = sums(exposed(messages, form, credit=credit), PARSERS[form])
    ends = ("fedmsg_messages", "fedmsg_exporter_messages_rejected")
    duplicates = found["fedmsg_exporter_messages_duplicate"]
    assert sum(found[name] for name in ends) == len(messages) - duplicates
    ids = [message.id for message in messages if message.id]
    assert duplicates == len(ids) - len(set(ids))


@settings(max_examples=60, deadline=None)
@given(messages=HOSTILE)
@example(messages=ALL_NAMES)
@example(messages=ALL_TOPICS)
def test_labels_are_short_and_hold_no_address(messages: list[Message]) -> None:
    """No text of a publisher becomes an overlong label, and no mail address becomes one at all."""
    for family in text_string_to_metric_families(exposed(messages, credit="everyone")):
        for sample in family.samples:
            for name, value in sample.labels.items():
                if name != "group":
                    assert len(value) <= 255
                    assert "@" not in value
                    assert value.isprintable()


@settings(max_examples=60, deadline=None)
@given(messages=HOSTILE)
@example(messages=ALL_NAMES)
def test_there_are_never_more_series_than_the_limits_allow(messages: list[Message]) -> None:
    """However many names are invented, each family keeps to its limit plus the folded rest."""
    for family in text_string_to_metric_families(exposed(messages)):
        if family.name in ("fedmsg_topic_messages", "fedmsg_user_messages"):
            folded = {sample.labels["category"] for sample in family.samples}
            assert len(family.samples) <= 3 + len(folded)


@pytest.mark.servers
def test_promtool_has_nothing_to_say() -> None:
    """Prometheus's own linter finds no problem in the result of hostile messages."""
    require("promtool")
    text = exposed(ALL_NAMES + ALL_TOPICS, limits={}, credit="everyone")
    done = promtool("check", "metrics", stdin=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
