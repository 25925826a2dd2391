#!/bin/sh
# What a fleet costs, as ratios taken in one run: CPU against a program that writes the same prepared bytes, bytes of bundle
# a CPU-second, two processors against one, memory, and `diff --fleet` against `diff -ruN` on two ready trees.
#
#     cargo build --release && benches/fleet.sh [HOSTS]
#
# Everything is written in memory (/dev/shm). The best of three runs counts: the others measure the neighbours.
set -eu

cd "$(dirname "$0")/.."
hosts=${1:-2000}
panelgen=${CARGO_TARGET_DIR:-target}/release/panelgen
[ -x "$panelgen" ] || {
    echo "fleet: no $panelgen; run \`cargo build --release\` first" >&2
    exit 2
}
[ -x /usr/bin/time ] || { echo 'fleet: GNU time is missing (apt-get install time)' >&2; exit 2; }

work=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work"' EXIT

# fleet COUNT: a document with that many hosts.
fleet() {
    printf 'defaults:\n  mail: ops@corp.org\n  target: debian-12\nhosts:\n'
    seq -f '  - domain: host%06.0f.eu.example.org
    labels: {region: eu}' "$1"
}
for count in 1 1000 10000 "$hosts"; do fleet "$count" >"$work/$count.yaml"; done

# measure COMMAND…: CPU seconds, the least of three runs. `$before` runs before each.
before=:
measure() {
    for _ in 1 2 3; do
        $before
        # diff exits 1 where it differs, which is no failure here.
        /usr/bin/time -o "$work/time" -f '%U %S' "$@" >/dev/null 2>&1 || true
        awk 'END { printf "%.2f\n", $1 + $2 }' "$work/time"
    done | sort -n | head -n 1
}
row() { printf '%-53s %s\n' "$1" "$2"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# The stream.
bytes=$("$panelgen" render --fleet "$work/$hosts.yaml" 2>/dev/null | wc -c)
one=$(measure taskset -c 0 "$panelgen" render --fleet "$work/$hosts.yaml" -o -)
row "stream, MB of bundle a CPU-second" "$(awk -v b="$bytes" -v c="$one" 'BEGIN { printf "%.0f", b / 1e6 / c }')"
row "stream, CPU a host, µs" "$(awk -v n="$hosts" -v c="$one" 'BEGIN { printf "%.0f", c * 1e6 / n }')"
# Hosts that share no model: each has a route of its own.
{
    printf 'defaults:\n  mail: ops@corp.org\n  target: debian-12\nhosts:\n'
    seq "$hosts" | awk '{ printf "  - domain: host%06d.eu.example.org\n    routes: [{path: /app%d/, upstream: \"http://127.0.0.1:3001\"}]\n", $1, $1 }'
} >"$work/own.yaml"
own=$(measure taskset -c 0 "$panelgen" render --fleet "$work/own.yaml" -o -)
bytes=$("$panelgen" render --fleet "$work/own.yaml" 2>/dev/null | wc -c)
row "the same of hosts with a route each, MB" "$(awk -v b="$bytes" -v c="$own" 'BEGIN { printf "%.0f", b / 1e6 / c }')"
row "the same of hosts with a route each, µs" "$(awk -v n="$hosts" -v c="$own" 'BEGIN { printf "%.0f", c * 1e6 / n }')"

# elapsed COMMAND…: the shortest of five runs, in milliseconds.
elapsed() {
    for _ in 1 2 3 4 5; do
        begin=$(date +%s%N)
        "$@" >/dev/null 2>&1
        echo $((($(date +%s%N) - begin) / 1000000))
    done | sort -n | head -n 1
}
one=$(elapsed taskset -c 0 "$panelgen" render --fleet "$work/10000.yaml" -o -)
two=$(elapsed "$panelgen" render --fleet "$work/10000.yaml" -o -)
row "stream of 10,000, one processor against two, elapsed" "$(ratio "$one" "$two")"

# The directory, against a program that writes the same bytes to the same paths.
cat >"$work/writer.rs" <<'RUST'
//! Writes the members of a tar archive that it has in memory; tells the CPU time of that alone, in seconds.
use std::{env, fs, io::Write, os::unix::fs::OpenOptionsExt};
fn cpu() -> f64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
fn main() {
    let archive = fs::read(env::args().nth(1).unwrap()).unwrap();
    let text = |field: &[u8]| String::from_utf8(field.iter().copied().take_while(|b| *b != 0).collect()).unwrap();
    let mut members = Vec::new();
    let mut at = 0;
    while archive[at] != 0 {
        let head = &archive[at..at + 512];
        let (name, prefix) = (text(&head[..100]), text(&head[345..500]));
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let number = |field: &[u8]| usize::from_str_radix(&text(field), 8).unwrap();
        let (mode, size) = (number(&head[100..108]) as u32, number(&head[124..136]));
        members.push((name, mode, &archive[at + 512..at + 512 + size]));
        at += 512 + size.next_multiple_of(512);
    }
    env::set_current_dir(env::args().nth(2).unwrap()).unwrap();
    let begin = cpu();
    for (name, mode, content) in members {
        if name.ends_with('/') {
            fs::create_dir(&name).unwrap();
        } else {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(mode).open(&name).unwrap().write_all(content).unwrap();
        }
    }
    println!("{:.2}", cpu() - begin);
}
RUST
rustc -O -o "$work/writer" "$work/writer.rs" 2>/dev/null
"$panelgen" render --fleet "$work/$hosts.yaml" >"$work/fleet.tar" 2>/dev/null
least=
for _ in 1 2 3; do
    mkdir "$work/written"
    took=$("$work/writer" "$work/fleet.tar" "$work/written")
    rm -rf "$work/written"
    least=$(printf '%s\n' "$took" $least | sort -n | head -n 1)
done
rm "$work/fleet.tar"
clear() { rm -rf "$work/out"; }
before=clear
new=$(measure taskset -c 0 "$panelgen" render --fleet "$work/$hosts.yaml" -o "$work/out")
before=:
row "new directory against writing prepared bytes, CPU" "$(ratio "$new" "$least")"
again=$(measure taskset -c 0 "$panelgen" render --fleet "$work/$hosts.yaml" -o "$work/out")
row "unchanged directory against the same, CPU" "$(ratio "$again" "$least")"

# Differences.
cp -r "$work/out" "$work/copy"
ours=$(measure taskset -c 0 "$panelgen" diff --fleet "$work/$hosts.yaml" "$work/out")
theirs=$(measure taskset -c 0 diff -ruN "$work/out" "$work/copy")
row "diff --fleet against diff -ruN, CPU" "$(ratio "$ours" "$theirs")"
rm -rf "$work/out" "$work/copy"

# Memory: the median of nine runs, because two threads never take quite the same.
most() {
    for _ in 1 2 3 4 5 6 7 8 9; do
        /usr/bin/time -o "$work/time" -f %M "$@" >/dev/null 2>&1
        cat "$work/time"
    done | sort -n | sed -n 5p
}
alone=$(most "$panelgen" render -d host000001.eu.example.org -o -)
some=$(most "$panelgen" render --fleet "$work/1000.yaml" -o -)
many=$(most "$panelgen" render --fleet "$work/10000.yaml" -o -)
row "memory, 1,000 hosts above one host alone, KiB" "$((some - alone))"
row "memory, 10,000 hosts above 1,000, KiB" "$((many - some))"
