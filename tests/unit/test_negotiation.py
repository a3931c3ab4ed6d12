"""What a client gets, for headers that real clients send and for possible others."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedmsg_exporter.web.negotiation import FORMATS, OPENMETRICS, TEXT, accepts_gzip, negotiate

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,"
    "application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_2_42_NATIVE = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
    "application/openmetrics-text;version=1.0.0;q=0.8,"
    "application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_FIRST = (
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(PROMETHEUS_2_42, OPENMETRICS, id="prometheus-2.42"),
        pytest.param(PROMETHEUS_2_42_NATIVE, OPENMETRICS, id="prometheus-2.42-native-histograms"),
        pytest.param(PROMETHEUS_3, OPENMETRICS, id="prometheus-3"),
        pytest.param(PROMETHEUS_3_TEXT_FIRST, TEXT, id="prometheus-3-text-first"),
        pytest.param("*/*", TEXT, id="curl"),
        pytest.param(FIREFOX, TEXT, id="browser"),
        pytest.param("", TEXT, id="nothing"),
        pytest.param("application/openmetrics-text", OPENMETRICS, id="without-version"),
        pytest.param("application/openmetrics-text; version=1.0.0", OPENMETRICS, id="with-space"),
        pytest.param("Application/OpenMetrics-Text;Version=1.0.0", OPENMETRICS, id="mixed-case"),
        pytest.param("application/openmetrics-text;version=0.0.1", TEXT, id="old-openmetrics"),
        pytest.param("application/openmetrics-text;version=2.0.0", TEXT, id="new-openmetrics"),
        pytest.param("application/openmetrics-text;q=0", TEXT, id="refused-openmetrics"),
        pytest.param("application/openmetrics-text;q=0.5,text/plain;q=0.5", TEXT, id="no-matter"),
        pytest.param("application/openmetrics-text;q=x", TEXT, id="quality-that-is-none"),
        pytest.param('application/openmetrics-text; version="1.0.0"', OPENMETRICS, id="quoted"),
        pytest.param('application/openmetrics-text;version="0.0.1"', TEXT, id="quoted-old"),
        pytest.param(
            'application/openmetrics-text;version="1.0.0";q="0.2",text/plain;q=0.1',
            OPENMETRICS,
            id="quoted-quality",
        ),
        pytest.param(
            'text/plain;q=0.5;note="a, application/openmetrics-text;q=1"',
            TEXT,
            id="comma-in-quotes",
        ),
        pytest.param(
            'text/plain;q=0.1;note="\\", x",application/openmetrics-text;q=0.2',
            OPENMETRICS,
            id="escaped-quote",
        ),
        pytest.param('application/openmetrics-text;version="1.0.0', OPENMETRICS, id="open-quote"),
        pytest.param("caf\xe9/\xff, application/openmetrics-text", OPENMETRICS, id="beyond-ascii"),
        pytest.param("application/json", TEXT, id="what-there-is-not"),
        pytest.param(";;q=,=,,/;q=nan", TEXT, id="garbage"),
    ],
)
def test_negotiate(accept: str, content_type: str) -> None:
    """A client gets OpenMetrics if it prefers that by name, else the text format."""
    assert negotiate(accept) == content_type


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate, GZIP;q=1.0, *;q=0.5", True),
        ("*", True),
        ("*;q=0, gzip;q=0.1", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, identity", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=lots", False),
        ("notgzip", False),
    ],
)
def test_accepts_gzip(header: str, accepted: bool) -> None:
    """A client gets gzip if it accepts it; an entry for gzip takes precedence over `*`."""
    assert accepts_gzip(header) is accepted


_PIECES = st.sampled_from(
    [
        "application/openmetrics-text",
        "text/plain",
        "*/*",
        "gzip",
        "version=1.0.0",
        "q=0.5",
        "q=nan",
        '"',
        "\\",
    ]
)
_HEADERS = st.text(st.characters()) | st.lists(
    _PIECES | st.sampled_from([",", ";", "=", " ", "\0", "q=1e999", "q=-1"])
).map("".join)


@given(_HEADERS)
@example("q=" * 10_000)
@example(";" * 10_000)
@example('"' * 10_001)
@example('"\\' * 10_000)
def test_any_header_has_an_answer(header: str) -> None:
    """Whatever a client sends, it gets one of the formats."""
    assert negotiate(header) in FORMATS
    assert accepts_gzip(header) in (True, False)
