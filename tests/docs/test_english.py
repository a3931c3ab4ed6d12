"""The words of the interface and of the code: metric HELP, errors, help, docs, docstrings.

The banned words come from translation, and each is listed with a better one.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from . import contract, pages

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "fedmsg_exporter"

#: Words to avoid, and what to write instead.
BANNED = {
    r"\b(is|are|was|were) told\b|\btells\b": "reports, logs, shows",
    r"(?<![Tt]here )\b(is|are) no\b(?! longer)": "is not a",
    r"\bstands?\b(?!-in| in| for)": "is",
    r"\banew\b|\bafresh\b": "again",
    r"\bin vain\b": "without success",
    r"\bfaults?\b": "error, bug",
    r"\bmend(s|ed)?\b": "fix",
    r"\bwhence\b": "where it comes from",
    r"\bless its prefix\b": "without its prefix",
    r"\bgoes before\b": "takes precedence",
    r"\bof one's own\b": "custom",
    r"\bamiss\b": "wrong",
    r"\bas like as not\b": "probably",
    r"\bPrometheis\b": "Prometheus servers",
}

#: The same for pages, where there is room for the longer word.
BANNED_ON_PAGES = BANNED | {
    r"\b(comes?|came) again\b": "is redelivered, returns",
    r"\b(go|goes|went) on\b": "continues, keeps",
    r"\ball the same\b": "anyway",
    r"\bin hand\b": "current",
    r"\bmeanwhile\b": "in the meantime",
    r"\bto be had\b": "available",
    r"\bknown as a whole\b": "completely known",
    r"\brests? on few\b": "depends on a few people",
    r"\bthat spoke\b": "that sent",
}


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module, including docstrings, and its comments, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def stumbles(text: str, banned: Mapping[str, str] = BANNED) -> list[str]:
    """Each banned word of a text, with its replacement."""
    return [
        f"{found[0]!r}: write {instead}"
        for pattern, instead in banned.items()
        for found in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_texts_in_the_code(path: Path) -> None:
    """HELP texts, errors, log lines, help, docstrings and comments are in the field's words."""
    found = [
        f"{path.name}:{line}: {stumble}"
        for line, text in texts_of(path.read_text("utf-8"))
        for stumble in stumbles(text)
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("schema.yml")), ids=lambda p: p.parent.name)
def test_descriptions_of_keys(path: Path) -> None:
    """So are the descriptions of the keys of config and mapping."""
    described = re.findall(r"description: .*", path.read_text("utf-8"))
    assert described
    assert [stumble for text in described for stumble in stumbles(text)] == []


def test_help_of_metrics() -> None:
    """So is every HELP text on `/metrics`, whatever library made it."""
    own = [one for one in contract.scraped() if one.name.startswith("fedmsg_")]
    assert own
    assert [(one.name, stumble) for one in own for stumble in stumbles(one.meaning)] == []


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_pages(page: Path) -> None:
    """So are the README and the pages of the documentation."""
    assert stumbles(page.read_text("utf-8"), BANNED_ON_PAGES) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "deploy" / "rules").glob("*.yml")), ids=lambda path: path.name
)
def test_alerts(path: Path) -> None:
    """So are the annotations of the alerts."""
    groups = yaml.safe_load(path.read_text("utf-8"))["groups"]
    texts = [
        text
        for group in groups
        for rule in group["rules"]
        for text in rule.get("annotations", {}).values()
    ]
    assert [stumble for text in texts for stumble in stumbles(text)] == []


def test_a_banned_word_is_found() -> None:
    """The list finds the words it bans, and accepts their replacements."""
    assert stumbles("'x' is no port; the log tells")
    assert stumbles("'x' is not a valid port; the log reports") == []
