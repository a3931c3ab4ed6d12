"""The basis of drawing all panels: Grafana's dark colours, sizes in pixels, one drawing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes

from . import colours
from .asking import Asked
from .units import written

mpl.use("Agg")
mpl.rcParams["font.family"] = ["DejaVu Sans"]

PAGE, PANEL, EDGE = "#111217", "#181b1f", "#2a2d33"
TEXT, FAINT, LINK = "#d5d6dc", "#8e929c", "#6e9fff"
#: Colours by the names that the boards use.
NAMED = {
    "green": "#299c46",
    "orange": "#ed8128",
    "red": "#d44a3a",
    "yellow": "#e0b400",
    "blue": "#3274d9",
    "purple": "#a352cc",
    "gray": "#6e7078",
    "text": TEXT,
}
#: The classic palette, in which series take their colours in turn.
PALETTE = (
    *("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9"),
    *("#705da0", "#37872d", "#fade2a", "#447ebc", "#c15c17", "#890f02", "#0a437c"),
)

Panel = dict[str, Any]
#: The queries of a panel, each with Prometheus's result.
Answers = Sequence[tuple[Asked, list[Any]]]


class Drawing(NamedTuple):
    """One panel on its way to paper: ``axes`` count pixels from its lower left corner."""

    axes: Axes
    panel: Panel
    answers: Answers
    end: float
    width: float
    height: float

    @property
    def unit(self) -> str:
        """The unit of the panel's values."""
        return str(self.panel["fieldConfig"]["defaults"].get("unit", "short"))

    def text(self, value: float) -> str:
        """Write a value in the panel's unit."""
        return written(value, self.unit, self.end)

    def config(self, name: str) -> Mapping[str, Any]:
        """What is set for one series."""
        return colours.configured(self.panel, name)

    def inner(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Axes inside the panel, with margins in pixels."""
        place = (left / self.width, bottom / self.height)
        size = (1 - (left + right) / self.width, 1 - (bottom + top) / self.height)
        axes = self.axes.inset_axes((*place, *size))
        axes.set_facecolor("none")
        axes.spines[:].set_visible(False)
        axes.tick_params(labelsize=7, length=0, colors=FAINT)
        return axes

    def nothing(self) -> None:
        """Show that there is no data."""
        words = self.panel["fieldConfig"]["defaults"].get("noValue", "No data")
        self.axes.text(self.width / 2, self.height / 2, words, ha="center", color=FAINT, size=9)


def colour(name: str) -> str:
    """The colour that a name means."""
    return NAMED.get(name, name)


def series_name(one: Asked, labels: Mapping[str, str]) -> str:
    """The name of a series in a legend."""
    if one.legend == "__auto":
        return ", ".join(labels.values())
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), one.legend)
