"""The Grafana dashboards: written in Python, kept as JSON in deploy/grafana/dashboards.

    python -m tools.dashboards

writes them anew; `git diff` shows what it did. One module is one board. What
they share is in `queries` (PromQL), `panels`, `variables` and `frame`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import category, community, group, health, overview, releng, user

#: Where the boards are kept.
FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"

_MODULES = (overview, category, community, group, user, releng, health)


def texts() -> Mapping[str, str]:
    """The text of each board's file, by its name."""
    boards = [module.board() for module in _MODULES]
    encode = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode
    return {f"{board.uid}.json": encode(board) + "\n" for board in boards}


def boards() -> Mapping[str, dict[str, Any]]:
    """Each board as Grafana reads it, by its uid."""
    return {name.removesuffix(".json"): json.loads(text) for name, text in texts().items()}
