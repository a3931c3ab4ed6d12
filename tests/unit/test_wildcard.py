"""Topic patterns match as RabbitMQ's topic exchange would."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.wildcard import matches


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("bodhi.update.comment", "bodhi.update.comment", True),
        ("bodhi.update.comment", "bodhi.update", False),
        ("bodhi.*.comment", "bodhi.update.comment", True),
        ("bodhi.*", "bodhi.update.comment", False),
        ("bodhi.*", "bodhi", False),
        ("bodhi.#", "bodhi", True),
        ("bodhi.#", "bodhi.update.comment", True),
        ("bodhi.#", "bodhisattva.update", False),
        ("#.tag", "buildsys.tag", True),
        ("#.tag", "cbs.buildsys.tag", True),
        ("#.tag", "buildsys.untag", False),
        ("git.#.master", "git.receive.bash.master", True),
        ("git.#.master", "git.master", True),
        ("#", "", True),
        ("*", "", False),
    ],
)
def test_matches_as_amqp_does(pattern: str, topic: str, expected: bool) -> None:
    """``*`` is exactly one word, ``#`` any number of them, or none."""
    assert matches(pattern, topic) is expected


@given(
    pattern=st.lists(st.sampled_from("ab*#"), min_size=1, max_size=6),
    topic=st.lists(st.sampled_from("ab"), min_size=1, max_size=8),
)
def test_agrees_with_a_regular_expression(pattern: list[str], topic: list[str]) -> None:
    """For any pattern and topic the result is that of the equivalent regular expression."""
    words = {"*": r"\w ", "#": r"(?:\w )*"}
    expression = "".join(words.get(word, f"{word} ") for word in pattern)
    expected = re.fullmatch(expression, "".join(f"{word} " for word in topic)) is not None
    assert matches(".".join(pattern), ".".join(topic)) is expected
