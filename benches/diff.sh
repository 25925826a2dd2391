#!/bin/sh
# `panelgen diff` of two equal bundles against `diff -ruN` on the same two trees, as a ratio in one run.
#
#     cargo build --release && benches/diff.sh [BLOCKS]
#
# Blocks of 50 runs take turns, and the shortest block of each counts: the mean measures the neighbours.
set -eu

cd "$(dirname "$0")/.."
blocks=${1:-10}
panelgen=${CARGO_TARGET_DIR:-target}/release/panelgen
[ -x "$panelgen" ] || {
    echo "diff: no $panelgen; run \`cargo build --release\` first" >&2
    exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$panelgen" render -d example.com -o "$work/a/" 2>/dev/null
"$panelgen" render -d example.com -o "$work/b/" 2>/dev/null

# block COMMAND…: how many microseconds one of 50 runs took.
block() {
    begin=$(date +%s%N)
    run=0
    while [ "$run" -lt 50 ]; do
        "$@" >/dev/null 2>&1
        run=$((run + 1))
    done
    echo "$((($(date +%s%N) - begin) / 50000))"
}

# shorter A B
shorter() { if [ -z "$1" ] || [ "$2" -lt "$1" ]; then echo "$2"; else echo "$1"; fi; }

gnu='' ours='' fresh=''
while [ "$blocks" -gt 0 ]; do
    blocks=$((blocks - 1))
    gnu=$(shorter "$gnu" "$(block diff -ruN "$work/a" "$work/b")")
    ours=$(shorter "$ours" "$(block "$panelgen" diff "$work/a" "$work/b")")
    fresh=$(shorter "$fresh" "$(block "$panelgen" diff -d example.com "$work/a")")
done
report() { awk -v name="$1" -v took="$2" -v gnu="$gnu" 'BEGIN { printf "%-40s %6d µs  %.2f×\n", name, took, took / gnu }'; }
report 'diff -ruN A B' "$gnu"
report 'panelgen diff A B' "$ours"
report 'panelgen diff -d example.com A' "$fresh"
