#!/bin/sh
# Unpacks the servers of Debian's unstable suite into a cache folder, so that the tests
# can run on them alongside the installed ones. Installs nothing and needs no root: apt
# works in its own folders, on the mirror that the system is configured for.
#
# Everything comes with its libraries, down to libc, and is started through that libc's
# loader: the suite may need a newer libc than the system has.
set -eu

cache=${FEDMSG_EXPORTER_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/fedmsg_exporter/servers}
suite=${FEDMSG_EXPORTER_SUITE:-sid}
packages=${FEDMSG_EXPORTER_PACKAGES:-prometheus prometheus-alertmanager victoria-metrics rabbitmq-server}
programs="prometheus promtool prometheus-alertmanager amtool victoria-metrics vmalert vmalert-tool"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
contents="$suite: $packages ($programs)"

# Remove the folder to fetch newer versions.
if [ "$(cat "$cache/contents" 2>/dev/null)" = "$contents" ]; then
    exit 0
fi

skip() {
    echo "$0: skipping the tests on newer servers: $1" >&2
    exit 0
}

command -v apt-get >/dev/null || skip "there is no apt-get"
command -v dpkg-deb >/dev/null || skip "there is no dpkg-deb"
# shellcheck disable=SC1091
. /etc/os-release
[ "${ID:-}" = debian ] || skip "this is not Debian"
# shellcheck disable=SC2016  # apt fills these in
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="${VERSION_CODENAME:-}" '$1 == release { print $2; exit }')
[ -n "$mirror" ] || skip "apt has no source for ${VERSION_CODENAME:-this release}"

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
root=$work/root

private_apt() {
    apt-get -qq -y \
        -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::Etc::preferencesparts=- -o Dir::Etc::preferences=- \
        -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" \
        -o Dir::Cache="$work/cache" -o Debug::NoLocking=true \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
        -o Acquire::Retries=3 "$@" >>"$work/apt.log" 2>&1
}

fetch() {
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$root"
    : >"$work/state/status" # nothing counts as installed: every library is fetched
    signed=
    [ ! -e "$keyring" ] || signed="[signed-by=$keyring] "
    echo "deb $signed$mirror $suite main" >"$work/sources.list"
    private_apt update || return
    # shellcheck disable=SC2086  # one word per package
    private_apt --download-only --no-install-recommends install $packages || return
    for package in "$work"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$root" || return
    done
}

is_program() {
    [ -f "$1" ] && [ ! -L "$1" ] && [ -x "$1" ] &&
        [ "$(head -c 4 "$1" | tr -d '\177')" = ELF ]
}

# Replaces each program with a script that starts it through the suite's own loader.
wrap() {
    at=$cache/root
    loader=$(cd "$root" && find usr -name 'ld-linux*.so*' ! -type l | head -n 1)
    libraries=$(cd "$root" && dirname "$(find usr -name libc.so.6 | head -n 1)")
    for program in $1; do
        is_program "$root/$program" || continue
        mv "$root/$program" "$root/$program.elf"
        cat >"$root/$program" <<SCRIPT
#!/bin/sh
exec "$at/$loader" --argv0 "\$0" --library-path "$at/$libraries" "$at/$program.elf" "\$@"
SCRIPT
        chmod 755 "$root/$program"
    done
}

# Leaves what the tests start, and what that reads.
arrange() {
    mv "$root/usr/bin" "$root/usr/all"
    mkdir "$root/usr/bin"
    for program in $programs; do
        # Of some of the packages only, there are some of the programs.
        [ ! -e "$root/usr/all/$program" ] || mv "$root/usr/all/$program" "$root/usr/bin/" || return
    done
    rm -rf "$root/usr/all" "$root/usr/share" "$root/usr/sbin" "$root/usr/lib/systemd"
    # Erlang's scripts know where they are installed, not where they are.
    mkdir -p "$root/usr/lib/erlang"
    find "$root"/usr/lib/erlang -path '*/bin/*' -type f -exec grep -lIF /usr/lib/erlang {} + |
        xargs -r sed -i "s|/usr/lib/erlang|$cache/root&|g"
    wrap "$(cd "$root" && find usr/bin usr/lib/erlang -type f -perm -u+x ! -name '*.so*')"
    for package in $packages; do
        dpkg-deb -W --showformat '${Package} ${Version}\n' \
            "$work/cache/archives/${package}"_*.deb || return
    done >"$root/versions"
}

echo "Fetching the servers of Debian's $suite for the tests into $cache"
if ! fetch; then
    tail -n 5 "$work/apt.log" >&2
    skip "apt-get could not fetch them"
fi
arrange || skip "the packages of $suite have changed"
rm -rf "$cache/root"
mv "$root" "$cache/root"
echo "$contents" >"$cache/contents"
