"""The trial: one known traffic, imported, exported, counted live, and asked about."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from fedmsg_exporter.config import load
from harness.programs import EDITIONS, INSTALLED, NEWER, using, versions
from harness.victoria import VictoriaMetrics

from . import past, questions, recorded, rules
from .known import DAY, L0, Known
from .live import Live, begin, configured, scrapes
from .right import Verdict, answered, judge
from .rules import Fired
from .stores import InBlocks, InVictoria, Server, Store
from .truth import Truth

VICTORIA = "VictoriaMetrics"
#: Before this, what only a running exporter shows is not there.
_SINCE = -3 * DAY


class Judged(NamedTuple):
    """One question or recorded series at one moment."""

    moment: int
    what: str
    verdict: Verdict


class Result(NamedTuple):
    """What a server said: about questions, about recorded series, and which alerts fired."""

    store: str
    questions: list[Judged]
    recorded: list[Judged]
    fired: list[Fired]


class Trial:
    """The traffic, its history and what is scraped after it, in a folder."""

    def __init__(
        self, folder: Path, known: Known, moments: Sequence[int], scrape: int = 60
    ) -> None:
        """Take moments in seconds relative to `L0`, and the seconds between two scrapes."""
        self.known, self.moments = known, moments
        self.truth = Truth(known)
        self._folder = folder
        self._config = configured(folder / "exporter", known)
        begin(self._config, known)
        self.took = {"import": past.imported(self._config, known, folder / "files")}
        self.took["export"] = past.exported(self._config, folder / "blocks")
        times = scrapes(known, (L0 + moment for moment in moments), scrape)
        self._scrapes = folder / "scrapes.om"
        with self._scrapes.open("w", encoding="utf-8") as file:
            file.writelines(Live(load(self._config), known).samples(times))

    def results(self, stores: Iterable[str]) -> Iterator[Result]:
        """What each store says."""
        for name in stores:
            with ExitStack() as servers:
                store = self._store(name, servers)
                with self._scrapes.open(encoding="utf-8") as lines:
                    store.add(lines)
                rules.record(store, self.known)
                with store.serving() as server:
                    yield self._judged(name, server)

    def _store(self, name: str, servers: ExitStack) -> Store:
        """A store with the history in it."""
        folder = self._folder / name
        if name in EDITIONS:
            blocks = InBlocks(folder, name)
            blocks.copy_blocks(self._folder / "blocks")
            return blocks
        texts = self._folder / "texts"
        past.exported(self._config, texts, "--format", "openmetrics")
        with using(NEWER):
            folder.mkdir()
            victoria = InVictoria(servers.enter_context(VictoriaMetrics(folder)))
        for path in sorted(texts.iterdir()):
            with path.open(encoding="utf-8") as lines:
                victoria.add(lines)
        return victoria

    def _judged(self, name: str, server: Server) -> Result:
        asked, found = [], []
        for moment in self.moments:
            at = L0 + moment
            for one in questions.asked(at):
                verdict = judge(answered(server.query(one.promql, at)), one.right(self.truth, at))
                asked.append(Judged(moment, f"{one.number}. {one.text}", verdict))
            for rule in recorded.everything(self.truth, at):
                verdict = judge(answered(server.query(rule.name, at)), rule.right)
                found.append(Judged(moment, rule.name, verdict))
        end = min(self.known.size.end, L0 + max(self.moments))
        return Result(name, asked, found, rules.fired(server, L0 + _SINCE, end))


def available() -> list[str]:
    """The stores that can be asked on this machine."""
    return [INSTALLED, NEWER, VICTORIA] if versions() else [INSTALLED]
