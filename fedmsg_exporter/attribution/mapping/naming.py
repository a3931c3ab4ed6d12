"""The names of rules in explanations: their file and line."""

from pathlib import Path as FilePath

from ...document import Document, Key

#: The packaged mapping, by its path in this package.
PACKAGED = "attribution/mapping/mapping.yml"


def rule_name(source: Document, key: Key) -> str:
    """``mapping.yml:7`` for a custom mapping, ``packaged mapping.yml:7`` for the packaged one."""
    name = f"{FilePath(source.file).name}:{source.line(key)}"
    return f"packaged {name}" if source.file == f"fedmsg_exporter/{PACKAGED}" else name
