r"""datanommer's table of messages in a plain SQL dump (``pg_dump``). Pure.

A dump has each table, and of TimescaleDB each chunk of a table, as lines after
``COPY name (columns) FROM stdin;`` up to ``\.``, in no order of time.
"""

import re
from collections.abc import Iterable, Iterator

from .datanommer import NEEDED, Columns, Incomplete, Row, columns_of, message, present

_COPY = re.compile(r"COPY (\S+) \((.*)\) FROM stdin;")
_END = "\\."
_NULL = "\\N"
#: The escapes of COPY, except the backslash itself.
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COMPRESSED = (
    "is a compressed chunk of TimescaleDB, which only TimescaleDB can read: restore the dump "
    "there and export the table as CSV, or use the daily exports"
)


def is_dump(head: str) -> bool:
    """Whether a text begins like a dump."""
    return "-- PostgreSQL database dump" in head or bool(_COPY.match(head))


def messages(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of every table of messages, each with its line. Raises Incomplete."""
    numbered = enumerate(lines, 1)
    found = False
    for number, line in numbered:
        table = _COPY.match(line)
        if not table:
            continue
        columns = _columns(table, number)
        found = found or columns is not None
        yield from _rows(numbered, columns)
    if not found:
        raise Incomplete("contains no table of messages")


def _columns(table: re.Match[str], line: int) -> Columns | None:
    """The columns of a table of messages, None for another table. Raises Incomplete."""
    if "compress_hyper" in table[1]:
        raise Incomplete(f"line {line}: {table[1]} {_COMPRESSED}")
    names = [name.strip().strip('"') for name in table[2].split(",")]
    if table[1].rpartition(".")[2].strip('"') == "messages" or set(NEEDED) <= set(present(names)):
        return columns_of(names, f"line {line}: {table[1]}")
    return None


def _rows(numbered: Iterator[tuple[int, str]], columns: Columns | None) -> Iterator[Row]:
    for number, line in numbered:
        text = line.rstrip("\r\n")
        if text == _END:
            return
        if columns:
            yield number, message([_field(one) for one in text.split("\t")], columns, number)
    raise Incomplete("the file ends in the middle of a table")


def _field(text: str) -> str:
    if "\\" not in text:
        return text
    if text == _NULL:
        return ""
    # Between two escaped backslashes there is seldom anything to do.
    return "\\".join(_ESCAPE.sub(_unescaped, part) for part in text.split("\\\\"))


def _unescaped(found: re.Match[str]) -> str:
    octal, hexadecimal, one = found.groups()
    if one is not None:
        return _NAMED.get(one, one)
    return chr(int(octal, 8) if octal else int(hexadecimal, 16))
