"""What the tests of ledger and history share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fedmsg_exporter.ledger import Ledger
from tests.exports import configured


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger is to be."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """A new ledger in a file."""
    ledger = Ledger(path)
    yield ledger
    ledger.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The path of a ledger that is still to come, with a config next to it."""
    return configured(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for what is to be imported."""
    (tmp_path / "exports").mkdir()
    return tmp_path / "exports"
