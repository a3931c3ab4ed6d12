"""JSON texts, read quickly where json.loads is certain to give the same result.

orjson refuses some input that json.loads accepts (lone surrogates, NaN), so every
error is left to json.loads. Only integers of more than 64 bits differ: they become
floats, but no name or count is that large.
"""

import json
from typing import Any

import orjson


def loads(text: str | bytes) -> Any:
    """Read a JSON text as json.loads does. Raises ValueError, RecursionError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
