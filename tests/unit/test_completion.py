"""Shell completion, by the protocol of the scripts that click generates."""

import os
import subprocess
import sys

import pytest


def completed(line: str) -> list[str]:
    """The type and value of each completion of a line's last word."""
    words = line.split(" ")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv[0] = 'fedmsg-exporter'\n"
            "from fedmsg_exporter.commands import main; main(prog_name='fedmsg-exporter')",
        ],
        env={
            **os.environ,
            "_FEDMSG_EXPORTER_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fedmsg-exporter sim", ["plain,simulate"]),
        ("fedmsg-exporter run --source s", ["plain,simulation"]),
        ("fedmsg-exporter run --source rec", ["file,rec"]),
        ("fedmsg-exporter run --see", ["plain,--seed"]),
        ("fedmsg-exporter run --state led", ["file,led"]),
        ("fedmsg-exporter count exa", ["file,exa"]),
        ("fedmsg-exporter check --config con", ["file,con"]),
        ("fedmsg-exporter explain --format t", ["plain,table"]),
    ],
)
def test_a_shell_completes(line: str, expected: list[str]) -> None:
    """Commands, options, their values and files are offered."""
    assert completed(line) == expected
