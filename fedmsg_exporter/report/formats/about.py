"""What a report rests on, in words: the same lines in every format for people. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from ...statistics.coverage import Span
from ..model import Basis, LeftOut, MemberList, Report
from .values import counted, days, moment, span, visible

_CREDIT = {
    "agent": "whoever did it (credit: agent)",
    "everyone": "everyone a message names (credit: everyone)",
}
_EXPOSE = {
    "all": "as they are (expose: all)",
    "members": "of members of the counted groups only (expose: members)",
    "hashed": "hashes in place of names (expose: hashed)",
    "none": "none (expose: none)",
}
#: How many gaps or spans are listed one by one.
_LISTED = 10


class Line(NamedTuple):
    """A fact about the report as a whole. The text may hold names and paths of others."""

    head: str
    text: str


def top(basis: Basis) -> Iterator[Line]:
    """What readers need before the numbers: range, coverage, gaps, whose list."""
    yield Line("Range", days(basis.start, basis.end))
    yield Line("Coverage", _coverage(basis))
    yield Line("Gaps within the range", _spans(basis.gaps) if basis.gaps else "none")
    if basis.members is not None:
        yield Line("Members", _members(basis.members))
    if basis.categories:
        yield Line("Only the categories", ", ".join(map(visible, basis.categories)))
    if basis.topics:
        yield Line("Only the topics", ", ".join(map(visible, basis.topics)))


def bottom(basis: Basis) -> Iterator[Line]:
    """How the numbers came about: credit, what is left out, sources, version."""
    yield Line("Messages are credited to", _CREDIT.get(basis.credit, visible(basis.credit)))
    yield Line("Names", _EXPOSE.get(basis.expose, visible(basis.expose)))
    yield Line("Left out", _left_out(basis.left_out, bool(basis.categories or basis.topics)))
    if basis.sources:
        yield Line("Sources", ", ".join(map(visible, basis.sources)))
    yield Line("Made", f"{moment(basis.now)} UTC by fedmsg_exporter {visible(basis.version)}")


def lines(report: Report) -> Iterator[Line]:
    """All of it."""
    yield from top(report.basis)
    yield from bottom(report.basis)


def _coverage(basis: Basis) -> str:
    if not basis.coverage:
        return "nothing is known"
    return _spans(basis.coverage)


def _spans(spans: tuple[Span, ...]) -> str:
    # The latest matter most to whoever reads a report.
    rest = len(spans) - _LISTED
    listed = "; ".join(span(one) for one in spans[-_LISTED:])
    return f"{counted(rest, 'earlier one', 'earlier ones')}; {listed}" if rest > 0 else listed


def _members(members: MemberList) -> str:
    made = "typed in" if members.date is None else f"as of {visible(members.date)}"
    return f"{visible(members.name)}: {counted(members.members, 'member', 'members')}, {made}"


def _left_out(left: LeftOut, filtered: bool) -> str:
    # Whomever the report is of: nothing of this is known by person.
    whole = "all messages that pass the filters" if filtered else "the whole bus"
    return (
        f"{counted(left.bots, 'message', 'messages')} by bots, "
        f"{left.uncredited:,} credited to nobody, {left.other:,} under __other__ "
        f"(beyond limits.users, or hidden), {left.invalid:,} with an invalid name "
        f"(of {whole})"
    )
