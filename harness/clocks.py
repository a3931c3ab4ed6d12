"""A wrong clock for a program, by libfaketime."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

_PLACES = ("/usr/lib/*/faketime", "/usr/lib64/faketime", "/usr/lib/faketime")


def wrong_clock(file: Path, offset: str) -> Mapping[str, str]:
    """The environment of a program whose clock is off, like ``-1d``; see `set_clock`.

    The monotonic clock is left alone. Skips the test, or fails it, if there is no
    libfaketime.
    """
    set_clock(file, offset)
    return {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def set_clock(file: Path, offset: str) -> None:
    """Set the clock of a running program; ``+0`` makes it right."""
    young = file.with_suffix(".new")
    young.write_text(f"{offset}\n")
    young.rename(file)


def _library() -> Path:
    for place in _PLACES:
        for found in Path("/").glob(place.lstrip("/") + "/libfaketimeMT.so.1"):
            return found
    reason = "libfaketime is not installed: it comes with the package faketime or libfaketime"
    if os.environ.get("FEDMSG_EXPORTER_REQUIRE_SERVERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
