"""The apps that speak on the simulated bus, one module a family.

Volumes are in thousandths of the whole bus. They follow what is known of the
real one: about 80,000 messages a day, of which Koji, Copr and the testing of
builds send most; people's own words are few.
"""

from typing import Final

from . import (
    accounts,
    bodhi,
    copr,
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

#: All apps. One that has two rhythms stands here twice.
APPS: Final[tuple[App, ...]] = (
    *koji.APPS,
    *copr.APPS,
    *bodhi.APPS,
    *pagure.APPS,
    *webhooks.APPS,
    *writing.APPS,
    *accounts.APPS,
    *meetings.APPS,
    *testing.APPS,
    *upstream.APPS,
    *releases.APPS,
    *infrastructure.APPS,
)
