
# ---- Output: messages, the log, the progress file, and the end of a run

step=start percent=0 steps_done=0 steps_total=1
log_file=''
deferred_failures='' # the steps that failed without ending the run

# info TEXT: prints one line, and logs it.
info() {
    printf '[%3d%%] %s: %s\n' "$percent" "$step" "$*"
    log "$step: $*"
}

log() {
    [ -z "$log_file" ] || printf '%s\n' "$*" >>"$log_file"
}

warn() {
    printf 'panel.sh: %s: %s\n' "$step" "$*" >&2
    log "$step: $*"
}

# die TEXT: ends the run; on_exit writes the failed step to the progress file.
die() {
    warn "$*"
    exit 1
}

# defer_failure TEXT: a failure that does not keep the rest from being installed; the run still ends non-zero.
defer_failure() {
    warn "$*"
    deferred_failures="$deferred_failures $step"
}

usage_error() {
    printf 'panel.sh: %s\nTry: sh panel.sh --help\n' "$*" >&2
    exit 2
}

# confirm_change TEXT: called before every change of the host. In a dry run it prints the change and returns 1.
confirm_change() {
    if [ -n "$dry_run" ]; then
        info "would $*"
        return 1
    fi
    info "$*"
}

# run COMMAND…: its output goes to the log; the last lines are printed if it fails. Sets `code`.
run() {
    log "+ $*"
    code=0
    "$@" >"$work/last_output" 2>&1 </dev/null 9>&- || code=$?
    [ -z "$log_file" ] || [ ! -s "$work/last_output" ] || cat "$work/last_output" >>"$log_file"
    [ "$code" -eq 0 ] || tail -n 12 "$work/last_output" >&2
    return "$code"
}

run_or_die() { run "$@" || die "\`$*\` failed"; }

# uptime_seconds: not the clock, which may be set while a new host is installed.
uptime_seconds() { read -r uptime _ </proc/uptime && printf '%s\n' "${uptime%.*}"; }

# start_step STEP
start_step() {
    step=$1
    percent=$((steps_done * 100 / steps_total))
    steps_done=$((steps_done + 1))
    log "--- $(date '+%Y-%m-%d %H:%M:%S') $step"
    write_progress 0 success
}

# count_steps: one for each component, and five for all of them together.
count_steps() {
    steps_total=5
    for component in $components; do steps_total=$((steps_total + 1)); done
}

# write_progress CODE MESSAGE: replaces progress.json for the web page at once, so it is valid at any moment.
write_progress() {
    [ "$command" = install ] && [ -z "$dry_run" ] || return 0
    make_parents '' "$DATA/h5/progress.json"
    ${check_page:-:} "$DATA/h5" || return 0
    printf '{"code":%d,"message":"%s","data":{"installType":"%s","progress":%d}}\n' "$1" "$2" "$step" "$percent" \
        >"$root$DATA/h5/.progress.json~"
    mv -f -- "$root$DATA/h5/.progress.json~" "$root$DATA/h5/progress.json"
    ${log_page:-:} "$1"
}

# on_exit: runs at the end of every run.
on_exit() {
    code=$?
    trap - EXIT
    if [ "$code" -ne 0 ] && [ -n "$log_file" ]; then
        (write_progress 1 "$step error") || :
        printf 'panel.sh: %s failed in step %s; see %s\n' "$command" "$step" "${log_file#"$root"}" >&2
    fi
    [ -z "$masked_unit" ] || systemctl unmask --quiet --runtime "$masked_unit" 2>/dev/null || :
    [ -z "$work" ] || rm -rf -- "$work"
    exit "$code"
}
