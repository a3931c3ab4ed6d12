"""The Grafana dashboards: written in Python, kept as JSON in deploy/grafana/dashboards.

    python -m tools.dashboards

writes them again; `git diff` shows what changed. One module is one board. What
they share is in `queries` (PromQL), `panels`, `variables`, `frame` and `grafana`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import category, community, grafana, group, health, overview, releng, user

#: Where the boards are kept.
FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"

_MODULES = (overview, category, community, group, user, releng, health)


def texts() -> Mapping[str, str]:
    """The text of each board's file, by its name."""
    return {f"{uid}.json": _text(board) for uid, board in boards().items()}


def boards() -> Mapping[str, dict[str, Any]]:
    """Each board as Grafana reads it, by its uid."""
    made = [json.loads(JSONEncoder().encode(module.board())) for module in _MODULES]
    return {board["uid"]: grafana.finished(board) for board in made}


def _text(board: dict[str, Any]) -> str:
    return json.dumps(board, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
