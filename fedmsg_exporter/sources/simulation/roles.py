"""Roles: what people do in the project, and the groups that go with it.

The group names are real FAS groups; who is in them is invented.
"""

from typing import Final, NamedTuple

from .names import words


class Role(NamedTuple):
    """A kind of contributor: its share of all people, their categories and groups."""

    share: float
    interests: frozenset[str]
    groups: frozenset[str]
    maintains: bool = False


def _role(share: float, interests: str, groups: str, *, maintains: bool = False) -> Role:
    everyone = "badges discourse fas fmn ipa mailman maubot pretix"
    return Role(
        share,
        frozenset(words(f"{everyone} {interests}")),
        frozenset(words(groups)),
        maintains,
    )


ROLES: Final = (
    _role(  # packagers
        0.44,
        "anitya bodhi bugzilla buildsys copr forgejo git pagure waiverdb",
        "packager provenpackager python-sig rust-sig go-sig java-sig kde-sig gnome-sig "
        "kernel epel-packagers-sig multimedia-sig games-sig neuro-sig",
        maintains=True,
    ),
    _role(  # testers
        0.12,
        "bodhi bugzilla forgejo kerneltest openqa pagure waiverdb wiki",
        "qa kernel packager server-wg workstation-wg",
    ),
    _role(  # writers and translators
        0.12,
        "forgejo meetbot pagure planet weblate wiki",
        "docs l10n i18n-team magazine-editors fedora-join",
    ),
    _role(  # designers and web people
        0.06,
        "forgejo github meetbot pagure planet wiki",
        "design-team websites-apps-team marketing-team",
    ),
    _role(  # those who keep the servers up
        0.06,
        "anitya ansible fedocal fedora_elections forgejo github infragit meetbot "
        "mirrormanager pagure",
        "infra-sig sysadmin-main sysadmin-noc sysadmin-web sysadmin-releng releng-team",
    ),
    _role(  # those who bring people together
        0.12,
        "fedocal fedora_elections meetbot planet wiki",
        "ambassadors commops council dei-team fedora-join fesco marketing-team mentors",
    ),
    _role(  # those who write the software
        0.08,
        "copr forgejo github gitlab pagure",
        "copr-team coreos-sig cloud-sig eln-sig infra-sig",
        maintains=True,
    ),
)

#: The groups, the largest first.
GROUPS: Final = words(
    "packager docs qa ambassadors provenpackager l10n design-team python-sig "
    "fedora-join infra-sig rust-sig commops marketing-team kde-sig go-sig "
    "gnome-sig i18n-team magazine-editors kernel websites-apps-team epel-packagers-sig "
    "java-sig mentors multimedia-sig games-sig neuro-sig cloud-sig coreos-sig "
    "server-wg workstation-wg eln-sig dei-team sysadmin-noc "
    "sysadmin-web releng-team sysadmin-releng copr-team council "
    "fesco sysadmin-main"
)

#: The group of all who maintain packages.
PACKAGERS: Final = "packager"

#: Groups of everybody: of those in some other group, and of all who signed.
UMBRELLAS: Final = ("fedora-contributor", "signed_fpca")
