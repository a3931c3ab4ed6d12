"""JSON read the fast way gives the same as json.loads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.jsontext import loads

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def verdict(read: object, text: str | bytes) -> object:
    """The result for a text: its value as JSON, or which error."""
    try:
        return json.dumps(read(text))  # type: ignore[operator]
    except (ValueError, RecursionError) as error:
        return ValueError if isinstance(error, ValueError) else type(error)


@given(anything)
def test_values_come_back(value: object) -> None:
    """What Python writes is read the same, including NaN and lone surrogates."""
    text = json.dumps(value)
    assert verdict(loads, text) == verdict(json.loads, text)


@given(st.text('[]{}:,"\\u0dD8eE+-.12ntrufalsINity \n', max_size=30))
def test_errors_are_those_of_json(text: str) -> None:
    """Exactly what json.loads refuses is refused."""
    assert verdict(loads, text) == verdict(json.loads, text)


@pytest.mark.parametrize("text", ["[" * 99999, '{"a":' * 99999, "", "\ufeff{}", "NaN", '"\\ud800"'])
def test_extremes(text: str) -> None:
    """Endless nesting, nothing at all, and what only json.loads accepts."""
    assert verdict(loads, text) == verdict(json.loads, text)
