#!/bin/sh
# The whole process against an empty Rust program, as a ratio: what a script that renders ten thousand hosts
# one by one pays for each.
#
#     cargo build --release && benches/startup.sh [RUNS]
#
# Uses hyperfine where there is one, else a loop. The minimum is compared: the mean measures the neighbours.
set -eu

cd "$(dirname "$0")/.."
runs=${1:-1000}
panelgen=${CARGO_TARGET_DIR:-target}/release/panelgen
[ -x "$panelgen" ] || {
    echo "startup: no $panelgen; run \`cargo build --release\` first" >&2
    exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'fn main() {}' >"$work/empty.rs"
rustc -O -C panic=abort -C strip=symbols -C lto=fat -C codegen-units=1 -o "$work/empty" "$work/empty.rs"

# fastest COMMAND…: the shortest of the runs, in microseconds.
if command -v hyperfine >/dev/null; then
    fastest() {
        hyperfine --shell=none --warmup 20 --runs "$runs" --export-json "$work/times.json" "$*" >/dev/null 2>&1
        sed -n 's/^ *"min": *\([0-9.e-]*\).*/\1/p' "$work/times.json" | awk '{ printf "%.0f\n", $1 * 1e6 }'
    }
else
    echo "startup: no hyperfine; timing blocks of 50 runs in a loop" >&2
    fastest() {
        best=
        block=0
        while [ "$block" -lt "$((runs / 50 + 1))" ]; do
            block=$((block + 1))
            begin=$(date +%s%N)
            run=0
            while [ "$run" -lt 50 ]; do
                "$@" >/dev/null 2>&1
                run=$((run + 1))
            done
            took=$((($(date +%s%N) - begin) / 50000))
            if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
        done
        echo "$best"
    }
fi

empty=$(fastest "$work/empty")
# report NAME COMMAND…
report() {
    name=$1
    shift
    took=$(fastest "$@")
    awk -v name="$name" -v took="$took" -v empty="$empty" \
        'BEGIN { printf "%-34s %6d µs  %.2f×\n", name, took, took / empty }'
}
printf '%-34s %6d µs  1.00×\n' 'empty program' "$empty"
report 'panelgen --version' "$panelgen" --version
report 'panelgen render, to a pipe' "$panelgen" render -d example.com -o -
report 'panelgen render, unchanged directory' "$panelgen" render -d example.com -o "$work/bundle/"
