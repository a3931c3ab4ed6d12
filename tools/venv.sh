#!/bin/sh
# Make a virtual environment: `venv.sh PYTHON FOLDER`. Installs what the
# distribution leaves out of its Python for that, if it can.
set -eu
python=$1
folder=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "fedmsg_exporter needs Python 3.11 or later; \`make PYTHON=/path/to/python ...\` names another" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    echo "installing python3-venv, which this Python lacks" >&2
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends python3-venv
fi
"$python" -m venv "$folder"
