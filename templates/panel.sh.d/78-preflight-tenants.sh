
# ---- Preflight: what else lives on this host

# preflight_ports: who listens where the panel will. A program of one of the panel's own units is replaced, so it counts as free.
preflight_ports() {
    if ! command -v ss >/dev/null; then
        report warning ports "ports not checked: ss not found" "install iproute2"
        return 0
    fi
    ss -Hltnp >"$work/sockets" 2>/dev/null </dev/null || :
    taken=''
    for_rows ports preflight_port
    [ -n "$taken" ] || report ok ports "the ports are free, or used by the panel's own units"
}

# preflight_port: a row of plan_ports. A program on 127.0.0.1 does not conflict with one on another single address.
preflight_port() {
    ! is_installed "$port_component" || return 0
    while read -r _ _ _ socket _ users <&4; do
        case $socket in *:"$port_number") ;; *) continue ;; esac
        case $port_exposure:${socket%:*} in
        loopback:127.* | loopback:0.0.0.0 | loopback:'*' | loopback:'[::]') ;;
        loopback:*) continue ;;
        *) ;;
        esac
        program=${users#*\"}
        program=${program%%\"*}
        pid=${users#*pid=}
        pid=${pid%%,*}
        unit=''
        case $pid in
        '' | *[!0-9]*) ;;
        *) unit=$(sed -n 's|.*/\([^/]*\.service\)$|\1|p' "$root/proc/$pid/cgroup" 2>/dev/null | head -n 1) ;;
        esac
        if [ -n "$unit" ] && is_own_unit "$unit"; then continue; fi
        taken=yes
        report error ports "port $port_number is in use by ${program:-an unknown program}${unit:+ of $unit}, and $port_component needs it" \
            "stop it with \`systemctl disable --now ${unit:-UNIT}\`, or give one of the two another port"
        break
    done 4<"$work/sockets"
}

# is_own_unit UNIT: whether the plan has it, or moves it out of the way.
is_own_unit() {
    row_found=''
    plan_units match_second_column "$1"
    plan_displaced match_last_column "$1"
    [ -n "$row_found" ]
}

match_second_column() { [ "$1" != "$3" ] || row_found=yes; }

# preflight_sites: sites of others in nginx. Its configuration may have one default server for each port.
preflight_sites() {
    [ -d "$root/etc/nginx" ] || return 0
    foreign=''
    find -L "$root/etc/nginx/conf.d" "$root/etc/nginx/sites-enabled" -mindepth 1 -maxdepth 1 -type f 2>/dev/null |
        sort >"$work/sites"
    while IFS= read -r site <&4; do
        path=${site#"$root"}
        ! is_listed files "$path" && ! is_listed displaced "$path" || continue
        case $path in /etc/nginx/conf.d/*.conf | /etc/nginx/sites-enabled/*) ;; *) continue ;; esac
        if [ -n "$DEFAULT_SERVER" ] && grep -qE '^[^#]*listen[[:space:]][^;#]*[[:space:]]default(_server)?[[:space:];]' "$site"; then
            foreign=yes
            report error sites "$path has a default_server, and so has the panel" "render with \`--set nginx.default_server=false\`, or remove the word \`default_server\` there"
        elif grep -E '^[^#]*server_name[[:space:]]' "$site" | tr -s '[:space:];' '\n' | grep -qxF -e "$DOMAIN"; then
            foreign=yes
            report error sites "$path serves $DOMAIN, and so does the panel" "remove that site, or give it another name"
        fi
    done 4<"$work/sites"
    [ -n "$foreign" ] || report ok sites "no other site of nginx conflicts with the panel"
}

# preflight_containers: a container runtime that others use is replaced by the panel's.
preflight_containers() {
    runtime=''
    for_rows containers first_runtime
    [ -n "$runtime" ] || return 0
    if is_installed "$runtime"; then return 0; fi
    others=''
    find "$root/run/$runtime/io.$runtime.runtime.v2.task" -mindepth 2 -maxdepth 2 2>/dev/null >"$work/tasks" || :
    while IFS= read -r task <&4; do
        task=${task%/*}
        ! is_own_namespace "${task##*/}" && ! has_word "${task##*/}" "$others" || continue
        others="$others ${task##*/}"
    done 4<"$work/tasks"
    if [ -n "$others" ]; then
        report error containers "$runtime.service runs containers of others, in:$others; the panel replaces its program and its unit" \
            "use another host, or move these containers away"
    elif systemctl is-active --quiet docker.service 2>/dev/null; then
        report warning containers "Docker is running, and the panel replaces the $runtime.service that it uses" \
            "remove Docker if it has no containers, or use another host"
    else
        report ok containers "no containers of others use $runtime.service"
    fi
}

# first_runtime: a row of plan_containers.
first_runtime() { runtime=$container_runtime; }

# is_own_namespace NAMESPACE: faasd's old versions use `default`.
is_own_namespace() {
    row_found=''
    plan_containers match_third_column "$1"
    [ -n "$row_found" ]
}

match_third_column() { [ "$1" != "$4" ] || row_found=yes; }

preflight_networks() {
    for_rows networks preflight_prefix
    if [ ! -d "$root/proc/sys/net/ipv6" ] && [ -n "$DUAL_STACK" ]; then
        report error ipv6 "this kernel has no IPv6, but the web server of the bundle listens on it" "render with \`--set nginx.ipv6=false\`, or enable IPv6"
    fi
}

# preflight_prefix: a row of plan_networks. faasd has the addresses built in.
preflight_prefix() {
    route=$(ip -o -4 route show 2>/dev/null </dev/null | grep -v " dev $network_bridge " | grep -F -e "$network_prefix" | grep -m 1 "^${network_prefix%.}[.]") || route=''
    if [ -n "$route" ]; then
        report error networks "addresses that begin with $network_prefix are in use: $route" "move that network to other addresses: those of the functions cannot be changed"
    else
        report ok networks "no other network has addresses that begin with $network_prefix"
    fi
}

preflight_firewalls() {
    blocked=''
    if is_ufw_active; then
        report ok firewalls "ufw is active; install allows what the panel needs"
    elif is_firewalld_running; then
        report ok firewalls "firewalld is running; install opens what the panel needs"
    fi
    if [ "$(id -u)" -eq 0 ] && command -v nft >/dev/null; then
        nft list ruleset 2>/dev/null </dev/null | awk '
            $1 == "table" { table = $2 " " $3 }
            /hook (input|forward) / && /policy drop/ { print table }' | sort -u >"$work/tables"
        while IFS= read -r table <&4; do
            case $table in *' panel' | 'inet firewalld') continue ;; *) ;; esac
            ! is_ufw_active || continue # its rules are in such a table
            blocked=yes
            report warning firewalls "the nftables table $table drops packets by default" "let it accept ports 80 and 443 and the bridge of the functions"
        done 4<"$work/tables"
    fi
    [ -n "$blocked" ] || report ok firewalls "no other packet filter blocks the panel"
}

preflight_security() {
    if [ "$(getenforce 2>/dev/null)" = Enforcing ]; then
        report ok security "SELinux is enforcing; install sets what the web server needs"
    elif grep -qs 'nginx.*(enforce)' "$root/sys/kernel/security/apparmor/profiles"; then
        report warning security "AppArmor restricts nginx" "allow it to read /etc/nginx/tls and to use the ports on 127.0.0.1"
    else
        report ok security "no SELinux or AppArmor policy restricts the panel"
    fi
}
