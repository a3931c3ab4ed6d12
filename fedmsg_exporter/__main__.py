"""``python -m fedmsg_exporter``, the same as ``fedmsg-exporter``."""

from .cli import main

main()
