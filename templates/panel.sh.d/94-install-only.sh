
# ---- Install only: replaces arguments, preflight, status, logs and uninstall in the compact cloud-config

not_included() { die 'this compact panel.sh has only `install [component…] [--assets DIR]`; use the panel.sh of the full bundle'; }
parse_args() {
    [ "${1:-}" = install ] || not_included
    command=install
    while shift && [ $# -gt 0 ]; do
        case $1 in
        --assets=*) assets=${1#*=} ;;
        --assets)
            assets=$2
            shift
            ;;
        -*) not_included ;;
        *) selected="$selected $1" ;;
        esac
    done
}
preflight() { not_included; }
show_status() { not_included; }
show_logs() { not_included; }
uninstall_panel() { not_included; }
record_data_dir() { record "$data_dir_component" data_dir made "$data_dir_path"; }
record_unit_before() { :; }
record_certificate() { record "$ACME_COMPONENT" certificate made "$DOMAIN"; }
check_existing_account() { :; }
is_lineage_current() { :; }
keep_stopped() { :; }
allow_start() { :; }
backup_nginx() { :; }
rollback_nginx() { :; }
backup_nginx_file() { :; }
remove_stale() { :; }
remove_stale_ordered() { :; }
plan_images() { :; }
load_image() { :; }
# require_preflight: the two mistakes that no later run repairs.
require_preflight() {
    # shellcheck source=/dev/null
    . "$root/etc/os-release"
    case $(uname -m):$ARCH in x86_64:amd64 | aarch64:arm64) ;; *) die "the bundle is for $ARCH" ;; esac
    case $TARGET in "$ID-$VERSION_ID" | "rhel-${VERSION_ID%%.*}") ;; *) die "the bundle is for $TARGET" ;; esac
}
