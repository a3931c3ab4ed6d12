#!/bin/sh
# Runs the exporter in an image's tree, as image.sh says; in namespaces of its own.
#
#     container.sh IMAGE MOUNTPOINT LEDGER
set -eu
mount --bind "$1" "$2"
mount -o remount,bind,ro "$2"
mount --bind "$3" "$2/var/lib/fedmsg-exporter"
mount -t proc proc "$2/proc"
mount --bind /dev "$2/dev"
ip link set lo up
exec chroot "$2" setpriv --reuid 1000700000 --regid 0 --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all \
    /opt/fedmsg-exporter/bin/fedmsg-exporter run --source simulation \
    --listen 127.0.0.1:10450 --state /var/lib/fedmsg-exporter/ledger.sqlite
