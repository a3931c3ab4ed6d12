"""Names that are not known: whatever they are refused with, and what is similar. Pure."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from ..statistics.calendar import day_at, iso
from ..wildcard import matches
from .known import Known
from .refusal import ReportError
from .request import Request

#: How many similar names are shown for one that is unknown.
_SIMILAR = 3
#: What a topic of the bus begins with, and a report's does not.
_PREFIX = "org.fedoraproject."


def alike(name: str, names: Iterable[str]) -> str:
    """The names that are most alike, as the end of a sentence; empty if there are none."""
    found = get_close_matches(name, names, _SIMILAR)
    return f"; similar: {', '.join(found)}" if found else ""


def require_filters(known: Known, request: Request) -> None:
    """Raise ReportError for a category or pattern of which nothing was ever seen."""
    seen = known.named()
    if not seen:
        return  # The report itself says that nothing is known.
    since = _since(known)
    categories = {category for category, _ in seen}
    for one in request.categories:
        if one not in categories:
            raise ReportError(
                f"--category: {one!r} was never seen{since}; check the spelling"
                f"{alike(one, sorted(categories))}"
            )
    require_topics(known, "--topics", request.topics)


def require_topics(known: Known, option: str, patterns: Iterable[str]) -> None:
    """Raise ReportError for a pattern that matches no topic that was ever seen."""
    topics = {topic for _, topic in known.named()}
    for one in patterns:
        if topics and not any(matches(one, topic) for topic in topics):
            raise ReportError(
                f"{option}: {one!r} matches no topic that was seen{_since(known)}"
                f"{_way_out(one, topics)}"
            )


def _way_out(pattern: str, topics: Collection[str]) -> str:
    if pattern.startswith(_PREFIX):
        return "; write it without its prefix, like 'bodhi.update.#'"
    if any(matches(f"{pattern}.#", topic) for topic in topics):
        return f"; for all below it, write '{pattern}.#'"
    return f"; check the spelling{alike(pattern, sorted(topics))}"


def _since(known: Known) -> str:
    spans = known.first_coverage().spans
    return f" since {iso(day_at(spans[0].start))}" if spans else ""
