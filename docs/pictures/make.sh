#!/bin/sh
# Makes the pictures of the README: a fleet of twelve, and a second one whose agents are the terminals
# in which `fleet top` and `agent watch` run; `agent screenshot --svg` takes them. It leaves nothing.
#
#   docs/pictures/make.sh [PROGRAM [DIRECTORY]]
#
# The program is target/debug/mosaic where none is named, and the pictures go beside this file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${1:-$here/../../target/debug/mosaic}")
into=$(realpath "${2:-$here}")
export MOSAIC_ALLOW_TARGET=1
fleet=$(mktemp -d) stage=$(mktemp -d)
on_fleet() { MOSAIC_HOME=$fleet "$program" "$@"; }
on_stage() { MOSAIC_HOME=$stage "$program" "$@"; }
end() {
    on_stage fleet down --yes >/dev/null 2>&1 || true
    on_fleet fleet down --yes >/dev/null 2>&1 || true
    end_marked
    rm -rf "$fleet" "$stage"
}
# Whatever still names one of these homes, also what is frozen; again, because one may just start another.
end_marked() {
    for _ in 1 2 3 4 5; do
        left=false
        for file in $(grep -lsaF -e "$fleet" -e "$stage" /proc/[0-9]*/cmdline /proc/[0-9]*/environ); do
            pid=${file#/proc/}
            pid=${pid%%/*}
            if [ "$pid" != $$ ] && kill -KILL "$pid" 2>/dev/null; then left=true; fi
        done
        "$left" || break
    done
}
trap end EXIT
trap 'exit 130' INT TERM

# A condition with a deadline.
until_true() {
    tries=600
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "make.sh: not within a minute: $*" >&2; exit 1; }
        sleep 0.1
    done
}

mkdir -p "$fleet/config" "$stage/config" "$fleet/work"
cp "$here/session.sh" "$fleet/work/"
cat >"$fleet/config/roster.yaml" <<END
version: 1
defaults: {runtime: stub, workspace: $fleet/work, heartbeat: {every: 1s, healthy_within: 3s}}
agents:
  - {name: ada, role: reviews changes}
  - {name: bob, role: keeps tests green, env: {MOSAIC_STUB_TURN_MS: "600000"}}
  - {name: cleo, role: writes the changelog}
  - {name: dai, role: answers questions, env: {MOSAIC_STUB_TURN_MS: "600000"}}
  - {name: eve, role: triages issues}
  - {name: finn, role: upgrades dependencies, env: {MOSAIC_STUB_TURN_MS: "600000"}}
  - {name: gus, role: nightly benchmarks}
  - {name: hana, role: translates the manual}
  - {name: ivo, role: watches the builds, env: {MOSAIC_STUB_TURN_MS: "600000"}}
  - {name: jun, role: draws diagrams, boot: false}
  - name: kim
    role: nightly report
    runtime: command
    command: sh
    args: ["-c", "echo no such table; exit 3"]
    restart: {backoff: {initial: 1s, max: 1s}}
  - name: lena
    role: builds the parser
    runtime: command
    command: sh
    args: ["session.sh"]
    size: {columns: 200, rows: 50}
END
on_fleet fleet up || true
for busy in bob dai finn ivo; do
    on_fleet send "$busy" "look at the build of last night" --verify >/dev/null
done
on_fleet send bob "and at its warnings" >/dev/null
on_fleet agent stop jun --wait >/dev/null
kill -STOP "$(on_fleet ps --json | jq '.rows[] | select(.agent == "gus") | .pid')"
has() { on_fleet ps --json | jq -e "$1"; }
until_true has '[.rows[] | select(.agent == "gus" and .health == "unresponsive")] | length == 1'
until_true has '[.rows[] | select(.agent == "kim" and .lifecycle == "held")] | length == 1'

columns=agent,role,runtime,session,proc,activity,heartbeat,health
on_the_fleet="exec env MOSAIC_HOME=$fleet MOSAIC_ALLOW_TARGET=1 $program"
cat >"$stage/config/roster.yaml" <<END
version: 1
agents:
  - name: top
    runtime: command
    command: sh
    args: ["-c", "$on_the_fleet fleet top --columns $columns"]
    workspace: $stage
    size: {columns: 124, rows: 17}
  - name: watch
    runtime: command
    command: sh
    args: ["-c", "$on_the_fleet agent watch lena"]
    workspace: $stage
    size: {columns: 100, rows: 30}
END
on_stage fleet up >/dev/null
shows() { on_stage agent screenshot "$1" --text | grep -q "$2"; }
until_true shows top 'unresponsive'
until_true shows watch 'cropped'
for picture in top watch; do
    on_stage agent screenshot "$picture" --svg -o "$into/$picture.svg"
done
