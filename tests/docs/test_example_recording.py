"""The recording in examples/: each command of its page prints what the page says.

`python -m tests.docs.test_example_recording` writes the outputs into the page.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fedmsg_exporter.message import Message
from fedmsg_exporter.sources.recording import read

EXAMPLES = Path(__file__).parents[2] / "examples"
PAGE = EXAMPLES / "README.md"
_SESSION = re.compile(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", re.MULTILINE)
#: Rules move as the mapping grows.
_LINE = re.compile(r"mapping\.yml:\d+")


def printed(command: str) -> str:
    """What a command of the page prints, in the folder of the page."""
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=EXAMPLES,
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("session", _SESSION.findall(PAGE.read_text("utf-8")))
def test_commands_print_what_the_page_says(session: tuple[str, str]) -> None:
    """A newcomer who types a command sees the output of the page."""
    command, output = session
    assert _LINE.sub("mapping.yml", printed(command)) == _LINE.sub("mapping.yml", output)


def test_the_recording_is_sound() -> None:
    """Nothing in the file is damaged."""
    found = list(read(str(EXAMPLES / "messages.jsonl")))
    assert len(found) == 16
    assert all(isinstance(one, Message) for one in found)


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        _SESSION.sub(lambda one: f"```console\n$ {one[1]}\n{printed(one[1])}```", text), "utf-8"
    )
