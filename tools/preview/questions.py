"""The questions of docs/questions.md: a heading, a few words, and the PromQL below."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "questions.md"
_QUESTION = re.compile(r"^### \d+\. ([^\n]+\?)\n(.*?)```promql\n(.*?)```", re.M | re.DOTALL)
#: The names in the page that stand for a user and a group.
_USER, _GROUP = "kevin", "packager"


class Question(NamedTuple):
    """A question, and the PromQL that answers it."""

    text: str
    promql: str

    def filled(self, values: Mapping[str, str]) -> str:
        """Ask about a user and a group that exist."""
        return self.promql.replace(_USER, values["user"]).replace(_GROUP, values["group"])


def read() -> Iterator[Question]:
    """All questions of the page, in order."""
    for found in _QUESTION.finditer(PAGE.read_text("utf-8")):
        yield Question(found[1], found[3])
