"""Identifies a file by its first bytes: as compressed, or as no recording at all.

Names and suffixes are not trusted: standard input has none.
"""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from typing import Any, BinaryIO, cast

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from backports import zstd
    except ImportError:  # a distribution may leave it out: only recordings need it
        zstd = None

__all__ = ["ERRORS", "LONGEST", "Stream", "decompressed", "foreign", "zstd"]

Stream = AbstractContextManager[BinaryIO]

#: The number of bytes needed to identify a file.
LONGEST = 16

_Opener = Callable[[BinaryIO], Any]
_COMPRESSIONS: list[tuple["re.Pattern[bytes]", _Opener]] = [
    (re.compile(rb"\x1f\x8b"), gzip.open),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.open),
    (re.compile(rb"BZh[1-9]"), bz2.open),
]
# A frame, or one of zstd's skippable frames, with which pzstd begins.
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
if zstd is not None:
    _COMPRESSIONS.append((_ZSTD, zstd.open))

_CONVERT = "convert it to UTF-8 with iconv"
_FOREIGN = {
    re.compile(pattern, re.DOTALL): reason
    for pattern, reason in (
        (_ZSTD.pattern, "is compressed with zstd; install backports.zstd or decompress it first"),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "is a zip archive; unpack it first"),
        (rb"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it first"),
        (rb"\x04\x22\x4d\x18", "is compressed with lz4; decompress it first"),
        (rb"SQLite format 3\x00", "is an SQLite database, not a recording"),
        (rb"PGDMP", "is a PostgreSQL dump, not a recording"),
        # With a byte order mark, or without one: a recording begins with a bracket.
        (rb"\xff\xfe\0\0|\0\0\xfe\xff|\0{3}[\[{]|[\[{]\0{3}", f"is UTF-32 text; {_CONVERT}"),
        (rb"\xff\xfe|\xfe\xff|\0[\[{]|[\[{]\0", f"is UTF-16 text; {_CONVERT}"),
    )
}

#: What can go wrong while a compressed file is read.
ERRORS: tuple[type[Exception], ...] = (EOFError, OSError, lzma.LZMAError, zlib.error) + (
    (zstd.ZstdError,) if zstd is not None else ()
)


def decompressed(raw: BinaryIO) -> Stream:
    """The decompressed content of a stream, which need not be compressed."""
    peekable = raw if isinstance(raw, BufferedReader) else BufferedReader(cast(Any, raw))
    start = peekable.peek(LONGEST)
    for pattern, opener in _COMPRESSIONS:
        if pattern.match(start):
            return cast(Stream, opener(cast(BinaryIO, peekable)))
    return nullcontext(cast(BinaryIO, peekable))


def foreign(start: bytes) -> str | None:
    """Why content that begins like this cannot be a recording, and what to do; otherwise None."""
    return next((reason for pattern, reason in _FOREIGN.items() if pattern.match(start)), None)
