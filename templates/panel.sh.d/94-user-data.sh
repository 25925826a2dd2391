
# ---- User-data: replaces fetch, backup, restore and the lineage in the full cloud-config, whose size providers limit

# A fresh host has no other certificate.
is_lineage_current() { :; }
lineage_differences() { :; }

usage() {
    printf 'usage: sh panel.sh %s\n' 'preflight [component…] [--assets DIR] [--offline] [--format json]' \
        'install [component…] [--assets DIR] [--offline] [--ignore CHECK] [--dry-run]' \
        'status [component…] [--format json]' 'logs [component…] [--follow]' 'uninstall [component…] [--purge] [--dry-run]'
    printf 'components: %s\n' "$COMPONENTS"
}

case ${1:-} in
fetch | backup | restore)
    die "this panel.sh is from user-data, which does not include $1; run \`sh panel.sh $1\` from the bundle"
    ;;
*) ;;
esac
