#!/bin/sh
# Installs the pinned collector that tests/fleet/collector.rs runs, and prints its program's path.
#
# It is Rotel (https://rotel.dev), which others wrote, from its PyPI package: a program of its own
# that no Python runs, only linked against the library of the Python that it was packed for. It goes
# into $MOSAIC_TEST_ROTEL, else ~/.cache/mosaic-test/rotel-VERSION; a second call does nothing.
set -eu

version=0.0.1a15
directory=${MOSAIC_TEST_ROTEL:-${HOME:?HOME is not set}/.cache/mosaic-test/rotel-$version}
program=$directory/rotel/rotel-agent

if ! "$program" --version >/dev/null 2>&1; then
    python3 -m pip --version >/dev/null 2>&1 || {
        echo "install Rotel $version for the tests: pip is not installed; try: apt-get install python3-pip" >&2
        exit 1
    }
    mkdir -p "$directory"
    python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: \
        --dest "$directory" "rotel==$version" >&2
    python3 -m zipfile -e "$directory"/rotel-"$version"-*.whl "$directory"
    chmod +x "$program"
fi
"$program" --version >/dev/null 2>&1 || {
    echo "install Rotel $version for the tests: $program does not run here:" >&2
    ldd "$program" 2>&1 | grep "not found" >&2 || true
    echo "try: apt-get install libpython$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" >&2
    exit 1
}
echo "$program"
