"""The exporter with two years behind it, in a Prometheus on this machine.

    make demo

A small community is simulated for two years, imported as history and exported as blocks
for a Prometheus, which then scrapes an exporter on which the simulation goes on, with
the shipped rules. It takes two to three minutes on two free cores, listens on loopback
only, and leaves nothing behind.
"""

import argparse
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from harness import Prometheus, require
from harness.processes import accepts
from harness.programs import using

from .community import Community, DemoError
from .servers import Exporter, edition, prometheus
from .shown import READY, page


def main() -> None:
    """Start it all, say where it is, and wait for the end."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _require_free(options.port)
        with using(edition()), ExitStack() as everything:
            _run(options, everything)
    except DemoError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("stopped, and deleted")


def _require_free(port: int) -> None:
    if port and accepts(port):
        raise DemoError(f"port {port} is taken; choose another with --port, or 0 for any")


def _run(options: argparse.Namespace, everything: ExitStack) -> None:
    report = partial(_report, time.monotonic())
    community = Community(options.people, options.rate, options.weeks)
    folder = Path(everything.enter_context(tempfile.TemporaryDirectory(prefix="demo")))
    exporter = Exporter(folder / "exporter", community)
    report("starting the exporter on a simulation of the bus")
    everything.enter_context(exporter)
    report(f"simulating {options.weeks} weeks before now, and importing them as history")
    community.import_history(exporter.config, time.time())
    report("exporting history as blocks for Prometheus")
    blocks = folder / "blocks"
    community.export_history(exporter.config, blocks, require("promtool"), exporter.address)
    report("starting Prometheus on them, and the exporter again, which now knows of history")
    exporter.restart()
    server = prometheus(folder / "prometheus", blocks, exporter, options.port)
    everything.enter_context(server)
    _wait_for_rules(server)
    report("ready")
    print("\n".join(["", *page(server.url, exporter.url)]), flush=True)
    signal.pause()


def _wait_for_rules(server: Prometheus) -> None:
    """Wait until the live exporter is scraped, and what the rules record of it is there."""
    server.wait_for('time() - timestamp(up{job="fedmsg_exporter"}) < 15', timeout=60)
    for one in READY:
        server.wait_for(one.promql, timeout=180)


def _report(start: float, words: str) -> None:
    print(f"{time.monotonic() - start:4.0f} s  {words}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.005, help="messages a second")
    parser.add_argument("--weeks", type=int, default=110, help="of history")
    parser.add_argument("--port", type=int, default=9090, help="Prometheus's; 0 for any")
    return parser.parse_args()


if __name__ == "__main__":
    main()
