
# ---- Uninstall: the records, in reverse order

uninstall_panel() {
    count_steps
    for component in $(reversed "$components"); do
        start_step "$component"
        remove_stale_ordered "$component" unit
        if is_container_runtime "$component"; then remove_stale_ordered "$all_components" containers; fi
        remove_stale_ordered "$component" containers 'network table firewalld ufw link' 'tree tls' 'file directory' \
            account 'secret data_dir certificate' parent displaced component
    done
    step=systemd
    reload_systemd
    for component in $components; do remove_stale_ordered "$component" unit_before; done
    step=$EDGE
    reload_nginx_config
    step=panel percent=100
    if [ -n "$dry_run" ]; then
        info "nothing was changed"
        return 0
    fi
    remove_state
    info "done; packages stay installed, and the log is ${log_file#"$root"}"
}

# remove_state: when no component is left, the records are removed too.
remove_state() {
    for component in $all_components; do
        ! is_installed "$component" || return 0
    done
    : >"$pending"
    if ${check_page:-:} "$DATA/h5"; then
        rm -f -- "$root$DATA/h5/progress.json"
        ${clear_page:-:}
    fi
    rmdir -- "$root$DATA/h5" 2>/dev/null || :
    [ -s "$records" ] || rm -rf -- "$state_dir"
    [ -z "$purge" ] || rm -rf -- "$cache_dir"
}

# undo_records FILE: calls undo_TYPE for each line, with the fields of the record as variables.
undo_records() {
    while IFS=$tab read -r undo_component undo_type undo_detail undo_subject <&3; do
        "undo_$undo_type"
        has_word "$undo_type" "$preserved_types" || delete_record "$undo_component" "$undo_type" "$undo_subject"
    done 3<"$1"
}

undo_component() { :; }

# undo_unit_before: the detail is the state of a unit of the same name before the first install.
undo_unit_before() {
    systemctl cat "$undo_subject" >/dev/null 2>&1 || return 0
    confirm_change "restore the state of $undo_subject ($undo_detail)" || return 0
    case $undo_detail in *enabled*) run systemctl enable "$undo_subject" || info "cannot enable $undo_subject again" ;; *) ;; esac
    case $undo_detail in *active*) run systemctl start "$undo_subject" || info "cannot start $undo_subject again" ;; *) ;; esac
}

# undo_unit: the detail is the unit's state.
undo_unit() {
    [ "$undo_detail" != external ] || return 0
    dequeue "restart $undo_subject"
    dequeue "reload $undo_subject"
    case $(systemctl is-active "$undo_subject" 2>/dev/null) in
    '' | inactive | failed | unknown) systemctl is-enabled --quiet "$undo_subject" 2>/dev/null || return 0 ;;
    *) ;; # a unit that waits for its own restart is not stopped
    esac
    confirm_change "stop $undo_subject" || return 0
    run systemctl disable --now "$undo_subject" || run systemctl stop "$undo_subject" || :
    ! systemctl is-active --quiet "$undo_subject" || die "$undo_subject does not stop"
    systemctl reset-failed "$undo_subject" >/dev/null 2>&1 || :
}

# undo_table: the subject is FAMILY NAME.
undo_table() {
    nft list table "${undo_subject% *}" "${undo_subject#* }" >/dev/null 2>&1 || return 0
    confirm_change "remove the nftables table $undo_subject" || return 0
    run_or_die nft delete table "${undo_subject% *}" "${undo_subject#* }"
}

# undo_firewalld: the detail is the zone, the subject KIND=NAME.
undo_firewalld() {
    is_firewalld_running || return 0
    confirm_change "close ${undo_subject%%=*} ${undo_subject#*=} in the firewalld zone $undo_detail" || return 0
    run firewall-cmd --permanent --zone="$undo_detail" "--remove-$undo_subject" &&
        run firewall-cmd --zone="$undo_detail" "--remove-$undo_subject" || :
}

