
# ---- Install

# install_panel: the web server is ready before anything that depends on the network can fail; the certificate is
# requested when all else is installed.
install_panel() {
    count_steps
    for component in $components; do record "$component" component - "$component"; done # the order, for uninstall
    for_rows data_dirs record_data_dir # before anything creates them
    for_rows units record_unit_before
    if [ "$ACME" != none ] && is_selected "$ACME_COMPONENT"; then record_certificate; fi
    start_step packages
    add_packages
    start_step accounts
    for_rows accounts add_account
    record_runtime_state
    remove_stale_ordered "$scope" unit containers 'network table'
    if is_selected "$EDGE"; then configure_nginx; fi
    start_step files
    for component in $(without "$EDGE" "$components"); do
        for_component_rows "$component" files install_entry
    done
    for_rows secrets generate_secret
    remove_stale "$scope" file directory
    configure_kernel
    start_step programs
    for_rows downloads add_program
    for_rows links add_link
    [ -n "$links_unknown" ] || remove_stale "$scope" link
    reload_systemd
    for component in $(without "$EDGE" "$components"); do
        start_component "$component"
    done
    ensure_certificate
    remove_stale "$scope" displaced firewalld ufw
    run_queued
    remove_stale "$scope" tree tls component
    finish_install
}

# record_runtime_state: what only exists while units run, and what is kept until --purge.
record_runtime_state() {
    for_rows units record_unit
    for_rows containers record_containers
    for_rows networks record_network
    for_rows tables record_table
}
record_unit() { record "$unit_component" unit "$unit_state" "$unit_name"; }
record_containers() { record "$container_component" containers "$container_runtime" "$container_namespace/$container_name"; }
record_network() { record "$network_component" network "$network_name/$network_prefix" "$network_bridge"; }
record_table() { record "$table_component" table - "$table_family $table_name"; }

# start_component COMPONENT
start_component() {
    start_step "$1"
    for_component_rows "$1" displaced displace
    for_component_rows "$1" networks allow_bridge
    for_component_rows "$1" images load_image
    for_component_rows "$1" units start_unit
}

finish_install() {
    if [ -n "$deferred_failures" ]; then
        step=${deferred_failures# }
        step=${step%% *}
        warn "everything else is installed; fix the error above and run: sh panel.sh install"
        exit 1
    fi
    step=panel percent=100
    write_progress 0 success
    if [ -n "$dry_run" ]; then
        info "nothing was changed"
        return 0
    fi
    seconds=$(($(uptime_seconds) - start_time))
    info "done in $((seconds / 60)) min $((seconds % 60)) s"
    for_rows login_urls print_login
}

# print_login: a row of plan_login_urls. Prints the path of the secret, never the secret.
print_login() {
    case $login_user$login_secret in
    --) printf '\n%s: %s\n' "$login_title" "$login_url" ;;
    -*) printf '\n%s: %s\n  password: in %s (readable by root)\n' "$login_title" "$login_url" "$login_secret" ;;
    *)
        printf '\n%s: %s\n  user: %s\n  password: in %s (readable by root)\n' \
            "$login_title" "$login_url" "$login_user" "$login_secret"
        ;;
    esac
}
