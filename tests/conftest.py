"""Fixtures that give tests real servers, ended with the test or the session."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from harness import Alertmanager, Exporter, Prometheus, RabbitMQ
from harness.programs import EDITIONS, INSTALLED, using

# The time that an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _close_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the ledgers that a test left open: since Python 3.13 that is a warning."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def tracked(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", tracked)
    yield
    for connection in opened:
        # A ledger of another thread must be closed by that thread.
        with suppress(sqlite3.ProgrammingError):
            connection.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked with `editions` on the installed servers and on newer ones."""
    if marker := metafunc.definition.get_closest_marker("editions"):
        editions = marker.args or EDITIONS
        metafunc.parametrize("edition", editions, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def edition(request: pytest.FixtureRequest) -> Iterator[str]:
    """The edition of the servers that a test runs on."""
    name: str = getattr(request, "param", INSTALLED)
    with using(name):
        yield name


@pytest.fixture(scope="session")
def rabbitmq(edition: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """The broker that tests share: neither stop it nor use fixed queue names."""
    with RabbitMQ(tmp_path_factory.mktemp(f"rabbitmq-{edition}")) as broker:
        yield broker


@pytest.fixture
def queue(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A new durable queue of the shared broker that gets every message."""
    name = f"test-{uuid.uuid4()}"
    rabbitmq.declare_queue(name)
    yield name
    rabbitmq.delete_queue(name)


@pytest.fixture
def own_rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A separate broker for one test to stop, kill or restart."""
    with RabbitMQ(tmp_path / "rabbitmq") as broker:
        yield broker


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., Prometheus]]:
    """Start a Prometheus: call it with what `Prometheus` takes after the folder."""
    with ExitStack() as servers:

        def start(*arguments: Any, **options: Any) -> Prometheus:
            folder = tmp_path / f"prometheus-{uuid.uuid4().hex[:8]}"
            return servers.enter_context(Prometheus(folder, *arguments, **options))

        yield start


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Callable[..., Alertmanager]]:
    """Start an Alertmanager: call it with its config, if it should have one."""
    with ExitStack() as servers:

        def start(*arguments: Any) -> Alertmanager:
            folder = tmp_path / f"alertmanager-{uuid.uuid4().hex[:8]}"
            return servers.enter_context(Alertmanager(folder, *arguments))

        yield start


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[Callable[..., Exporter]]:
    """Make an exporter, not yet started: call it with what `Exporter` takes after the folder."""
    with ExitStack() as servers:

        def make(*arguments: Any, **options: Any) -> Exporter:
            folder = tmp_path / f"exporter-{uuid.uuid4().hex[:8]}"
            made = Exporter(folder, *arguments, **options)
            servers.callback(made.kill)
            return made

        yield make
