#!/usr/bin/env bash
# Runs the README's commands on a machine that has nothing but Rust, git and apt.
#
#   tests/bare/run.sh install    ./up, as root: ends with the table of the fleet
#   tests/bare/run.sh test       .ci/run, as root
#   tests/bare/run.sh refused    ./up as a user who cannot become root: says what root must run
#
# The machine is a fresh minimal root directory in namespaces of its own, with an empty HOME, no
# terminal and a clone of the last commit. Rust is this machine's, mounted read-only; the network,
# the settings of apt, proxies and certificates are this machine's too. When this ends, however
# it ends, every process and every file of it is gone.
#
#   BARE_SUITE    the Debian or Ubuntu release (default: this machine's)
#   BARE_TARGET   a directory to build in, kept: a second run is faster, and not quite bare
#   BARE_TOOLS    programs of this machine to copy in, like cargo-nextest, to save their build
set -euo pipefail

what=${1:-}
case $what in
install | test | refused) ;;
*)
    echo "usage: tests/bare/run.sh install|test|refused" >&2
    exit 2
    ;;
esac
die() {
    echo "bare machine: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || die "root is needed for namespaces and mounts"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: apt-get install mmdebstrap"

top=$(git -C "$(dirname "$(readlink -f "$0")")" rev-parse --show-toplevel)
suite=${BARE_SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
sysroot=$(rustc --print sysroot)
work=$(mktemp -d)
root=$work/root
# What runs is ended before its files go; it runs in the background, so that a signal to this
# script is heard at once.
running=
leave() {
    trap '' INT TERM HUP
    if [ -n "$running" ]; then
        kill -KILL "$running" 2>/dev/null || true
        wait "$running" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$work"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Runs a command in namespaces that die with it, and everything in them.
contained() {
    unshare --mount --pid --fork --kill-child=KILL --propagation=private "$@" </dev/null &
    running=$!
    local status=0
    wait "$running" || status=$?
    running=
    return "$status"
}

echo "==> bare machine: $suite, with git and certificates"
apt-config dump | grep '^Acquire::' >"$work/apt.conf" || true
contained --mount-proc mmdebstrap --quiet --mode=root --variant=minbase \
    --aptopt="$work/apt.conf" --include=git,ca-certificates "$suite" "$root"

# Certificates that this machine trusts beyond the usual ones: without them no https behind a proxy.
for file in /usr/local/share/ca-certificates/*; do
    [ -e "$file" ] && cp "$file" "$root/usr/local/share/ca-certificates/"
done
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
settings=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE \
    SSL_CERT_DIR CURL_CA_BUNDLE GIT_SSL_CAINFO CARGO_HTTP_CAINFO NODE_EXTRA_CA_CERTS; do
    [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done

home=/root
user=root
if [ "$what" = refused ]; then
    home=/home/ada
    user=ada
    chroot "$root" useradd --create-home ada
fi
mkdir -p "$root/opt/rust"
for tool in ${BARE_TOOLS:-}; do cp "$tool" "$root/usr/local/bin/"; done
git clone --quiet --no-local "$top" "$root$home/mosaic"
chroot "$root" chown -R "$user" "$home/mosaic"
[ -z "${BARE_TARGET:-}" ] || mkdir -p "$BARE_TARGET" "$root/target"

case $what in
install | refused) command=(./up) ;;
test) command=(.ci/run) ;;
esac
[ -z "${BARE_TARGET:-}" ] || settings+=(CARGO_TARGET_DIR=/target)

# Runs in namespaces of its own, and makes the directory a real root there: tests that boot hosts
# mount over it, which a chroot would not bear.
inside() {
    mount --bind "$root" "$root"
    mount --bind "$sysroot" "$root/opt/rust"
    mount -o remount,bind,ro "$root/opt/rust"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    [ -z "${BARE_TARGET:-}" ] || mount --bind "$BARE_TARGET" "$root/target"
    mkdir "$root/outside"
    cd "$root"
    pivot_root . outside
    umount --lazy /outside
    rmdir /outside
    exec chroot --userspec="$user" / /usr/bin/env -i HOME="$home" USER="$user" \
        PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        "${settings[@]}" \
        sh -c 'cd "$HOME/mosaic" && exec "$@"' sh "${command[@]}"
}
echo "==> bare machine: ${command[*]}"
export root sysroot home user
export -f inside
declare -p settings command >"$work/inside"
status=0
contained bash -c "set -euo pipefail; . '$work/inside'; inside" || status=$?
echo "==> bare machine: ended with $status"
if [ "$what" = refused ]; then
    # The right end here is to be told, not to succeed.
    [ "$status" -ne 0 ] || die "a user without root was not told anything"
    exit 0
fi
exit "$status"
