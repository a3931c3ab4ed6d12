"""What a client of ``/metrics`` gets, by its Accept and Accept-Encoding headers.

https://prometheus.io/docs/instrumenting/content_negotiation/
"""

import re
from collections.abc import Iterator, Mapping

#: What `/metrics` can speak: content types, with whether each is OpenMetrics.
FORMATS = {
    "text/plain; version=0.0.4; charset=utf-8": False,
    "application/openmetrics-text; version=1.0.0; charset=utf-8": True,
}
TEXT, OPENMETRICS = FORMATS

# Commas and semicolons in quotes belong to the value.
_QUOTED = r'"(?:[^"\\]|\\.)*"?'
_ITEM = re.compile(rf"(?:{_QUOTED}|[^,\"])+")
_PART = re.compile(rf"(?:{_QUOTED}|[^;\"])+")


def negotiate(accept: str) -> str:
    """Choose the content type that an Accept header prefers, by its q values.

    OpenMetrics is only sent to clients that name it, in a version 1.
    """
    best = {TEXT: 0.0, OPENMETRICS: 0.0}
    for kind, parameters in _items(accept):
        q = _quality(parameters)
        if kind == "application/openmetrics-text" and parameters.get("version", "1.0.0") == "1.0.0":
            best[OPENMETRICS] = max(best[OPENMETRICS], q)
        elif kind in ("text/plain", "text/*", "*/*"):
            best[TEXT] = max(best[TEXT], q)
    return OPENMETRICS if best[OPENMETRICS] > best[TEXT] else TEXT


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    qualities = {coding: _quality(parameters) for coding, parameters in _items(header)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _items(header: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The items of a header in lower case, each with its unquoted parameters."""
    for item in _ITEM.findall(header.lower()):
        name, *parameters = (part.strip() for part in _PART.findall(item) or [""])
        pairs = (parameter.partition("=") for parameter in reversed(parameters))
        yield name, {key.strip(): _unquoted(value.strip()) for key, _, value in pairs}


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value.strip('"')) if value.startswith('"') else value


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", 1.0))
    except ValueError:
        return 0.0
