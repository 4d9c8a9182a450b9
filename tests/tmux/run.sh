#!/usr/bin/env bash
# Runs the suite over the tmux of another Debian release. Nothing is installed, no root is needed.
#
#   tests/tmux/run.sh trixie              all of it but the hosts that boot, which bring a tmux along
#   tests/tmux/run.sh trixie -E FILTER    whatever `cargo nextest run` takes
#   tests/tmux/run.sh bullseye --version  only says which one it is
#
# The packages of that release (tmux, and the libraries and locale it needs, its C library too: that
# one decides how wide letters are) are unpacked into a directory which is gone at the end. MIRROR
# names another mirror.
set -euo pipefail

cd "$(dirname "$0")/../.."
suite=${1:?usage: tests/tmux/run.sh RELEASE [what cargo nextest run takes]}
shift

# Its name is as long as the one that is written over in the C library, below.
dir=$(mktemp -d /tmp/mosaic.XXX)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"/apt/{state/lists/partial,cache/archives/partial,parts} "$dir/root" "$dir/bin"
touch "$dir/apt/status"
cat >"$dir/apt/release.sources" <<END
Types: deb
URIs: ${MIRROR:-http://deb.debian.org/debian}
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
apt=(apt-get --quiet=2 -o "Dir::State=$dir/apt/state" -o "Dir::State::status=$dir/apt/status"
    -o "Dir::Cache=$dir/apt/cache" -o "Dir::Etc::sourcelist=$dir/apt/release.sources"
    -o "Dir::Etc::sourceparts=$dir/apt/parts" -o APT::Sandbox::User=)
"${apt[@]}" update
"${apt[@]}" install --yes --download-only --no-install-recommends tmux libc-bin patchelf >/dev/null
for package in "$dir"/apt/cache/archives/*.deb; do dpkg -x "$package" "$dir/root"; done

# It runs with the libraries of its release, and without a variable that says so: agents would
# inherit that.
library=$(dirname "$(find "$dir/root" -name libc.so.6)")
loader=$(find "$library" -maxdepth 1 -name 'ld-linux*' | head -n 1)
# Releases before 12 have them in two places.
libraries=$dir/root/lib/${library##*/}:$dir/root/usr/lib/${library##*/}
cp "$dir/root/usr/bin/tmux" "$dir/bin/tmux"
"$loader" --library-path "$libraries" "$dir/root/usr/bin/patchelf" \
    --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$dir/bin/tmux"
cp -r "$dir"/root/usr/lib/locale/C.* "$dir"
sed -i "s#/usr/lib/locale#$dir#g" "$library/libc.so.6"

export PATH="$dir/bin:$PATH"
echo "over $(tmux -V) of $suite"
case ${1-} in
--version) ;;
'') cargo nextest run --locked --no-fail-fast -E 'not binary(booted)' ;;
*) cargo nextest run --locked --no-fail-fast "$@" ;;
esac
