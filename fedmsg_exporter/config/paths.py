"""Paths as the config spells them: relative to its own folder, or with ~."""

from pathlib import Path


def problem(value: str) -> str | None:
    """What is wrong with a path before anything looks for the file, None if nothing is."""
    if "\0" in value:
        return f"{value!r} contains a NUL byte, which no file name can have"
    try:
        Path(value).expanduser()
    except RuntimeError:
        return f"{value!r} is in the home of an unknown user; write the full path"
    return None


def resolve(base: Path, value: str) -> Path:
    """A path that has no `problem`; a relative one starts from ``base``."""
    return base / Path(value).expanduser()
