"""A Sphinx extension: the repository's Markdown as a site, without a change to it.

On GitHub a link may lead to any file or folder. Here those that are pages stay links
between pages, images stay images, and the others lead to GitHub.
"""

import logging
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# A logger that Sphinx counts as its own; without an import, since tests run without it.
_log = logging.getLogger(f"sphinx.{__name__}")

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)(\[[^\]]*\]\()([^)\s]+)(\))")


class LinkError(ValueError):
    """A link to something missing from the repository."""


def rewritten(text: str, page: str, pages: Iterable[str], root: Path, repository: str) -> str:
    """Point the links of a page, named by its path, to GitHub where they leave the site."""
    known = set(pages)

    def replaced(link: re.Match[str]) -> str:
        target = _target(link[2], page, known, root, repository)
        return f"{link[1]}{target}{link[3]}"

    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(replaced, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(replaced, text[end:])])


def _target(target: str, page: str, pages: set[str], root: Path, repository: str) -> str:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path:
        return target
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), parts.path))
    if path in pages:
        return target
    if path.startswith("../") or not (root / path).exists():
        raise LinkError(f"{page}: the link {target} leads to nothing in the repository")
    kind = "tree" if (root / path).is_dir() else "blob"
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    return f"{repository}/{kind}/main/{path}{anchor}"


def contents(menu: Mapping[str, Sequence[str]]) -> str:
    """Return the tree of contents that is added to the first page, invisible on it."""
    return "".join(
        "\n```{toctree}\n:hidden:\n:caption: "
        + "\n".join([caption, "", *(f"/{page}" for page in pages)])
        + "\n```\n"
        for caption, pages in menu.items()
    )


def _read(app: Any, docname: str, source: list[str]) -> None:
    pages = {app.env.doc2path(name, base=False) for name in app.env.found_docs}
    page = str(app.env.doc2path(docname, base=False))
    try:
        source[0] = rewritten(
            source[0], page, map(str, pages), Path(app.srcdir), app.config.site_repository
        )
    except LinkError as error:
        _log.warning(error)
    if docname == app.config.root_doc:
        source[0] += contents(app.config.site_contents)


def _finish(app: Any, error: Exception | None) -> None:
    """Make the first page the one that a folder's address shows."""
    if error is None and app.builder.name == "html":
        first = Path(app.outdir) / f"{app.config.root_doc}.html"
        (first.parent / "index.html").write_bytes(first.read_bytes())


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("site_contents", {}, "env")
    app.add_config_value("site_repository", "", "env")
    app.connect("source-read", _read)
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
