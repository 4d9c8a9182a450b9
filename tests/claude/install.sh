#!/bin/sh
# Installs the pinned Claude Code that tests/claude runs, and prints the path of its program.
#
# It goes into $MOSAIC_TEST_CLAUDE, else ~/.cache/mosaic-test/claude-VERSION; a second call does
# nothing. Its package brings a native program for each platform, which needs no node to run;
# npm of Debian and Ubuntu is enough to fetch it. Scripts of the package are not run: the native
# program is used where it lies.
set -eu

version=2.1.330
directory=${MOSAIC_TEST_CLAUDE:-${HOME:?HOME is not set}/.cache/mosaic-test/claude-$version}

program() {
    find "$directory/node_modules/@anthropic-ai" -path '*claude-code-linux-*/claude' -type f 2>/dev/null |
        while read -r candidate; do
            # Of two C libraries only one runs here.
            if "$candidate" --version 2>/dev/null | grep -q "^$version "; then
                echo "$candidate"
                break
            fi
        done
}

found=$(program)
if [ -z "$found" ]; then
    command -v npm >/dev/null || {
        echo "install Claude Code $version for the tests: npm is not installed; try: apt-get install npm" >&2
        exit 1
    }
    mkdir -p "$directory"
    # An exact version: without it, npm on an older node quietly takes an older release.
    npm install --prefix "$directory" --no-audit --no-fund --ignore-scripts \
        "@anthropic-ai/claude-code@$version" >&2
    found=$(program)
fi
[ -n "$found" ] || {
    echo "install Claude Code $version for the tests: no program in $directory runs here; remove it and try again" >&2
    exit 1
}
echo "$found"
