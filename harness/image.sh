#!/bin/sh
# Builds the image on a Debian base of its own and runs it as the strictest cluster would:
# any uid, group 0, no capability, a read-only root, no network but loopback.
#
#     sudo sh harness/image.sh
#
# Needs root, and Debian's packages buildah and debootstrap; some minutes, and 2 GB below
# TMPDIR. Prints the sizes, and how long SIGTERM took.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
export BUILDAH_ISOLATION=chroot
store="--root $folder/store --runroot $folder/run --storage-driver vfs"
trap 'buildah $store umount -a >/dev/null 2>&1; rm -rf "$folder"' EXIT

echo "A Debian base ..."
debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates \
    bookworm "$folder/root" >"$folder/log"
rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
base=$(buildah $store from scratch)
buildah $store add -q "$base" "$folder/root" / >"$folder/log"
buildah $store commit -q "$base" localhost/debian-python >"$folder/log"
rm -rf "$folder/root"

echo "The image ..."
# What trusts this machine's registries does so in the build, too.
certificates=/etc/ssl/certs/ca-certificates.crt
buildah $store bud --network=host -v $certificates:$certificates:ro \
    --build-arg BASE=localhost/debian-python --build-arg VERSION=0.1.0 \
    -t fedmsg-exporter . >"$folder/log" 2>&1 || { tail -20 "$folder/log"; exit 1; }
buildah $store images

echo "A container ..."
mkdir "$folder/ledger" "$folder/there"
chmod 0770 "$folder/ledger"
image=$(buildah $store mount "$(buildah $store from localhost/fedmsg-exporter)")
unshare --net --mount --pid --fork --kill-child \
    sh harness/container.sh "$image" "$folder/there" "$folder/ledger" >"$folder/log" 2>&1 &
outside=$!
find_exporter() { pgrep --full --uid 1000700000 'fedmsg-exporter run' | head -1; }
for _ in $(seq 120); do
    exporter=$(find_exporter) &&
        nsenter --target "$exporter" --net curl --silent --fail \
            http://127.0.0.1:10450/-/healthy >"$folder/healthy" && break
    sleep 0.5
done
cat "$folder/healthy"
test -s "$folder/ledger/ledger.sqlite"

begun=$(date +%s%N)
kill -TERM "$exporter"
wait "$outside"
echo "SIGTERM: $((($(date +%s%N) - begun) / 1000000)) ms"
