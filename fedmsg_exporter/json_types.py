"""The types of JSON Schema as YAML and TOML have them, and their names in messages."""

import math
from typing import Any

import jsonschema


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker: object, value: object) -> bool:
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))


# Longer than any number that makes sense.
_LONGEST_NUMBER = 20

_extend: Any = jsonschema.validators.extend
#: Checks a value against a JSON schema, with stricter numbers than the standard, by
#: which 5.0 is an integer and nan passes every limit.
Validator: Any = _extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def kind(types: str | list[str]) -> str:
    """The words for one or more types."""
    names = {
        "object": "a mapping of keys to values",
        "array": "a list",
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "null": "nothing",
    }
    types = [types] if isinstance(types, str) else types
    return " or ".join(names[name] for name in types)


def hint(value: object, types: str | list[str]) -> str:
    """What to write where YAML read a value as something other than intended."""
    if "integer" in types and (whole := _whole(value)) is not None:
        return f"; write {whole}"
    only_text = "string" in types and not {"integer", "number"} & set(types)
    lacks_quotes = only_text and not isinstance(value, str | list | dict | None)
    return "; write it in quotes" if lacks_quotes else ""


def _whole(value: object) -> int | None:
    """The whole number in a float, or in a text that YAML did not read as a number."""
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        number = float(value) if isinstance(value, str | float) else math.nan
    except ValueError:
        return None
    return int(number) if number.is_integer() else None
