"""What a client of ``/metrics`` gets, by its Accept and Accept-Encoding headers.

https://prometheus.io/docs/instrumenting/content_negotiation/
"""

#: What `/metrics` can speak: content types, with whether each is OpenMetrics.
FORMATS = {
    "text/plain; version=0.0.4; charset=utf-8": False,
    "application/openmetrics-text; version=1.0.0; charset=utf-8": True,
}
TEXT, OPENMETRICS = FORMATS


def negotiate(accept: str) -> str:
    """Choose the content type that an Accept header prefers, by its q values.

    OpenMetrics is only for those who ask for it by name, in a version 1.
    """
    best = {TEXT: 0.0, OPENMETRICS: 0.0}
    for item in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        q = _quality(parameters)
        if kind == "application/openmetrics-text" and _is_version_1(parameters):
            best[OPENMETRICS] = max(best[OPENMETRICS], q)
        elif kind in ("text/plain", "text/*", "*/*"):
            best[TEXT] = max(best[TEXT], q)
    return OPENMETRICS if best[OPENMETRICS] > best[TEXT] else TEXT


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _is_version_1(parameters: list[str]) -> bool:
    versions = [p.partition("=")[2] for p in parameters if p.startswith("version=")]
    return not versions or versions[0] == "1.0.0"


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    qualities: dict[str, float] = {}
    for item in header.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        qualities[coding] = _quality(parameters)
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0
