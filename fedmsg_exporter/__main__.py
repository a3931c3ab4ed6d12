"""``python -m fedmsg_exporter``, the same as ``fedmsg-exporter``."""

from .commands import main

main()
