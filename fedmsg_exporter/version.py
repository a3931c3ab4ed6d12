"""The version of the installed package, which the build took from the git tag.

Imports nothing from the package, so that every module can import it.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fedmsg-exporter")
except PackageNotFoundError:
    # A source tree on the path that is not installed.
    __version__ = "0+unknown"
