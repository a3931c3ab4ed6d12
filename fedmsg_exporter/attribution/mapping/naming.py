"""What rules are called in the story of an event: their file and line."""

from pathlib import Path as FilePath

from ...document import Document, Key

#: The mapping that ships, by its name inside this package.
PACKAGED = "attribution/mapping/mapping.yml"


def rule_name(source: Document, key: Key) -> str:
    """``mapping.yml:7`` for a user's file, ``packaged mapping.yml:7`` for the one that ships."""
    name = f"{FilePath(source.file).name}:{source.line(key)}"
    return f"packaged {name}" if source.file == f"fedmsg_exporter/{PACKAGED}" else name
