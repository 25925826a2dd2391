# shellcheck shell=bash
# What every script of a release shares. Sourced, never run.
#
# SOURCE_DATE_EPOCH dates everything that is made: the commit's time, or the changelog's where there is no commit
# (the source tarball). So the same tree makes the same bytes.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "${0##*/}: $*" >&2; }
die() { say "$*"; exit 2; }

# version: the version in Cargo.toml.
version() { sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml"; }

if [[ -z ${SOURCE_DATE_EPOCH-} ]]; then
  SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")
fi
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC0 PYTHONDONTWRITEBYTECODE=1

# The targets of the binaries.
# shellcheck disable=SC2034 # used by the scripts that source this file
targets=(x86_64-unknown-linux-musl aarch64-unknown-linux-musl)

# The target that runs on this machine without help.
# shellcheck disable=SC2034
host_target=$(uname -m)-unknown-linux-musl

# deb_arch TARGET, rpm_arch TARGET: the names that Debian, containers and rpm use for an architecture.
deb_arch() { case $1 in x86_64-*) echo amd64 ;; aarch64-*) echo arm64 ;; *) die "unknown target: $1" ;; esac; }
rpm_arch() { printf '%s\n' "${1%%-*}"; }

# pack DIRECTORY NAME FILE: the folder NAME of DIRECTORY as a .tar.gz whose bytes depend on its content alone.
pack() {
  # GNU, not ustar: names of test data are longer than 100 characters.
  tar --create --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --directory "$1" "$2" | gzip -9n >"$3.new"
  mv "$3.new" "$3"
}
