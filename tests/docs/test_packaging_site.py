"""The documentation as a site: links that hold there and on GitHub, and a strict build."""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.contract import ROOT
from tools.docs_site import LinkError, contents, rewritten

PAGES = ("README.md", "docs/metrics.md", "deploy/rules/README.md")
HUB = "https://example.com/x"
SPHINX = importlib.util.find_spec("furo") and importlib.util.find_spec("myst_parser")
needs_sphinx = pytest.mark.skipif(not SPHINX, reason="the extra docs is not installed")


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("README.md", "docs/metrics.md", "docs/metrics.md"),
        ("README.md", "docs/metrics.md#a-b", "docs/metrics.md#a-b"),
        ("README.md", "#here", "#here"),
        ("README.md", "LICENSE", f"{HUB}/blob/main/LICENSE"),
        ("docs/metrics.md", "../README.md", "../README.md"),
        ("docs/metrics.md", "../deploy/rules/README.md#r", "../deploy/rules/README.md#r"),
        ("docs/metrics.md", "../deploy", f"{HUB}/tree/main/deploy"),
        ("docs/metrics.md", "../deploy/rules/", f"{HUB}/tree/main/deploy/rules"),
        ("docs/metrics.md", "../Makefile#L3", f"{HUB}/blob/main/Makefile#L3"),
        ("deploy/rules/README.md", "drops.yml", f"{HUB}/blob/main/deploy/rules/drops.yml"),
        ("docs/metrics.md", "https://a.example/../b", "https://a.example/../b"),
        ("docs/metrics.md", "mailto:a@example.com", "mailto:a@example.com"),
    ],
)
def test_link_leads_to_a_page_or_to_github(page: str, link: str, expected: str) -> None:
    """Links between pages stay as they are; others lead to the file on GitHub."""
    text = f"See [the *page*]({link})."
    assert rewritten(text, page, PAGES, ROOT, HUB) == text.replace(link, expected)


@pytest.mark.parametrize("text", ["![a](images/a.png)", "```\n[a](b.md)\n```\n", "`a` [b] (c)"])
def test_what_is_not_a_link_stays(text: str) -> None:
    """Images, code and brackets are left alone."""
    assert rewritten(text, "docs/metrics.md", PAGES, ROOT, HUB) == text


@pytest.mark.parametrize("link", ["gone.md", "../gone", "../../etc/passwd", "../docs/gone.md#x"])
def test_link_to_nothing_is_an_error(link: str) -> None:
    """A link to something missing from the repository is refused, and named with its page."""
    with pytest.raises(LinkError, match=f"docs/metrics.md: the link {re.escape(link)}"):
        rewritten(f"[a]({link})", "docs/metrics.md", PAGES, ROOT, HUB)


def test_contents_are_below_captions() -> None:
    """The menu of the site has its pages below captions, by their path from the root."""
    text = contents({"Use it": ["docs/a", "docs/b"]})
    assert text == "\n```{toctree}\n:hidden:\n:caption: Use it\n\n/docs/a\n/docs/b\n```\n"


def site(sources: Path, output: Path) -> "subprocess.CompletedProcess[str]":
    """Build the site as `make docs` does."""
    recipe = re.search(r"^docs:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    words = recipe[1].replace("\\\n", " ").split()
    assert words.pop(0) == "$(BIN)/sphinx-build"
    words[-2:] = [str(sources), str(output)]
    # Its warnings about Python are not ours.
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", *words]
    return subprocess.run(
        command, cwd=sources, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    """Copy the sources of the site, with an extra line in one page."""

    def copied(line: str) -> Path:
        folder = tmp_path / "copy"
        # Everything, since links may lead to any file.
        ignored = shutil.ignore_patterns(
            ".git", ".*_cache", ".hypothesis", ".venv*", "build", "dist"
        )
        shutil.copytree(ROOT, folder, ignore=ignored)
        with (folder / "docs" / "gaps.md").open("a") as page:
            page.write(f"\n{line}\n")
        return folder

    return copied


@needs_sphinx
def test_site_has_every_page_and_search(tmp_path: Path) -> None:
    """The site is built without a warning: every page, a search, and nothing from elsewhere."""
    result = site(ROOT, tmp_path)
    assert result.returncode == 0, result.stderr
    for page in pages.PAGES:
        assert (tmp_path / page.relative_to(ROOT).with_suffix(".html")).exists()
    assert (tmp_path / "search.html").exists()
    assert '"ledger":' in (tmp_path / "searchindex.js").read_text()
    first = (tmp_path / "index.html").read_text()
    assert "docs/deployment.html" in first
    assert not re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"https?:[^>]+>", first)


@needs_sphinx
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("[a](gone.md)", "gone"),
        ("[a](../gone.yml)", "gone"),
        ("[a](metrics.md#gone)", "gone"),
        ("[a](#gone)", "gone"),
    ],
)
def test_broken_link_fails_the_build(
    copy: Callable[[str], Path], tmp_path: Path, line: str, error: str
) -> None:
    """A link to a page or a heading that does not exist is an error of `make docs`."""
    result = site(copy(line), tmp_path / "site")
    assert result.returncode != 0
    warnings = [one for one in result.stderr.splitlines() if "WARNING" in one]
    assert warnings
    assert all("gaps" in warning and error in warning for warning in warnings), warnings
