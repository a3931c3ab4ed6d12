"""Which page a request's target names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.web.target import parse


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/metrics", "/metrics"),
        (b"//metrics", "/metrics"),
        (b"///-//ready", "/-/ready"),
        (b"/%2Fmetrics", "/metrics"),
        (b"/m%65trics", "/metrics"),
        (b"/metrics?x=1", "/metrics"),
        (b"http://host/metrics", "/metrics"),
        (b"HTTP://host:9100//metrics?x", "/metrics"),
        (b"https://[::1]:9100/-/ready", "/-/ready"),
        (b"http://host", "/"),
        (b"http://host?x=1", "/"),
        (b"/metrics/", "/metrics/"),
        (b"/http://host/metrics", "/http:/host/metrics"),
        (b"*", "*"),
        (b"/caf\xc3\xa9\xff", "/cafÃ©ÿ"),
    ],
)
def test_path(target: bytes, path: str) -> None:
    """A path is the same whatever its slashes, escapes and preceding host."""
    assert parse(target).path == path


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (b"/metrics", None),
        (b"/metrics?name[]=a&name[]=b", ["a", "b"]),
        (b"/metrics?name%5B%5D=a_total", ["a_total"]),
        (b"http://host/metrics?name[]=a", ["a"]),
        (b"/metrics?name[]=", [""]),
        (b"/metrics?" + b"a&" * 2000, None),
    ],
)
def test_arguments(target: bytes, names: list[str] | None) -> None:
    """The query's arguments are those of `name[]`, however its brackets are written."""
    assert parse(target).arguments.get("name[]") == names


@given(st.binary())
def test_any_target_has_a_path(target: bytes) -> None:
    """Whatever a client sends, it names some page, or none."""
    assert isinstance(parse(target).path, str)
