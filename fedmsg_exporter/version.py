"""The version of the installed package, which the build took from the git tag.

Imports nothing from the package, so that every module can import it.
"""

import re
from importlib.metadata import PackageNotFoundError, version

_COMMIT = re.compile(r"\+g([0-9a-f]+)")


def revision(number: str) -> str:
    """How git names a version: by the commit, or by the tag of a release; else unknown."""
    if commit := _COMMIT.search(number):
        return commit[1]
    is_release = ".dev" not in number and "+" not in number
    return f"v{number}" if is_release else "unknown"


try:
    __version__ = version("fedmsg-exporter")
except PackageNotFoundError:
    # A source tree on the path that is not installed.
    __version__ = "0+unknown"
