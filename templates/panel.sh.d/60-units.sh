
# ---- Units

# start_unit: a row of plan_units. Restarts the unit only if something that it reads has changed.
start_unit() {
    [ "$unit_state" != on-demand ] || return 0
    if ! systemctl is-enabled --quiet "$unit_name" 2>/dev/null && confirm_change "enable $unit_name"; then
        run_or_die systemctl enable "$unit_name"
    fi
    unit_action=''
    if ! systemctl is-active --quiet "$unit_name"; then
        unit_action=start
    elif is_queued "restart $unit_name"; then
        unit_action=restart
    elif is_queued "reload $unit_name"; then
        unit_action=reload
    fi
    if [ -n "$unit_action" ] && confirm_change "$unit_action $unit_name"; then
        run systemctl "$unit_action" "$unit_name" || unit_failed "$unit_name" "cannot $unit_action $unit_name"
        wait_for_unit "$unit_name" "$unit_timeout" "$unit_probe"
    fi
    dequeue "restart $unit_name"
    dequeue "reload $unit_name"
}

# wait_for_unit UNIT SECONDS PROBE: polls until the unit is ready.
wait_for_unit() {
    waited=0
    until is_ready "$1" "$3"; do
        ! systemctl is-failed --quiet "$1" || unit_failed "$1" "$1 has failed"
        [ "$waited" -lt "$2" ] || unit_failed "$1" "$1 is not ready after $2 seconds"
        sleep 1
        waited=$((waited + 1))
    done
}

# is_ready UNIT PROBE: without a probe the unit must be active twice, a second apart. A unit that fails at once and waits
# for its restart is not ready.
is_ready() {
    systemctl is-active --quiet "$1" || return 1
    if [ "$2" = - ]; then
        sleep 1
        systemctl is-active --quiet "$1"
    else
        probe "$2"
    fi
}

# probe URL: requests it from this host, whatever its name resolves to. With http the response must be a success; with
# https any response will do: the certificate may be the temporary one, and the page may depend on another unit.
probe() {
    case $1 in https:*) set -- "$1" --insecure ;; *) set -- "$1" --fail ;; esac
    curl -q --silent --noproxy '*' --max-time 5 --connect-to ::127.0.0.1: --output /dev/null "$2" --url "$1" 2>/dev/null
}

# unit_failed UNIT TEXT
unit_failed() {
    show_journal "$1"
    die "$2"
}

show_journal() {
    run journalctl -u "$1" -n 20 --no-pager -o cat || return 0
    cat -- "$work/last_output" >&2
}

reload_systemd() {
    is_queued daemon-reload || return 0
    if confirm_change "reload the units of systemd"; then run_or_die systemctl daemon-reload; fi
    dequeue daemon-reload
}
