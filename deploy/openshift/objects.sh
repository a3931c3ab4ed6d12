#!/bin/sh
# Prints all objects, the checksum of the config in the pod's annotation, so that a
# changed config takes effect:
#
#     sh deploy/openshift/objects.sh | oc apply -f -
set -eu

file=$(dirname "$0")/fedmsg-exporter.yml
# The config is the first document.
checksum=$(sed '/^---$/q' "$file" | sha256sum | cut -c1-16)
sed "s|checksum/config: \"\"|checksum/config: \"$checksum\"|" "$file"
