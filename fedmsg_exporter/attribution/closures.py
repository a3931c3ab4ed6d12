"""Parsed JMESPath as Python closures, several times as fast as JMESPath's interpreter.

Each function here returns what `jmespath.visitor.TreeInterpreter` returns for a node
of the same type; a test compares the two. Rare types of node are not covered: paths
that contain one are left to the interpreter.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

Node = Mapping[str, Any]
Closure = Callable[[Any], Any]
#: Returns the function of a given name, which takes a list of arguments.
Functions = Callable[[str], Callable[[list[Any]], Any]]

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "gt": operator.gt,
    "lte": operator.le,
    "gte": operator.ge,
}


class NotCoveredError(Exception):
    """A type of node that has no closure here."""


def compile_node(node: Node, functions: Functions) -> Closure:
    """Compile a parsed expression. Raises NotCoveredError."""
    kind = node["type"]
    if kind == "slice":  # its children are numbers
        return _slice(node["children"])
    children = [compile_node(child, functions) for child in node["children"]]
    if kind == "function_expression":
        return _call(functions(node["value"]), children)
    if kind not in _MAKERS:
        raise NotCoveredError(kind)
    return _MAKERS[kind](node, children)


def _field(node: Node, _: list[Any]) -> Closure:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _literal(node: Node, _: list[Any]) -> Closure:
    constant = node["value"]
    return lambda _value: constant


def _current(_: Node, __: list[Any]) -> Closure:
    return lambda value: value


def _index(node: Node, _: list[Any]) -> Closure:
    place = node["value"]

    def find(value: Any) -> Any:
        if isinstance(value, list) and -len(value) <= place < len(value):
            return value[place]
        return None

    return find


def _slice(bounds: list[Any]) -> Closure:
    part = slice(*bounds)
    return lambda value: value[part] if isinstance(value, list) else None


def _chain(node: Node, steps: list[Closure]) -> Closure:
    fields = [child["value"] for child in node["children"] if child["type"] == "field"]
    if len(fields) == len(steps) > 1:
        return _fields(fields)

    def find(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return find


def _fields(names: list[str]) -> Closure:
    """Make a getter for paths like ``a.b.c``, by far the most common kind."""
    first, second, *rest = names

    def two(value: Any) -> Any:
        value = value.get(first) if isinstance(value, dict) else None
        return value.get(second) if isinstance(value, dict) else None

    def more(value: Any) -> Any:
        value = two(value)
        for name in rest:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return more if rest else two


def _and(_: Node, sides: list[Closure]) -> Closure:
    left, right = sides

    def find(value: Any) -> Any:
        found = left(value)
        return found if is_false(found) else right(value)

    return find


def _or(_: Node, sides: list[Closure]) -> Closure:
    left, right = sides

    def find(value: Any) -> Any:
        found = left(value)
        return right(value) if is_false(found) else found

    return find


def _not(_: Node, sides: list[Closure]) -> Closure:
    (inner,) = sides

    return lambda value: is_false(inner(value))


def _comparison(node: Node, sides: list[Closure]) -> Closure:
    left, right = sides
    kind = node["value"]
    if kind == "eq":
        return lambda value: _equal(left(value), right(value))
    if kind == "ne":
        return lambda value: not _equal(left(value), right(value))
    order = _ORDERS[kind]

    def compare(value: Any) -> bool | None:
        one, other = left(value), right(value)
        return order(one, other) if _has_order(one) and _has_order(other) else None

    return compare


def _projection(_: Node, sides: list[Closure]) -> Closure:
    source, rest = sides

    def find(value: Any) -> list[Any] | None:
        found = source(value)
        return _present(map(rest, found)) if isinstance(found, list) else None

    return find


def _value_projection(_: Node, sides: list[Closure]) -> Closure:
    source, rest = sides

    def find(value: Any) -> list[Any] | None:
        found = source(value)
        return _present(map(rest, found.values())) if isinstance(found, dict) else None

    return find


def _filter(_: Node, sides: list[Closure]) -> Closure:
    source, rest, condition = sides

    def find(value: Any) -> list[Any] | None:
        found = source(value)
        if not isinstance(found, list):
            return None
        return _present(rest(item) for item in found if not is_false(condition(item)))

    return find


def _flatten(_: Node, sides: list[Closure]) -> Closure:
    (source,) = sides

    def find(value: Any) -> list[Any] | None:
        found = source(value)
        if not isinstance(found, list):
            return None
        return [one for item in found for one in (item if isinstance(item, list) else [item])]

    return find


def _multi_select(_: Node, parts: list[Closure]) -> Closure:
    return lambda value: None if value is None else [part(value) for part in parts]


def _call(function: Callable[[list[Any]], Any], arguments: list[Closure]) -> Closure:
    return lambda value: function([argument(value) for argument in arguments])


def _present(items: Any) -> list[Any]:
    return [item for item in items if item is not None]


def is_false(value: object) -> bool:
    """What JMESPath treats as false: null and anything empty, but not 0."""
    return value is None or value is False or (not value and value != 0)


def _has_order(value: object) -> bool:
    return _is_number(value) or isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(one, bool) != isinstance(other, bool) and (_is_bit(one) or _is_bit(other)):
        return False
    return bool(one == other)


def _is_bit(value: object) -> bool:
    return _is_number(value) and value in (0, 1)


_MAKERS: Mapping[str, Callable[[Node, list[Any]], Closure]] = {
    "field": _field,
    "literal": _literal,
    "current": _current,
    "identity": _current,
    "index": _index,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "and_expression": _and,
    "or_expression": _or,
    "not_expression": _not,
    "comparator": _comparison,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter,
    "flatten": _flatten,
    "multi_select_list": _multi_select,
}
