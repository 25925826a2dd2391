
# ---- Queued actions: what has to follow a change. An action is queued before the change and dequeued after the action:
# the next run completes an interrupted one.

pending='' # the file of the queue

# queue_actions ON-CHANGE PATH
queue_actions() {
    actions=$1,
    while [ -n "$actions" ]; do
        action=${actions%%,*}
        action=${action# }
        actions=${actions#*,}
        case $command:$action in
        *:none) ;;
        *:daemon-reload) queue daemon-reload ;;
        *:'reload '*) queue "reload $(full_unit_name "${action#* }")" ;;
        uninstall:*) ;; # what would be restarted is stopped
        *:'sysctl --system') queue "sysctl $2" ;;
        *:'restart systemd-modules-load') queue "modules $2" ;;
        *:'restart '*) queue "restart $(full_unit_name "${action#* }")" ;;
        *) die "unknown action \`$action\` in the plan, after a change of $2" ;;
        esac
    done
}

queue() {
    has_line "$1" "$pending" || printf '%s\n' "$1" >>"$pending"
}

is_queued() { [ -s "$pending" ] && has_line "$1" "$pending"; }

dequeue() {
    is_queued "$1" || return 0
    grep -vxF -e "$1" -- "$pending" >"$pending.new" || :
    mv -f -- "$pending.new" "$pending"
}

full_unit_name() {
    case $1 in
    *.service | *.timer | *.socket | *.path | *.target) printf '%s\n' "$1" ;;
    *) printf '%s.service\n' "$1" ;;
    esac
}

# run_queued: restarts and reloads for units outside the selected components, or left over from an interrupted run.
run_queued() {
    grep -E '^(restart|reload) ' "$pending" >"$work/rest" || return 0
    while read -r verb unit <&4; do
        if systemctl is-active --quiet "$unit" && confirm_change "$verb $unit"; then run_or_die systemctl "$verb" "$unit"; fi
        dequeue "$verb $unit"
    done 4<"$work/rest"
}
