"""The version of the installed package, which its build took from the git tag.

Imports nothing from the package, so that every module can import it.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fedmsg-exporter")
except PackageNotFoundError:
    # A source tree on the path that nobody installed.
    __version__ = "0+unknown"
