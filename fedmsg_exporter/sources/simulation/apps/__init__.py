"""The apps that publish on the simulated bus, one module per family.

Volumes are in thousandths of the whole bus. They follow what is known of the
real one: about 80,000 messages a day, of which Koji, Copr and the testing of
builds send most; people's own words are few.
"""

from typing import Final

from . import (
    accounts,
    bodhi,
    copr,
    crowd,
    forgejo,
    infrastructure,
    koji,
    meetings,
    pagure,
    releases,
    testing,
    upstream,
    webhooks,
    writing,
)
from .app import App

#: All apps. One with two rhythms appears twice.
APPS: Final[tuple[App, ...]] = (
    *koji.APPS,
    *copr.APPS,
    *bodhi.APPS,
    *pagure.APPS,
    *webhooks.APPS,
    *forgejo.APPS,
    *crowd.APPS,
    *writing.APPS,
    *accounts.APPS,
    *meetings.APPS,
    *testing.APPS,
    *upstream.APPS,
    *releases.APPS,
    *infrastructure.APPS,
)
