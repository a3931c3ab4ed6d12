"""Calls of the commands, and recorded messages to call them with."""

import json
import subprocess
import sys
from typing import Any

from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families

from fedmsg_exporter.commands import main
from fedmsg_exporter.commands.exit_status import EXIT_STATUSES


def line(number: int, agent: str = "ralph", **record: Any) -> str:
    """A recorded message on a line."""
    whole = {
        "topic": "org.fedoraproject.prod.bodhi.update.comment",
        "id": f"id-{number}",
        "headers": {"sent-at": "2026-01-31T12:00:00+00:00"},
        "body": {"agent": agent, "update": {"package": "hat-rack"}},
    }
    return json.dumps(whole | record) + "\n"


def invoke(*arguments: str, stdin: str | bytes = "") -> Result:
    """Call a command in this process; its exit status must be a documented one."""
    result = CliRunner().invoke(main, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code in EXIT_STATUSES
    return result


def process(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Call a command in a separate process."""
    done = subprocess.run(
        [sys.executable, "-m", "fedmsg_exporter", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in EXIT_STATUSES
    assert "Traceback" not in done.stderr
    return done


def counted(text: str) -> dict[str, float]:
    """The bus's series of an exposition that are not 0, and the exporter's own that are not."""
    return {
        f"{sample.name}{{{','.join(sample.labels.values())}}}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value and "timestamp" not in sample.name
    }