# undo_ufw: the subject is the rule.
undo_ufw() {
    is_ufw_active || return 0
    confirm_change "remove the ufw rule \`$undo_subject\`" || return 0
    # shellcheck disable=SC2086 # the rule is several words
    case $undo_subject in
    'route '*) run ufw route delete ${undo_subject#route } || : ;;
    *) run ufw delete $undo_subject || : ;;
    esac
}

# undo_link: the detail is the target.
undo_link() {
    if [ "$(readlink -- "$root$undo_subject")" = "$undo_detail" ] && confirm_change "remove $undo_subject"; then
        rm -f -- "$root$undo_subject"
    fi
    restore "$undo_subject"
}

# undo_file: the detail is the list of actions after a change.
undo_file() {
    if [ "$command" = install ] && [ "$undo_component" = "$EDGE" ]; then backup_nginx "$undo_subject"; fi
    queue_actions "$undo_detail" "$undo_subject"
    if exists "$undo_subject" && confirm_change "remove $undo_subject"; then run_or_die rm -f -- "$root$undo_subject"; fi
    restore "$undo_subject"
}

undo_directory() { [ -n "$dry_run" ] || rmdir -- "$root$undo_subject" 2>/dev/null || :; }

undo_parent() { undo_directory; }

undo_tree() {
    [ "$undo_subject" != "$tls_dir" ] || return 0 # of an earlier version; it may hold keys of the operator
    set_tmp_path "$undo_subject"
    [ -n "$dry_run" ] || rm -rf -- "$tmp" "$tmp.old"
    [ -e "$root$undo_subject" ] && confirm_change "remove $undo_subject" || return 0
    remove_tree "$undo_subject"
    rmdir -- "$root${undo_subject%/*}" 2>/dev/null || :
}

# remove_tree PATH: rejects top-level directories and paths with `..`. A mount point is emptied and stays.
remove_tree() {
    case $1 in *..* | *//*) die "will not remove $1" ;; /?*/?*) ;; *) die "will not remove $1" ;; esac
    rm -rf -- "$root$1" 2>/dev/null || [ -z "$(ls -A -- "$root$1")" ] || die "cannot remove $1"
}

# undo_displaced: the detail is the kind.
undo_displaced() {
    if [ "$undo_detail" = unit ]; then
        confirm_change "enable $undo_subject again" || return 0
        run systemctl enable --now "$undo_subject" || info "cannot enable $undo_subject again"
    else
        [ "$undo_component" != "$EDGE" ] || queue_nginx_reload
        restore "$undo_subject"
    fi
}

undo_account() {
    [ -n "$purge" ] && getent passwd "$undo_subject" >/dev/null || return 0
    home=$(getent passwd "$undo_subject" | cut -d : -f 6)
    if is_recorded data_dir "$home" found; then
        confirm_change "remove the account $undo_subject, and keep $home" || return 0
        run userdel "$undo_subject" || die "cannot remove the account $undo_subject"
        return 0
    fi
    confirm_change "remove the account $undo_subject with its home" || return 0
    run userdel -r "$undo_subject" || ! getent passwd "$undo_subject" >/dev/null || die "cannot remove the account $undo_subject"
}

# undo_secret: removed with the last component that reads it.
undo_secret() {
    [ -n "$purge" ] || return 0
    delete_record "$undo_component" secret "$undo_subject"
    is_recorded secret "$undo_subject" || undo_data_dir
}

# undo_data_dir: the detail is made or found.
undo_data_dir() {
    if [ -n "$purge" ] && [ "$undo_detail" = found ] && [ -e "$root$undo_subject" ]; then
        info "keep $undo_subject: it was there before the panel"
        return 0
    fi
    [ -n "$purge" ] && [ -e "$root$undo_subject" ] && confirm_change "remove $undo_subject" || return 0
    remove_tree "$undo_subject"
}
