"""The examples in a mapping, and how they are run."""

from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from fedmsg_exporter import document
from fedmsg_exporter.attribution import mapping
from fedmsg_exporter.attribution.mapping.examples import concrete
from fedmsg_exporter.commands import main
from fedmsg_exporter.commands.check.examples import failures

RULES = """\
apps:
  shop:
    rules:
      - topics: shop.sold
        user: [buyer, agent]
        everyone: seller
        packages: thing
        examples:
          - {example}
      - topics: "#"
metrics:
  fedmsg_sold_total: {{help: Things., topics: shop.sold, labels: {{thing: thing}}}}
"""


def failed(text: str) -> list[str]:
    """The failures of a mapping's examples."""
    found = mapping.compile_mapping(document.parse(dedent(text), "mine.yml"))
    return [str(problem) for problem in failures(found)]


def test_packaged_examples_pass() -> None:
    """The examples in the packaged mapping pass, for many apps."""
    packaged = mapping.packaged()
    assert [str(problem) for problem in failures(packaged)] == []
    assert len({one.rule for one in packaged.examples}) > 12
    assert {one.metric for one in packaged.examples} - {""} == set(packaged.metrics)


@pytest.mark.parametrize(
    "example",
    [
        "{body: {buyer: alice}, user: alice}",
        "{body: {buyer: Alice, seller: bob}, user: alice, everyone: [bob, alice]}",
        "{body: {}, user: null}",
        "{user: null, everyone: [], packages: [], measures: []}",
        "{topic: shop.sold, body: {agent: alice}, user: alice}",
        "{headers: {fedora_messaging_rpm_hat: true}, packages: [hat]}",
        "{body: {thing: hat}, packages: [hat], measures: ['fedmsg_sold_total{thing=\"hat\"} 1']}",
        "{body: {buyer: 192.0.2.7}, user: __invalid__}",
    ],
)
def test_passing(example: str) -> None:
    """An example passes if all results are as expected, in any order."""
    assert failed(RULES.format(example=example)) == []


@pytest.mark.parametrize(
    ("example", "told"),
    [
        (
            "{body: {buyer: alice}, user: bob}",
            "user: expected bob, got alice (mine.yml:4: buyer gave 'alice', alice",
        ),
        ("{user: bob}", "user: expected bob, got nobody (mine.yml:4: names nobody; "),
        ("{body: {buyer: alice}, user: null}", "user: expected nobody, got alice"),
        ("{body: {seller: bob}, everyone: [carol]}", "everyone: expected carol, got bob"),
        ("{body: {thing: hat}, packages: []}", "packages: expected none, got hat"),
        (
            "{body: {thing: hat}, measures: []}",
            'measures: expected none, got fedmsg_sold_total{thing="hat"} 1',
        ),
        (
            "{topic: shop.opened, user: null}",
            "the rule for shop.opened is not this one: mine.yml:10 comes first",
        ),
    ],
)
def test_failing(example: str, told: str) -> None:
    """A failing example is reported with its line, the expected and the actual result."""
    (only,) = failed(RULES.format(example=example))
    assert only.startswith(f"mine.yml:9: apps.shop.rules[0].examples[0]: {told}")


def test_examples_of_metrics() -> None:
    """An example of a metric is about that metric alone, and has its topic."""
    text = """
    metrics:
      fedmsg_a: {help: A., keep: value, value: n, topics: shop.#, examples: [%s]}
      fedmsg_b_timestamp_seconds: {help: B., keep: last_time, topics: shop.#, examples: [%s]}
    """
    assert failed(text % ("{body: {n: 2.5}, measures: [fedmsg_a 2.5]}", "{measures: []}")) == [
        "mine.yml:4: metrics.fedmsg_b_timestamp_seconds.examples[0]: "
        "measures: expected none, got fedmsg_b_timestamp_seconds"
        " (no rule for this topic; mine.yml:3: fedmsg_a not measured: no number at n)"
    ]


@pytest.mark.parametrize(
    ("patterns", "topic"),
    [
        ("git.receive", "git.receive"),
        ("git.#", "git"),
        ("#.buildsys.tag", "buildsys.tag"),
        ("compose.*.start", "compose.any.start"),
        (["copr.build.#", "x"], "copr.build"),
        ("#", "badges"),
    ],
)
def test_concrete_topics(patterns: str | list[str], topic: str) -> None:
    """An example that names no topic has one that its rule's first pattern matches."""
    assert concrete(patterns, "badges") == topic


def check(folder: Path, example: str) -> Result:
    """Call `check` with a mapping that has one example."""
    (folder / "mine.yml").write_text(RULES.format(example=example))
    (folder / "config.yml").write_text("mapping: mine.yml\n")
    return CliRunner().invoke(main, ["check", "--config", str(folder / "config.yml")])


def test_check_runs_examples(tmp_path: Path) -> None:
    """`check` says how many examples passed."""
    result = check(tmp_path, "{body: {buyer: alice}, user: alice}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "1 of 1 examples of the mapping passed"


def test_check_fails_with_an_example(tmp_path: Path) -> None:
    """`check` prints each that failed, and fails."""
    result = check(tmp_path, "{body: {buyer: alice}, user: bob, everyone: []}")
    assert (result.exit_code, result.stdout) == (2, "")
    *told, last = result.stderr.splitlines()
    assert [line.split(": ")[:3] for line in told] == [
        [f"{tmp_path}/mine.yml:9", "apps.shop.rules[0].examples[0]", what]
        for what in ("user", "everyone")
    ]
    assert last == "0 of 1 examples of the mapping passed"
