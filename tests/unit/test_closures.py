"""Paths run as closures give the same results as JMESPath's own interpreter."""

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from fedmsg_exporter.attribution import mapping
from fedmsg_exporter.attribution.mapping.paths import OPTIONS, BodyPath, PathError

PATHS = [
    "a",
    "a.b.a",
    "@",
    "'x'",
    "`[1, null]`",
    "a[0]",
    "a[-1].b",
    "a[1:]",
    "a[::-1]",
    "a[].b",
    "a[*].b",
    "a.*",
    "*.b",
    "a[?b].a",
    "a[?b == `1`]",
    "a[?@ != 'x']",
    "a[?b > `0`].b",
    "a && b",
    "a || b",
    "!a",
    "!(a.b)",
    "a == b",
    "a != b",
    "a < b",
    "a >= `1`",
    "[a, b]",
    "[a, b][]",
    "{a: b}",
    "a | [0]",
    "length(a)",
    "contains(a, b)",
    "keys(a)",
    "not_null(a, b)",
    "starts_with(a || '', 'x')",
    "sort_by(a, &b)",
    "type(a)",
    "split(a, 'x')[0]",
    "lower(a)",
    "nvr(a)",
]
scalars = st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "x", "ax-1-2"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=10,
)


def interpreted(path: str, body: Any) -> Any:
    """The interpreter's result: a value, or an error."""
    try:
        return jmespath.search(path, body, OPTIONS)
    except (JMESPathError, TypeError):
        return JMESPathError


def compiled(path: str, body: Any) -> Any:
    """The closure's result: a value, or an error."""
    try:
        return BodyPath(path).find(body)
    except PathError:
        return JMESPathError


def exact(value: Any) -> str:
    """Distinguish true from 1."""
    return repr(value)


@pytest.mark.parametrize("path", PATHS)
@given(body=st.dictionaries(st.sampled_from("ab"), values, max_size=2))
def test_closures_agree_with_the_interpreter(path: str, body: dict[str, Any]) -> None:
    """Every kind of expression gives the same value, or fails like the interpreter."""
    assert exact(compiled(path, body)) == exact(interpreted(path, body))


PACKAGED = sorted(
    {
        path.text
        for rules in mapping.packaged().rules.values()
        for rule in rules
        for path in (*rule.user, *rule.login, *rule.host, *rule.everyone, *rule.packages)
    }
)


@given(st.sampled_from(PACKAGED), st.data())
def test_packaged_paths_agree_with_the_interpreter(path: str, data: st.DataObject) -> None:
    """So do the paths of the packaged mapping, on bodies that have their fields."""
    fields = st.sampled_from(["agent", "body", "commit", "message", "packages", "repository"])
    body = data.draw(st.dictionaries(fields, values, max_size=4))
    assert exact(compiled(path, body)) == exact(interpreted(path, body))
