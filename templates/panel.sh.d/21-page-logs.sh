
# ---- Output: the logs that the web page of the script of 2020 shows, in its form

# What other parts call if this part is there; user-data has no room for it.
check_page=is_root_only log_page=write_page_logs preflight_page=preflight_data clear_page=remove_page_logs

# is_root_only PATH: whether others cannot put a link in the way of what is written there.
is_root_only() {
    [ -z "$(find -H "$root$1" -maxdepth 0 \( ! -uid "$(stat -c %u /proc/self)" -o -perm /022 \) 2>/dev/null)" ] || return 1
    [ -z "${1%/*}" ] || is_root_only "${1%/*}"
}

# write_page_logs CODE
write_page_logs() {
    now=$(date '+%Y-%m-%d %H:%M:%S')
    add_to_page_log access.log "======================= $step ======================="
    add_to_page_log access.log "[$now][installType][$step]"
    add_to_page_log access.log "[$now][progress][$percent]"
    add_to_page_log access.log "[$now][status][$1]"
    if [ "$1" -ne 0 ]; then add_to_page_log installErr.log "$step error"; fi
}

# add_to_page_log NAME LINE: uninstall removes a log that was created here.
add_to_page_log() {
    [ -e "$root$DATA/h5/$1" ] || printf '%s\n' "$1" >>"$root$DATA/h5/.panel-logs"
    printf '%s\n' "$2" >>"$root$DATA/h5/$1"
}

remove_page_logs() {
    [ -e "$root$DATA/h5/.panel-logs" ] || return 0
    while IFS= read -r name; do rm -f -- "$root$DATA/h5/$name"; done <"$root$DATA/h5/.panel-logs"
    rm -f -- "$root$DATA/h5/.panel-logs"
}

preflight_data() {
    if is_root_only "$DATA/h5"; then
        report ok data "only root can write to $DATA/h5"
    else
        report warning data "others can write to $DATA/h5 or to a directory above it, so progress.json is not written" "run \`chown root\` and \`chmod go-w\` there, or set dirs.data to another directory"
    fi
}
