"""Custom metrics: what a rule extracts from a body, and what the ledger keeps of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter import config, document
from fedmsg_exporter.attribution import Attribution, mapping
from fedmsg_exporter.attribution.measuring import MOST, label_value
from fedmsg_exporter.document import Document, DocumentError
from fedmsg_exporter.event import INVALID, Event, Measure
from fedmsg_exporter.families import FAMILIES
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter
from harness import promtool, require

HATS = """
metrics:
  fedmsg_hats_total:
    help: Hats sold, by colour.
    topics: shop.hat.sold
    labels: {colour: hat.colour}
"""


def compiled(text: str) -> mapping.MessageMapping:
    """Compile a mapping, given as YAML."""
    return mapping.compile_mapping(document.parse(dedent(text), "mine.yml"))


def attributed(text: str, topic: str, body: Any) -> Event:
    """Attribute a message of org.fedoraproject.prod by a mapping."""
    message = Message(f"org.fedoraproject.prod.{topic}", "id-1", {}, body)
    return Attribution(compiled(text)).attribute(message)


def measured(rule: str, topic: str, body: Any) -> list[tuple[tuple[str, ...], float | None]]:
    """Labels and value that one metric takes from a message."""
    name = "fedmsg_x_total" if "keep" not in rule else "fedmsg_x"
    text = f"metrics:\n  {name}:\n    help: A metric.\n{indent(dedent(rule), '    ')}"
    return [(one.labels, one.value) for one in attributed(text, topic, body).measures]


TOLD = "topics: shop.#\nlabels: {a: a, b: b}"


@pytest.mark.parametrize(
    ("rule", "topic", "body", "expected"),
    [
        ("topics: shop.*", "shop.sold", {}, [((), 1.0)]),
        ("topics: [other, shop.*]", "shop.hat.sold", {}, []),
        (TOLD, "shop.sold", {"a": "x", "b": "y"}, [(("x", "y"), 1.0)]),
        (TOLD, "shop.sold", {"a": 40, "b": True}, [(("40", "true"), 1.0)]),
        # A message without all labels does not count in the metric.
        (TOLD, "shop.sold", {"a": "x"}, []),
        (TOLD, "shop.sold", {"a": "x", "b": ""}, []),
        (TOLD, "shop.sold", {"a": "x", "b": False}, []),
        (TOLD, "shop.sold", {"a": "x", "b": {}}, []),
        # A list is several series, each once.
        (
            TOLD,
            "shop.sold",
            {"a": ["x", "y", "x", None], "b": "z"},
            [(("x", "z"), 1.0), (("y", "z"), 1.0)],
        ),
        # Several sources: the first that finds anything decides.
        ("topics: shop.#\nlabels: {a: [a, b, \"'none'\"]}", "shop.x", {"b": "y"}, [(("y",), 1.0)]),
        ("topics: shop.#\nlabels: {a: [a, b, \"'none'\"]}", "shop.x", {}, [(("none",), 1.0)]),
        ("topics: shop.#\nlabels: {a: {topic: 1}}", "shop.hat.sold", {}, [(("hat",), 1.0)]),
        ("topics: shop.#\nlabels: {a: {topic: -1}}", "shop.hat.sold", {}, [(("sold",), 1.0)]),
        ("topics: shop.#\nlabels: {a: [{topic: 3}, x]}", "shop.sold", {"x": "y"}, [(("y",), 1.0)]),
        # What is true in JMESPath.
        ("topics: shop.#\nwhen: a", "shop.x", {"a": 0}, [((), 1.0)]),
        ("topics: shop.#\nwhen: a", "shop.x", {"a": "x"}, [((), 1.0)]),
        ("topics: shop.#\nwhen: a", "shop.x", {"a": ""}, []),
        ("topics: shop.#\nwhen: a", "shop.x", {"a": []}, []),
        ("topics: shop.#\nwhen: a", "shop.x", {"a": False}, []),
        ("topics: shop.#\nwhen: a", "shop.x", {}, []),
        ("topics: shop.#\nwhen: a == 'x'", "shop.x", {"a": "x"}, [((), 1.0)]),
        # What is kept.
        ("topics: shop.#\nkeep: last_time", "shop.x", {}, [((), None)]),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": 2.5}, [((), 2.5)]),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": 0}, [((), 0.0)]),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": True}, []),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": "2"}, []),
        ("topics: shop.#\nkeep: value\nvalue: to_number(n)", "shop.x", {"n": "2"}, [((), 2.0)]),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": float("nan")}, []),
        ("topics: shop.#\nkeep: value\nvalue: n", "shop.x", {"n": 10**400}, []),
        # Other topics of the same metric; the first that fits decides.
        (
            "topics: shop.#\nwhen: a\nlabels: {l: a}\n"
            "also: [{topics: shop.*, labels: {l: b}}, {topics: shop.*, labels: {l: c}}]",
            "shop.x",
            {"b": "x", "c": "y"},
            [(("x",), 1.0)],
        ),
        (
            "topics: x.#\nlabels: {l: a, m: b}\nalso: [{topics: shop.#, labels: {m: c, l: d}}]",
            "shop.x",
            {"c": "in m", "d": "in l"},
            [(("in l", "in m"), 1.0)],
        ),
    ],
)
def test_what_is_measured(
    rule: str,
    topic: str,
    body: dict[str, Any],
    expected: list[tuple[tuple[str, ...], float | None]],
) -> None:
    """Topics, condition, labels and value of a rule decide what a message adds."""
    assert measured(rule, topic, body) == expected


def test_a_message_adds_to_a_limited_number_of_series() -> None:
    """Lists in a body cannot fill the memory."""
    body = {"a": [f"a{n}" for n in range(1000)], "b": [f"b{n}" for n in range(1000)]}
    assert len(measured(TOLD, "shop.x", body)) == MOST


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rpms/hat-rack", "rpms/hat-rack"),
        (" spaced out ", "spaced out"),
        ("Größe 7", "Größe 7"),
        ("40.20260105.2.0", "40.20260105.2.0"),
        ("12:30", "12:30"),
        ("@hat-makers/hats", "@hat-makers/hats"),
        ("x" * 200, "x" * 200),
        ("x" * 201, INVALID),
        ("alice@mail.example", INVALID),
        ("Alice <alice@mail.example>", INVALID),
        ("192.0.2.7", INVALID),
        ("from 192.0.2.7, port 80", INVALID),
        ("2001:db8::7", INVALID),
        ("[2001:db8:0:0:0:0:0:7]:443", INVALID),
        ("two\nlines", INVALID),
        ("\ud800", INVALID),
        ("__other__", INVALID),
        (10**300, INVALID),
        ("", None),
        ("  ", None),
        (None, None),
        ({"a": "b"}, None),
    ],
)
def test_label_values(text: object, value: str | None) -> None:
    """Addresses, long and unprintable texts never become a label."""
    assert label_value(text) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "n"]), JSON))
def test_no_body_is_too_strange(body: dict[str, Any]) -> None:
    """Whatever a body holds, labels are short and printable, values are numbers."""
    rule = "topics: shop.#\nkeep: value\nvalue: n\nlabels: {a: a, b: lower(b)}"
    for labels, value in measured(rule, "shop.x", body):
        assert all(label.isprintable() and 0 < len(label) <= 200 for label in labels)
        assert value is not None
        assert abs(value) < float("inf")


def test_a_path_that_fails_is_reported() -> None:
    """It counts as an error of stage mapping; other metrics are still measured."""
    text = """
    metrics:
      fedmsg_bad_total: {help: Bad., topics: shop.#, labels: {a: lower(n)}}
      fedmsg_good_total: {help: Good., topics: shop.#}
    """
    event = attributed(text, "shop.sold", {"n": 7})
    assert event.measures == (Measure("fedmsg_good_total", (), 1.0),)
    assert event.errors == ("mapping",)
    assert "mine.yml:3: fedmsg_bad_total not measured: lower(n): " in event.why[-1]


def test_what_does_not_fit_says_so() -> None:
    """The explanation says why a message is not in a metric."""
    event = attributed(HATS, "shop.hat.sold", {})
    assert event.why[-1] == "mine.yml:3: fedmsg_hats_total not measured: no colour at hat.colour"
    assert event.errors == ()


def test_topics_without_metrics_cost_nothing() -> None:
    """The metrics of a topic are looked up once."""
    known = compiled(HATS)
    assert known.metric_rules("shop.hat.returned") == ()
    assert [rule.metric for (rule,) in known.metric_rules("shop.hat.sold")] == ["fedmsg_hats_total"]


@pytest.mark.parametrize(
    ("name", "rest", "problem"),
    [
        (
            "hats_total",
            "",
            ": 'hats_total' is not valid; expected a metric's name: fedmsg_, then lower-case",
        ),
        ("fedmsg_Hats_total", "", ": 'fedmsg_Hats_total' is not valid"),
        ("fedmsg_hats", "", ".fedmsg_hats: a count's name must end in _total: fedmsg_hats_total"),
        ("fedmsg_hats_total", "keep: last_time", "only the name of a count may end in _total"),
        (
            "fedmsg_messages_total",
            "",
            "the exporter already has a metric of this name; choose another",
        ),
        ("fedmsg_messages", "keep: last_time", "the exporter already has a metric of this name"),
        ("fedmsg_exporter_hats_total", "", "the exporter already has a metric of this name"),
        (
            "fedmsg_group_members",
            "keep: last_time",
            "the exporter already has a metric of this name",
        ),
        ("fedmsg_hats_count", "keep: last_time", "a name must not end in _count"),
        ("fedmsg_hats_bucket_total", "", "a name must not end in _count, _sum, _bucket"),
        ("fedmsg_hats_total", "keep: sum", ".keep: 'sum' is not allowed; allowed: count"),
        ("fedmsg_hats_total", "limit: 0", ".limit: 0 is less than the minimum of 1"),
        ("fedmsg_hats_total", "value: n", "`value` goes with `keep: value`, and with no other"),
        ("fedmsg_hats", "keep: value", "`value` goes with `keep: value`, and with no other"),
        ("fedmsg_hats_total", "when: 'a ='", ".when: 'a =' is not valid JMESPath"),
        ("fedmsg_hats_total", "labels: {a: 'x['}", ".labels.a: 'x[' is not valid JMESPath"),
        ("fedmsg_hats_total", "labels: {a: [x, 'y[']}", ".labels.a: 'y[' is not valid JMESPath"),
        ("fedmsg_hats_total", "labels: {A: x}", "'A' is not valid; expected a label's name"),
        ("fedmsg_hats_total", "labels: {le: x}", ".labels.le: Prometheus uses this label itself"),
        ("fedmsg_hats_total", "labels: {a: {word: 1}}", "(a path, {topic: N} for a word of the"),
        (
            "fedmsg_hats_total",
            "labels: {a: x}\n    also: [{topics: y, labels: {b: x}}]",
            ".also[0].labels: the labels must be those of the metric: a",
        ),
        (
            "fedmsg_hats_total",
            "also: [{topics: y, when: 'x['}]",
            ".also[0].when: 'x[' is not valid JMESPath",
        ),
        ("fedmsg_hats_total", "lable: {a: x}", ".lable: unknown key; did you mean 'labels'?"),
        ("fedmsg_hats_total", "examples: [{body: {}}]", "an example must have at least one result"),
    ],
)
def test_problems(name: str, rest: str, problem: str) -> None:
    """Errors in a metric are reported with file, line and key."""
    text = f"metrics:\n  {name}:\n    help: Hats.\n    topics: shop.#\n    {rest}\n"
    with pytest.raises(DocumentError) as raised:
        compiled(text)
    assert str(raised.value).startswith("mine.yml:")
    assert problem in str(raised.value)


Make = Callable[..., Exporter]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make exporters on one ledger, each closing the one before."""
    opened: list[Exporter] = []

    def start(text: str) -> Exporter:
        while opened:
            opened.pop().close()
        (tmp_path / "mine.yml").write_text(dedent(text), encoding="utf-8")
        settings = {
            "mapping": "mine.yml",
            "state": "ledger",
            "schemas": False,
            "new_series_hold": 0,
        }
        file = str(tmp_path / "config.yml")
        exporter = Exporter(config.build(Document(file, settings, {})), clock=lambda: 2000.0)
        opened.append(exporter)
        return exporter

    yield start
    for exporter in opened:
        exporter.close()


def take(exporter: Exporter, **bodies: Any) -> None:
    """Count messages of shop.hat.sold, by id and body; each is sent a second later."""
    topic = "org.fedoraproject.prod.shop.hat.sold"
    exporter.pipeline.take(
        [
            Message(topic, name, {}, body, 1000.0 + at)
            for at, (name, body) in enumerate(bodies.items())
        ]
    )


def samples(exporter: Exporter, name: str) -> list[str]:
    """The sample lines of a metric."""
    return [line for line in exporter.metrics().splitlines() if line.startswith(name)]


RED, BLUE, GREEN = ({"hat": {"colour": colour}} for colour in ("red", "blue", "green"))


def test_exact_and_durable(make: Make) -> None:
    """A message counts once, even if it is redelivered after a restart."""
    take(make(HATS), a=RED, b=RED, c=BLUE)
    exporter = make(HATS)
    take(exporter, b=RED, d=RED)
    assert samples(exporter, "fedmsg_hats_total") == [
        'fedmsg_hats_total{colour="red"} 3.0',
        'fedmsg_hats_total{colour="blue"} 1.0',
    ]
    text = exporter.metrics()
    assert (
        "# HELP fedmsg_hats_total Hats sold, by colour.\n# TYPE fedmsg_hats_total counter" in text
    )


def test_gauges_keep_the_last_time_and_value(make: Make) -> None:
    """An old message that comes late does not turn times back; the last number counts."""
    exporter = make(
        """
        metrics:
          fedmsg_hat_sold_timestamp_seconds: {help: When., keep: last_time, topics: shop.#}
          fedmsg_hats_left: {help: How many., keep: value, value: left, topics: shop.#}
        """
    )
    take(exporter, a={"left": 9}, b={"left": 8})
    take(exporter, c={"left": 12.5})
    assert samples(exporter, "fedmsg_hat") == [
        "fedmsg_hat_sold_timestamp_seconds 1001.0",
        "fedmsg_hats_left 12.5",
    ]


def test_limit(make: Make) -> None:
    """Past the limit all labels fold into one series, which is reported."""
    exporter = make(f"{HATS.rstrip()}\n    limit: 1\n")
    take(exporter, a=RED, b=BLUE, c=GREEN, d=RED)
    assert samples(exporter, "fedmsg_hats_total") == [
        'fedmsg_hats_total{colour="red"} 2.0',
        'fedmsg_hats_total{colour="__other__"} 2.0',
    ]
    dropped = 'fedmsg_exporter_series_dropped_total{family="fedmsg_hats_total"}'
    assert samples(exporter, dropped) == [f"{dropped} 2.0"]


def test_known_series_are_zero(make: Make) -> None:
    """A count without labels is known in advance; a gauge has no value yet."""
    exporter = make(
        """
        metrics:
          fedmsg_hats_total: {help: Hats., topics: shop.#}
          fedmsg_hat_timestamp_seconds: {help: When., keep: last_time, topics: shop.#}
        """
    )
    assert samples(exporter, "fedmsg_hat") == ["fedmsg_hats_total 0.0"]


def test_packaged_metrics_have_distinct_names() -> None:
    """The metrics that ship have unique names, and a limit."""
    packaged = mapping.packaged().metrics
    assert len(packaged) >= 6
    assert not {family.name for family in FAMILIES} & set(packaged)


@pytest.mark.servers
def test_promtool_has_nothing_to_say_of_them(make: Make) -> None:
    """Names, help texts and types of all metrics that ship follow Prometheus's conventions."""
    require("promtool")
    exporter = make(HATS)
    take(exporter, a=RED)
    text = exporter.metrics()
    assert all(f"# HELP {name} " in text for name in mapping.packaged().metrics)
    checked = promtool("check", "metrics", stdin=text)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
