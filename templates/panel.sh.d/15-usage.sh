
# ---- Usage

usage() {
    cat <<'USAGE'
usage: sh panel.sh preflight [component…] [--assets DIR] [--offline] [--format json]
       sh panel.sh install   [component…] [--assets DIR] [--offline] [--ignore CHECK] [--dry-run]
       sh panel.sh status    [component…] [--format json]
       sh panel.sh logs      [component…] [--follow]
       sh panel.sh uninstall [component…] [--purge] [--dry-run]

  preflight   check whether this host can take this bundle, and change nothing; exit with 0 if nothing prevents it
  install     install the panel, or only the given components; run it again to repair or to upgrade
  status      print one line for each thing that is as it should be, or is not; exit with 0 if all are
  logs        print the latest lines that the units of the components wrote to the journal
  uninstall   stop and remove the panel; certificates, secrets and data are kept

  --assets DIR  take downloads, their checksum files and DIR/images/*.tar from DIR instead of the network
  --offline     do not check over the network whether downloads and images can be had
  --ignore CHECK  install although this check of preflight reports an error; the option can be repeated
  --format json print the result of preflight or status for machines
  --follow      go on printing new lines
  --dry-run     print what would be changed, and change nothing
  --purge       with uninstall: also remove certificates, secrets, accounts and data
  --help        print this text
USAGE
    printf '%s%s\ncomponents: %s\n' "${fetch_usage:-}" "${backup_usage:-}" "${COMPONENTS:-none}"
}
