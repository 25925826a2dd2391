
# ---- Logs: the journal of the units of the selected components

log_units='' # options of journalctl

show_logs() {
    for_rows units add_log_unit
    [ -n "$log_units" ] || die "no unit, so no log:$components"
    # shellcheck disable=SC2086 # a list of options
    journalctl --no-pager --lines=200 ${follow:+--follow} $log_units
}

# add_log_unit: a row of plan_units.
add_log_unit() { log_units="$log_units --unit=$unit_name"; }
