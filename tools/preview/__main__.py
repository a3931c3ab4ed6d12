"""Draws every board from simulated weeks into preview/, one PNG per board, in about a minute.

    make preview

The result is a preview, not Grafana: it is for looking at a board while writing
it. The data come from a real Prometheus by the boards' own queries.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from harness import Prometheus
from tools import dashboards

from . import asking, filled
from .draw import draw
from .fortnight import COARSE, DAY, END, Fortnight, Scraping
from .paper import Answers, Panel
from .weekly import Filled

FOLDER = filled.ROOT / "preview"
#: Eight weeks, so that it shows who stayed and who went.
_START = END - 56 * DAY
_SEED, _PEOPLE, _RATE = 107, 300, 0.02
_SCRAPING = Scraping(
    dense=END - 29 * DAY,
    fine=300,
    fine_for=6 * COARSE,
    rare=("fedmsg_user_", "fedmsg_group_", "fedmsg_project_"),
    packages=False,
)


def main() -> None:
    """Fill a Prometheus and draw all boards."""
    FOLDER.mkdir(exist_ok=True)
    report = partial(_report, monotonic())
    report("simulating eight weeks of the bus")
    weeks = Fortnight(seed=_SEED, people=_PEOPLE, rate=_RATE, start=_START, scraping=_SCRAPING)
    with (
        TemporaryDirectory() as folder,
        filled.server(Path(folder), Filled(weeks, _RATE), report=report) as server,
    ):
        values = asking.chosen(user=_busiest(server), group="(packager|docs|python-sig)")
        for uid, board in dashboards.boards().items():
            report(f"drawing preview/{uid}.png")
            answers = partial(_answers, server, board, values)
            draw(board, answers, values, END, FOLDER / f"{uid}.png")
    report("done")


def _report(start: float, words: str) -> None:
    print(f"{monotonic() - start:4.0f} s  {words}", flush=True)


def _answers(
    server: Prometheus, board: dict[str, Any], values: dict[str, str], panel: Panel
) -> Answers:
    least = _SCRAPING.fine if board["time"]["from"] == "now-6h" else COARSE
    queries = asking.asked(board, panel, values, end=END, least=least)
    return [(one, asking.answer(server, one)) for one in queries]


def _busiest(server: Prometheus) -> str:
    """Somebody to show on the board about one user: the fifth by messages."""
    week = 'topk(5, sum by (user) (user_kind:fedmsg_messages:delta1w{kind="person"}))'
    return min(server.query(week, END), key=lambda one: one.value).labels["user"]


if __name__ == "__main__":
    main()
