"""Elements of SVG and HTML as text, and what each drawing consists of. Pure.

Elements have classes, no colours: the page's style knows light, dark and print.
"""

from html import escape
from typing import NamedTuple

from ..values import visible

#: The height of a line of text, and the width of a digit in a wide font, in pixels.
LINE = 16
CHARACTER = 7.4
#: Between the ends of a range.
DASH = "\u2013"


class Key(NamedTuple):
    """An entry of a legend: the class of its swatch, and what it means."""

    style: str
    text: str


class Drawing(NamedTuple):
    """A chart: its elements, its height in pixels, and its description in words."""

    body: str
    height: float
    description: str
    legend: tuple[Key, ...] = ()
    #: What of the table is not drawn.
    remark: str = ""


def tag(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element. ``content`` is markup; attributes are escaped, ``class_`` is class."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _attribute(value: str | float) -> str:
    return quoted(value) if isinstance(value, str) else number(value)


def quoted(text: str) -> str:
    """A text for content or an attribute."""
    return escape(visible(text))


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel: the same on each machine, and short."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def text(x: float, y: float, content: str, **attributes: str | float) -> str:
    """A text at a place."""
    return tag("text", quoted(content), x=x, y=y, **attributes)


def points(places: list[tuple[float, float]]) -> str:
    """A path's line through places."""
    return "M" + "L".join(f"{number(x)},{number(y)}" for x, y in places)


def shortened(content: str, width: float) -> str:
    """A text that fits into a width, with an ellipsis if it is cut."""
    most = max(1, int(width / CHARACTER))
    seen = visible(content)
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"
