"""What the web config costs: scrapes with TLS and passwords, and a flood of wrong ones.

Exporters with the same series, one for each way to guard them, are scraped in
turn as Prometheus scrapes: with gzip, over a connection that is kept or over a
new one. Then one counts the simulation at some 250 messages a second, while
nobody and while a thousand wrong passwords a second come in.

    python -m benchmarks.web
"""

import argparse
import asyncio
import base64
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import bcrypt
import requests

from harness import Exporter, wait_until
from harness.certificates import Authority

from .tables import table

_PASSWORD = "correct horse"
_COST = 10
_CONNECTIONS = 100
_SPEED = 300
_TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
_WAYS = {"plain": "", "users": "{users}", "TLS": _TLS, "TLS and users": _TLS + "{users}"}


def record(path: Path, number: int) -> None:
    """Write a number of messages, each of a different user."""
    with path.open("w") as lines:
        for one in range(number):
            message = {
                "id": f"id-{one}",
                "topic": "org.fedoraproject.prod.bodhi.update.comment",
                "headers": {"sent-at": "2026-03-01T12:00:00+00:00"},
                "body": {"agent": f"user{one}"},
            }
            lines.write(json.dumps(message) + "\n")


def guarded(folder: Path, source: Sequence[str], way: str, users: int) -> Exporter:
    """A started exporter of a source, guarded in one of the ways."""
    authority = Authority(folder)
    authority.issue("server")
    hashed = bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(_COST)).decode()
    web = folder / "web.yml"
    web.write_text(_WAYS[way].format(users=f"basic_auth_users:\n  alice: {hashed}\n"))
    config = {"limits": {"users": 2 * users}, "schemas": False}
    arguments = ["--source", *source]
    if _WAYS[way]:
        arguments += ["--web.config.file", str(web)]
    one = Exporter(folder, config=config, arguments=arguments)
    if "TLS" in way:
        one.scheme, one.ca_file = "https", authority.file
    if "users" in way:
        one.auth = ("alice", _PASSWORD)
    one.start_unready()
    return one


def counted(one: Exporter) -> float:
    """The number of messages an exporter has counted, by a scrape of only that."""
    text = one.get("/metrics?name[]=fedmsg_messages_total").text
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def wait_counted(one: Exporter, number: int) -> None:
    """Wait until an exporter has counted its recording."""
    wait_until(lambda: counted(one) >= number, 600, "the recording's end", one.process)


class Times(NamedTuple):
    """Milliseconds of scrapes, over a connection that is kept and over new ones."""

    kept: list[float]
    new: list[float]


def scrapes(users: int, rounds: int) -> dict[str, Times]:
    """Scrape an exporter of each kind, in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="web")))
        record(folder / "recording.jsonl", users)
        servers = {}
        for way in _WAYS:
            servers[way] = guarded(folder / way, [str(folder / "recording.jsonl")], way, users)
            stack.callback(servers[way].kill)
            wait_counted(servers[way], users)
        sessions = {way: stack.enter_context(_session(one)) for way, one in servers.items()}
        times = {way: Times([], []) for way in _WAYS}
        for _ in range(rounds):
            for way, one in servers.items():
                times[way].kept.append(_scrape(one, sessions[way]))
                with _session(one) as session:
                    times[way].new.append(_scrape(one, session))
    return times


@contextmanager
def _session(one: Exporter) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = one.auth
        session.verify = str(one.ca_file) if one.ca_file else True
        yield session


def _scrape(one: Exporter, session: requests.Session) -> float:
    started = time.perf_counter()
    session.get(f"{one.url}/metrics", stream=True, timeout=60).raw.read(decode_content=False)
    return (time.perf_counter() - started) * 1000


def rate(seconds: float, flood: int) -> tuple[float, float, float]:
    """Count the simulation during a flood: messages and wrong passwords a second, slowest scrape.

    The scrape has the right password, and its time is in milliseconds.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="web")))
        source = ["simulation", "--speed", str(_SPEED)]
        one = guarded(folder / "users", source, "users", 10_000)
        stack.callback(one.kill)
        context = get_context("spawn")
        answered = context.Value("q", 0)
        rain = context.Process(target=_rain, args=(one.port, flood, answered), daemon=True)
        rain.start()
        stack.callback(rain.kill)
        wait_until(lambda: answered.value >= flood, 60, "the flood", one.process)
        wait_until(lambda: counted(one) > _SPEED, 60, "messages", one.process)
        return _watch(one, seconds, answered)


def _watch(one: Exporter, seconds: float, answered: Any) -> tuple[float, float, float]:
    started, first, wrong = time.monotonic(), counted(one), answered.value
    slowest, now = 0.0, first
    while time.monotonic() < started + seconds:
        time.sleep(0.1)
        looked = time.monotonic()
        now = counted(one)
        slowest = max(slowest, time.monotonic() - looked)
    spent = time.monotonic() - started
    return (now - first) / spent, (answered.value - wrong) / spent, slowest * 1000


def _rain(port: int, flood: int, answered: Any) -> None:
    asyncio.run(_rain_on(port, flood, answered))


async def _rain_on(port: int, flood: int, answered: Any) -> None:
    """Send wrong passwords, all different, at a rate, over some connections."""
    if flood:
        numbers = itertools.count()
        drops = (_drop(port, _CONNECTIONS / flood, numbers, answered) for _ in range(_CONNECTIONS))
        await asyncio.gather(*drops)


async def _drop(port: int, interval: float, numbers: Iterator[int], answered: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    while True:
        secret = base64.b64encode(f"alice:wrong{next(numbers)}".encode()).decode()
        head = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].split()[0])
        await reader.readexactly(length)
        with answered.get_lock():
            answered.value += 1
        due = max(due + interval, time.monotonic() - 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--flood", type=int, default=1_000)
    options = parser.parse_args()
    print(_scrape_table(scrapes(options.users, options.rounds)), "\n")
    print(_flood_table({flood: rate(options.seconds, flood) for flood in (0, options.flood)}))


def _scrape_table(times: dict[str, Times]) -> str:
    medians = {way: [statistics.median(some) for some in one] for way, one in times.items()}
    rows = []
    for way, both in medians.items():
        ratios = [one / plain for one, plain in zip(both, medians["plain"], strict=True)]
        rows.append((way, *(f"{one:.0f}" for one in both), *(f"{one:.2f}" for one in ratios)))
    return table(("guarded by", "kept, ms", "new, ms", "kept, ratio", "new, ratio"), rows)


def _flood_table(rates: dict[int, tuple[float, float, float]]) -> str:
    calm = rates[0][0]
    rows = [
        (f"{flood:,}", f"{wrong:,.0f}", f"{speed:,.0f}", f"{speed / calm:.2f}", f"{slowest:.0f}")
        for flood, (speed, wrong, slowest) in rates.items()
    ]
    header = ("wrong passwords a second", "answered", "messages a second", "ratio", "slowest, ms")
    return table(header, rows)


if __name__ == "__main__":
    main()
