"""Names: of people, who are all invented, and of packages, which are real."""

from random import Random
from typing import Final


def words(text: str) -> tuple[str, ...]:
    """Make a tuple of the words in a text, which keeps long lists readable."""
    return tuple(text.split())


_SYLLABLES: Final = words(
    "ba bel bri cor da del dor ek fa fen gal gri ha hol ir jo ka kel kor la len lo "
    "mar mi mor na nel no or pa pel qui ra ren ro sa sel sha so ta tel to ur va vel "
    "vo wen xa ya zel zo"
)

#: Packages of Fedora, the much-updated first.
PACKAGES: Final = words(
    "kernel firefox mesa systemd glibc gcc selinux-policy podman chromium "
    "gnome-shell mutter dnf5 rust golang python3.13 cockpit vim git curl openssl "
    "NetworkManager pipewire libreoffice thunderbird plasma-desktop kwin "
    "kf6-kio qt6-qtbase gtk4 glib2 webkitgtk wine ansible-core buildah skopeo "
    "toolbox crun moby-engine containerd kubernetes1.31 etcd hugo nginx httpd "
    "php mariadb11.8 postgresql16 redis valkey nodejs22 ruby perl java-21-openjdk "
    "maven ant cmake meson ninja-build autoconf bash zsh fish tmux htop btop "
    "python-requests python-django5 python-flask python-numpy python-scipy "
    "python-pandas python-sphinx python-pytest python-setuptools python-cryptography "
    "python-twisted python-fedora-messaging python-sqlalchemy python-boto3 "
    "rust-serde rust-tokio rust-clap rust-syn rust-rand rust-bindgen rust-hyper "
    "golang-x-net golang-x-sys golang-github-prometheus golang-github-spf13-cobra "
    "perl-DBI perl-Moose perl-JSON-XS perl-Test-Simple ghc-pandoc ghc-aeson "
    "R-ggplot2 R-dplyr octave julia gdal qgis blender gimp inkscape krita audacity "
    "obs-studio vlc mpv ffmpeg godot supertuxkart wesnoth 0ad nethack freeciv "
    "anaconda lorax pungi koji mock fedpkg rpm rpmlint copr-cli bodhi-client "
    "fedora-release fedora-repos fedora-review packit tmt osbuild coreos-installer "
    "ignition rpm-ostree bootc flatpak gnome-software PackageKit fwupd "
    "linux-firmware microcode_ctl shim grub2 dracut plymouth lvm2 btrfs-progs "
    "xfsprogs e2fsprogs nfs-utils samba freeipa sssd krb5 389-ds-base bind unbound "
    "dnsmasq firewalld nftables wireguard-tools openvpn iproute tcpdump wireshark "
    "nmap aide clamav rkhunter lynis fail2ban logrotate rsyslog cronie at "
    "sudo polkit pam util-linux coreutils findutils grep sed gawk tar gzip xz zstd"
)


def user_name(rng: Random) -> str:
    """Invent a FAS name that Noggin accepts: ``^[a-z0-9][a-z0-9-]{3,30}[a-z0-9]$``."""
    name = _word(rng, 3)
    form = rng.random()
    if form < 0.08:  # noqa: PLR2004  (the shares of the usual forms)
        name = f"{name}-{_word(rng, 2)}"
    elif form < 0.20:  # noqa: PLR2004
        name = f"{name}{rng.randrange(10, 100)}"
    return name


def full_name(rng: Random, user: str) -> str:
    """Invent the name that a user signs with."""
    first = user.partition("-")[0].rstrip("0123456789")
    return f"{first.title()} {_word(rng, 3).title()}"


def _word(rng: Random, syllables: int) -> str:
    """Join syllables to something pronounceable of at least 4 letters."""
    word = "".join(rng.choices(_SYLLABLES, k=syllables))
    return word if len(word) >= 5 else word + rng.choice(_SYLLABLES)  # noqa: PLR2004
