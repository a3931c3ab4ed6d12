#!/bin/sh
# Installs the servers that the tests start, if they are missing: RabbitMQ,
# Prometheus with promtool, Alertmanager; libfaketime for wrong clocks, and Chromium
# to look at pages. Debian and Fedora; as root or with sudo.
# Starts no service: the tests start their own.
set -eu

packages() {
    command -v epmd >/dev/null && [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] ||
        echo rabbitmq-server
    command -v prometheus >/dev/null && command -v promtool >/dev/null ||
        echo "${1:-prometheus}"
    command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null ||
        echo "${2:-prometheus-alertmanager}"
    command -v faketime >/dev/null || echo "${3:-faketime}"
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v chromium-headless-shell >/dev/null || echo chromium
}

# /usr/sbin is not in everybody's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

missing=$(packages | xargs)
[ -n "$missing" ] || exit 0

fail() {
    echo "$0: $1: please install $missing" >&2
    exit 1
}

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "not root, and sudo is not installed"
    as_root=sudo
fi

# Debian's packages start their services unless this file says no.
policy=/usr/sbin/policy-rc.d

forbid_services() {
    if [ -e "$policy" ]; then
        $as_root mv "$policy" "$policy.kept-by-tests"
    fi
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
}

allow_services() {
    $as_root rm -f "$policy"
    if [ -e "$policy.kept-by-tests" ]; then
        $as_root mv "$policy.kept-by-tests" "$policy"
    fi
}

with_apt() {
    trap allow_services EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    forbid_services
    $as_root apt-get update -qq || fail "apt-get update failed"
    # shellcheck disable=SC2086  # one word per package
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --no-install-recommends $missing >/dev/null ||
        fail "apt-get install failed"
}

# Fedora has packaged Prometheus under its Go name and under its own.
with_dnf() {
    for names in \
        "golang-github-prometheus golang-github-prometheus-alertmanager libfaketime" \
        "prometheus alertmanager libfaketime" \
        "golang-github-prometheus alertmanager libfaketime"; do
        # shellcheck disable=SC2046,SC2086
        if $as_root dnf install -y -q $(packages $names); then
            return
        fi
    done
    fail "dnf install failed"
}

echo "Installing $missing for the tests"
if command -v apt-get >/dev/null; then
    with_apt
elif command -v dnf >/dev/null; then
    with_dnf
else
    fail "neither apt-get nor dnf"
fi

missing=$(packages | xargs)
[ -z "$missing" ] || fail "still missing after the installation"
