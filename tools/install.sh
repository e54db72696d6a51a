#!/bin/sh
# Installs into a virtual environment and makes it first where it is missing:
#
#     tools/install.sh FOLDER ARGUMENTS-OF-PIP-INSTALL...
#
# uv does the work, because pip needs four minutes for what uv does in one; where uv cannot, pip takes over and says so.
# What pip is told by its variables (index, certificates, a folder of wheels), uv is told too. PYTHON names the
# interpreter for a new environment, UV an installed uv (otherwise one is installed into the environment).
set -eu

folder=$1
shift
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
lock=$here/requirements.lock
unset PYTHONDONTWRITEBYTECODE

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if ! usable "$folder/bin/python"; then
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if usable "$python"; then
            "$python" -m venv --clear "$folder"
            break
        fi
    done
fi
if ! usable "$folder/bin/python"; then
    echo "install: no Python 3.11 or newer with venv was found; name one: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi

links=
for place in ${PIP_FIND_LINKS:-}; do
    links="$links --find-links $place"
done
if [ -z "$links" ] && [ -z "${UV_TORCH_BACKEND:-}" ] && [ "$(uname -s)" = Linux ]; then
    echo "install: PyTorch comes from the package index, on Linux with CUDA (about 3 GB). For the small CPU build" >&2
    echo "install: set UV_TORCH_BACKEND=cpu, or let PIP_FIND_LINKS name a folder that has its wheel." >&2
fi
if [ -z "${SSL_CERT_FILE:-}" ] && [ -n "${PIP_CERT:-}" ]; then
    SSL_CERT_FILE=$PIP_CERT
    export SSL_CERT_FILE
fi
if [ -z "${UV_DEFAULT_INDEX:-}" ] && [ -n "${PIP_INDEX_URL:-}" ]; then
    UV_DEFAULT_INDEX=$PIP_INDEX_URL
    export UV_DEFAULT_INDEX
fi
if [ -z "${UV_INDEX:-}" ] && [ -n "${PIP_EXTRA_INDEX_URL:-}" ]; then
    UV_INDEX=$PIP_EXTRA_INDEX_URL
    export UV_INDEX
fi

uv=${UV:-$folder/bin/uv}
if [ ! -x "$uv" ] && ! "$folder/bin/python" -m pip install -qq --disable-pip-version-check "$(grep '^uv==' "$lock")"; then
    echo "install: uv could not be installed" >&2
fi
# The links are words on purpose: each place is an option of its own.
# shellcheck disable=SC2086
if [ -x "$uv" ] && "$uv" pip install --quiet --python "$folder/bin/python" --build-constraints "$lock" \
    --compile-bytecode $links "$@"; then
    exit 0
fi
echo "install: uv could not install this; pip tries it now, which takes minutes" >&2
PIP_CONSTRAINT=$lock "$folder/bin/python" -m pip install -qq --disable-pip-version-check "$@"
