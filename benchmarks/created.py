"""Whether created timestamps do what the exporter does by showing a new series at 0 first.

Prometheus 2.50 and later can put a 0 at the time when a series was created, with
`created-timestamp-zero-ingestion`, if the exporter says when that was: in protobuf,
or in OpenMetrics, where prometheus_client does. The trial's traffic is counted by
the exporter, and by the plain one, which is scraped once with created timestamps and once
without. Nothing is killed and nothing is published twice, so that only new series
are on trial. Prometheus is the newer one of `sh harness/newer.sh`.

    python -m benchmarks.created
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from harness import Prometheus
from harness.programs import NEWER, using

from .traffic import traffic
from .trial import PLAIN_USERS, USERS, Mishaps, Trial
from .verdict import verdicts_table

_FEATURE = "--enable-feature=created-timestamp-zero-ingestion"
_CREATED, _PLAIN = "created", "plain"
#: Which of the scrape protocols a job asks for.
_PROTOCOLS = {_CREATED: "OpenMetricsText1.0.0", _PLAIN: "PrometheusText0.0.4"}


def _prometheus(folder: Path, exporter: str, plain: str) -> Prometheus:
    """One that scrapes the exporter as usual, and the plain one in both ways."""
    ways = [_job(name, plain, [protocol]) for name, protocol in _PROTOCOLS.items()]
    jobs = {"scrape_configs": [_job("fedmsg_exporter", exporter), *ways]}
    return Prometheus(folder, config_extra=jobs, flags=[_FEATURE])


def _job(name: str, address: str, protocols: list[str] | None = None) -> dict[str, Any]:
    job = {"job_name": name, "static_configs": [{"targets": [address]}]}
    return job if protocols is None else {**job, "scrape_protocols": protocols}


def main() -> None:
    """Run the traffic and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration", type=float, default=60, help="seconds of traffic")
    parser.add_argument("--messages", type=int, default=4000)
    options = parser.parse_args()
    sent = traffic(options.seed, options.messages, options.duration, 0)
    with (
        using(NEWER),
        tempfile.TemporaryDirectory(prefix="created") as name,
    ):
        trial = Trial(Path(name), options.seed)
        addresses = [one.address for one in trial.watched]
        trial.scraped = 1 + len(_PROTOCOLS)
        trial.prometheus = _prometheus(Path(name) / "three", *addresses)
        with trial:
            trial.run(sent, Mishaps(0, (), 0))
            metrics = [USERS, *(f'{PLAIN_USERS}{{job="{job}"}}' for job in _PROTOCOLS)]
            verdicts = [trial.verdict(metric, sent) for metric in metrics]
    print(
        verdicts_table(["0 first", "created timestamps", "neither"], verdicts, len(sent.sendings))
    )


if __name__ == "__main__":
    main()
