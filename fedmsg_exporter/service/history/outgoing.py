"""What an export of history is made of, by a config."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ...attribution.names import Kinds
from ...config import Config
from ...event import User
from ...groups import Membership, load_configured
from ...groups.fasjson_keeper import NOTE, copied
from ...history.errors import HistoryError
from ...history.export.past import Past
from ...history.export.plan import HOUR, TAIL, Plan, plan
from ...history.export.sources import Known
from ...history.export.weekly import Weekly
from ...history.store import HistoryReader
from ...ledger.reader import Reader
from ...ledger.tables import ActivityTables
from ...ledger.weeks import Kept
from ...privacy import Exposure
from ...statistics.calendar import utc
from ...statistics.coverage import Coverage, Span, covering
from .. import parts
from .joining import shown, shown_groups
from .past import past

_EMPTY = "has no messages; `fedmsg-exporter history import` adds some"
_NO_START = (
    "the ledger does not know when it began, as an old exporter created it: say with --until "
    "where its counters were 0"
)
_OVERLAPS = "--until must not be after {start}: from then on the ledger counts itself"


class Outgoing(NamedTuple):
    """An export that is ready to begin."""

    past: Past
    plan: Plan
    #: What neither history nor the ledger knows, within the plan.
    gaps: tuple[Span, ...]


@contextmanager
def outgoing(
    config: Config, file: Path, until: float | None, dense: float = TAIL
) -> Iterator[Outgoing]:
    """Open history, and the ledger if there is one.

    ``until`` is where the live counters begin, None for where the ledger began,
    ``dense`` how many seconds before that have a sample every four minutes.
    Raises HistoryError, LedgerError, DocumentError.
    """
    with ExitStack() as stack:
        history = stack.enter_context(closing(HistoryReader(file, config.expose)))
        there = config.state is not None and config.state.exists()
        ledger = stack.enter_context(Reader(config.state)) if there and config.state else None
        start = _start(history)
        if start is None:
            raise HistoryError(f"{file}: {_EMPTY}")
        began = _began(ledger)
        live = _until(until, began, history, is_counting=ledger is not None)
        known = _known(config, history, ledger, began)
        if 0 < known.end - live < HOUR:
            # What came between the ledger's beginning and its first message.
            known = known._replace(end=live)
        kept: list[Kept] = [history, *([ledger] if ledger else [])]
        kinds = parts.kinds(config, parts.load_mapping(config))
        weekly = Weekly(kept, lambda name: kinds.of(name).kind == "person")
        wanted = plan(start, live, dense)
        gaps = known.coverage.gaps(wanted.start, wanted.until)
        yield Outgoing(Past(known, weekly, wanted), wanted, gaps)


def _began(ledger: Reader | None) -> float | None:
    """When the ledger began, None if that is not known."""
    return float((ledger.noted("start") if ledger else None) or 0) or None


def _until(
    given: float | None, began: float | None, history: HistoryReader, *, is_counting: bool
) -> float:
    if given is None and began is None and is_counting:
        raise HistoryError(_NO_START)
    if given is not None and began is not None and given > began:
        raise HistoryError(_OVERLAPS.format(start=utc(began)))
    return given or began or _end(history)


def _start(history: HistoryReader) -> float | None:
    """Where history begins: with its coverage, and not after its first message."""
    hour = history.rows.first_hour()
    if hour is None:
        return None
    spans = history.activity.known().spans
    return min(spans[0].start if spans else math.inf, float(hour * HOUR))


def _end(history: HistoryReader) -> float:
    """Where history ends: with its coverage, and not before its last message."""
    hour = history.activity.latest_hour() or 0
    spans = history.activity.known().spans
    return max(spans[-1].end, float(hour * HOUR + 1)) if spans else float((hour + 1) * HOUR)


def _known(
    config: Config, history: HistoryReader, ledger: Reader | None, began: float | None
) -> Known:
    mapping = parts.load_mapping(config)
    kinds = parts.kinds(config, mapping)
    membership = load_configured(config) or copied(config, ledger.noted(NOTE) if ledger else None)
    exposure = past(config).exposure
    groups = shown_groups((membership or Membership()).members(), kinds, exposure)
    live = [Span(began, math.inf)] if began else []
    return Known(
        history.rows,
        history.moments,
        {number: topic for topic, number in history.activity.topics().items()},
        _users(history.activity, kinds, exposure),
        _end(history),
        _joined(history.activity.known(), live),
        _joined(history.people_coverage(), live),
        lambda name: groups.get(name, ()),
    )


def _joined(coverage: Coverage, live: list[Span]) -> Coverage:
    """Coverage with that of the ledger; gaps shorter than activity's hours are none."""
    return covering([*coverage.spans, *live]).bridged(HOUR) if coverage.spans else coverage


def _users(activity: ActivityTables, kinds: Kinds, exposure: Exposure) -> dict[int, User]:
    """Users by number, as they are shown now."""
    found = {}
    for name, seen in activity.users().items():
        user = shown(User(name, seen.kind), kinds, exposure)
        if user is not None:
            found[seen.number] = user
    return found
