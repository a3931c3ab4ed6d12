"""Draws every board from two simulated weeks into preview/, one PNG a board.

    make preview

What comes out is a preview and not Grafana: it is for looking at a board while
one makes it. The data come from a real Prometheus by the boards' own queries.
"""

from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness import Prometheus
from tools import dashboards

from . import asking, filled
from .draw import Answers, Panel, draw
from .fortnight import DAY, END, Fortnight

FOLDER = filled.ROOT / "preview"


def main() -> None:
    """Fill a Prometheus and draw all boards."""
    FOLDER.mkdir(exist_ok=True)
    fortnight = Fortnight(rate=0.1)
    values = asking.chosen(user=_busiest(fortnight), group="packager")
    with TemporaryDirectory() as folder, filled.server(Path(folder), fortnight) as server:
        for uid, board in dashboards.boards().items():
            draw(board, partial(_answers, server, board, values), END, FOLDER / f"{uid}.png")
            print(FOLDER / f"{uid}.png")


def _answers(
    server: Prometheus, board: dict[str, Any], values: dict[str, str], panel: Panel
) -> Answers:
    queries = asking.asked(board, panel, values, end=END, least=3600)
    return [(one.legend, asking.answer(server, one)) for one in queries]


def _busiest(fortnight: Fortnight) -> str:
    recent = (did for did in fortnight.truth if did.moment > END - 7 * DAY)
    return Counter(user for did in recent for user in did.people).most_common(1)[0][0]


if __name__ == "__main__":
    main()
