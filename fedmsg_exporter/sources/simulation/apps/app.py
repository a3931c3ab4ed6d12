"""What an app is to the simulation: a category, its volume, its topics.

To add an app: write a maker for each topic (a function from the scene to what
happened), put them in an `App`, and that into ``APPS`` of the family's module.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from ..scene import Scene
from ..tempo import STEADY, Shape, Trend

Body = dict[str, Any]

#: fedora-messaging's severities, as they are in the headers.
DEBUG: Final = 10
INFO: Final = 20
#: The schema of messages whose publisher has no message class.
BASE: Final = "base.message"
BASE_PACKAGE: Final = "fedora_messaging"

FEDORA: Final = "org.fedoraproject"
CENTOS: Final = "org.centos"
PAGURE_IO: Final = "io.pagure"
RELEASE_MONITORING: Final = "org.release-monitoring"


class Act(NamedTuple):
    """What happened: the body that reports it, and who did it (None: nobody).

    The rest is what the app's message class lists, and its publisher puts into
    the headers: ``names`` the users concerned (None: just the one who did it),
    ``packages``, ``groups`` and ``containers``. Without a class nothing is listed.
    """

    body: Body
    user: str | None = None
    names: Sequence[str] | None = None
    packages: Sequence[str] = ()
    groups: Sequence[str] = ()
    containers: Sequence[str] = ()


Maker = Callable[[Scene], Act]


class Topic(NamedTuple):
    """A topic without domain, environment and category, and its share of the app's volume.

    ``actor`` is the JMESPath to who did it, if the body says so.
    """

    name: str
    share: float
    make: Maker
    schema: str = BASE
    actor: str | None = None
    severity: int = INFO
    priority: int = 0


class App(NamedTuple):
    """An app: its category, the volume (its share of the whole bus, in 1/1000) and when.

    ``package`` is the distribution with its message classes, as it is in the
    headers; ``trend`` how the volume changes over the years.
    """

    category: str
    volume: float
    shape: Shape
    topics: Sequence[Topic]
    domain: str = FEDORA
    package: str = BASE_PACKAGE
    trend: Trend = STEADY
