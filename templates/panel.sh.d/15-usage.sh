
# ---- Usage

usage() {
    cat <<'USAGE'
usage: sh panel.sh install   [component…] [--assets DIR] [--dry-run]
       sh panel.sh status    [component…]
       sh panel.sh uninstall [component…] [--purge] [--dry-run]
       sh panel.sh fetch     DIR [component…]

  install     install the panel, or only the given components; run it again to repair or to upgrade
  status      print one line for each thing that is as it should be, or is not; exit with 0 if all are
  fetch       download everything into DIR for install --assets, on any Linux machine and without root
  uninstall   stop and remove the panel; certificates, secrets and data are kept

  --assets DIR  take downloads, their checksum files and DIR/images/*.tar from DIR instead of the network
  --dry-run     print what would be changed, and change nothing
  --purge       with uninstall: also remove certificates, secrets, accounts and data
  --help        print this text
USAGE
    printf '\ncomponents: %s\n' "${COMPONENTS:-none}"
}
