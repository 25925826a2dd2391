
# ---- firewalld and SELinux, which block traffic by default on Red Hat

# open_firewalld COMPONENT ZONE KIND NAME
open_firewalld() {
    mark_current firewalld "$3=$4"
    is_firewalld_running || return 0
    ! firewall-cmd --quiet --permanent --zone="$2" "--query-$3=$4" || return 0
    confirm_change "open $3 $4 in the firewalld zone $2" || return 0
    record "$1" firewalld "$2" "$3=$4"
    run_or_die firewall-cmd --permanent --zone="$2" "--add-$3=$4"
    run_or_die firewall-cmd --zone="$2" "--add-$3=$4"
}

is_firewalld_running() {
    command -v firewall-cmd >/dev/null && firewall-cmd --quiet --state 2>/dev/null
}

# allow_bridge: a row of plan_networks.
allow_bridge() {
    open_firewalld "$network_component" trusted interface "$network_bridge"
    open_ufw "$network_component" allow in on "$network_bridge"
    open_ufw "$network_component" route allow in on "$network_bridge"
}

# allow_upstreams: SELinux must let the web server connect to its upstreams.
allow_upstreams() {
    command -v getsebool >/dev/null || return 0
    case $(getsebool httpd_can_network_connect 2>/dev/null) in *off) ;; *) return 0 ;; esac
    confirm_change "set the SELinux boolean httpd_can_network_connect" || return 0
    run_or_die setsebool -P httpd_can_network_connect 1
}
