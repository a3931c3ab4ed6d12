"""Tables for people, ready to paste into README.md."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are numbers, and are right-aligned."""
    texts = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(3, *map(len, column)) for column in zip(*texts, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in (texts[0], rule, *texts[1:]))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return f"| {' | '.join(cells)} |"


def percent(part: float, whole: float) -> str:
    """A share; 100 % is only used for the whole."""
    if part == whole:
        return "100 %"
    return f"{min(part / whole, 0.99999) if part < whole else part / whole:.2%}".replace("%", " %")
