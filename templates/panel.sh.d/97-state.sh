
# ---- State: what a run needs before it begins

require_root() {
    [ "$(id -u)" -eq 0 ] || die "$command changes this host and must be run as root; --dry-run does not need root"
}

require_tools() {
    for tool in systemctl sha256sum stat awk tac tar flock; do
        command -v "$tool" >/dev/null || die "$tool not found on this host"
    done
}

# open_state: everything but a change works on a copy of the records, preflight included: nothing is changed before it has
# passed.
open_state() {
    [ -z "${PROXY:-}" ] || export http_proxy="$PROXY" https_proxy="$PROXY" no_proxy="${NO_PROXY:-}"
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    current=$work/current
    echo - >"$current" # awk needs a first line
    records=$work/installed pending=$work/pending
    : >"$records"
    : >"$pending"
    [ ! -r "$state_dir/installed" ] || cp -- "$state_dir/installed" "$records"
    [ ! -r "$state_dir/pending" ] || cp -- "$state_dir/pending" "$pending"
    load_records
    [ -z "$dry_run" ] || [ "$(id -u)" -eq 0 ] || info "not run as root: files that are not readable count as missing"
}

open_persistent_state() {
    records=$state_dir/installed pending=$state_dir/pending
    run_or_die mkdir -p -- "$state_dir/displaced" "$root/run" "$root/var/log"
    run_or_die chmod 0700 "$state_dir/displaced"
    exec 9>"$root/run/panel.lock"
    flock -n 9 || die "another run of panel.sh is in progress"
    : >>"$records"
    : >>"$pending"
    log_file=$root/var/log/panel.log
    (umask 077 && : >>"$log_file")
    chmod 0600 "$log_file"
    log "=== panel.sh $command$selected"
    load_records
}
