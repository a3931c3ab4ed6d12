"""Real servers for the tests, as plain processes of the distribution's packages.

`RabbitMQ`, `Prometheus`, `Alertmanager` and the `Exporter` each live in their own
folder, listen on 127.0.0.1 on ports that were free, and leave nothing running
behind. `Datagrepper` is the exception: there is no package of it, so it is a
server written for the tests. ``chromium`` drives a browser. ``install.sh`` next to
this file installs what they need.
"""

from .alertmanager import Alertmanager
from .datagrepper import Datagrepper
from .exporter import Exporter
from .processes import Process, WaitError, free_port, has_ipv6, wait_until
from .programs import require
from .prometheus import Prometheus, Sample, promtool
from .publishing import Outgoing
from .rabbitmq import RabbitMQ
from .victoria import VictoriaMetrics

__all__ = [
    "Alertmanager",
    "Datagrepper",
    "Exporter",
    "Outgoing",
    "Process",
    "Prometheus",
    "RabbitMQ",
    "Sample",
    "VictoriaMetrics",
    "WaitError",
    "free_port",
    "has_ipv6",
    "promtool",
    "require",
    "wait_until",
]
