
# ---- Status

show_status() {
    bad=0
    : >"$work/status"
    for component in $components; do
        if ! is_installed "$component"; then
            print_status bad "$component" "not installed"
            continue
        fi
        for_component_rows "$component" files check_file
        for_component_rows "$component" downloads check_program
        check_links "$component"
        for_component_rows "$component" secrets check_secret
        for_component_rows "$component" units check_unit
        for_component_rows "$component" tables check_table
        [ "$component" != "${ACME_COMPONENT:-$EDGE}" ] || check_certificate "$component"
    done
    ! grep -qvx issue "$pending" || print_status bad panel "an install was interrupted; run: sh panel.sh install"
    ${support:-:}
    [ "$format" = text ] || printf '{"errors":%d,"checks":%s}\n' \
        "$(grep -c ^error "$work/status" || :)" "$(json_array "$work/status" level component message)"
    return "$bad"
}

# print_status ok|bad COMPONENT TEXT
print_status() {
    label=ok level=ok
    [ "$1" = ok ] || label=BAD level=error bad=1
    if [ "$format" = text ]; then
        printf '%-4s %-12s %s\n' "$label" "$2" "$3"
    else
        printf '%s\t%s\t%s\n' "$level" "$2" "$(printable "$3")" >>"$work/status"
    fi
}

# is_readable PATH: false for paths in directories that only root can read.
is_readable() {
    [ "$(id -u)" -eq 0 ] || [ -r "$root$1" ] || { [ -x "$root${1%/*}" ] && [ ! -e "$root$1" ]; }
}

check_file() {
    is_readable "$file_path" || return 0
    case $file_type in
    directory) [ -d "$root$file_path" ] || print_status bad "$file_component" "$file_path/ is missing" ;;
    *)
        if [ ! -e "$root$file_path" ]; then
            print_status bad "$file_component" "$file_path is missing"
        elif [ "$file_sha256" != - ] && ! is_current_file; then
            print_status bad "$file_component" "$file_path differs from the installed file"
        fi
        ;;
    esac
}

check_program() {
    set_download_tree
    if [ -e "$root$tree" ] && is_recorded tree "$tree" "$download_id"; then
        print_status ok "$download_component" "$download_name $download_version in $download_dest"
    else
        print_status bad "$download_component" "$download_name $download_version is missing in $download_dest"
    fi
}

# check_links COMPONENT: the recorded links; an archive may hold more programs than the plan can name.
check_links() {
    awk -F '\t' -v component="$1" '$1 == component && $2 == "link"' "$records" >"$work/links"
    while IFS=$tab read -r of type target link <&4; do
        [ "$(readlink -- "$root$link")" = "$target" ] || print_status bad "$of" "the $type $link does not point to $target"
    done 4<"$work/links"
}

check_secret() {
    ! is_readable "$secret_path" || [ -s "$root$secret_path" ] ||
        print_status bad "$secret_component" "$secret_path is missing"
}

check_unit() {
    [ "$unit_state" != on-demand ] || return 0
    active_state=$(systemctl is-active "$unit_name" 2>/dev/null) || :
    if [ "$active_state" != active ]; then
        print_status bad "$unit_component" "$unit_name is ${active_state:-unknown}"
    elif [ "$unit_probe" != - ] && ! probe "$unit_probe"; then
        print_status bad "$unit_component" "$unit_name is active, but does not respond at $unit_probe"
    else
        print_status ok "$unit_component" "$unit_name is active"
    fi
}

# check_table: a row of plan_tables. The unit that loads it stays active when another program flushes it.
check_table() {
    [ "$(id -u)" -eq 0 ] || return 0
    nft list table "$table_family" "$table_name" >/dev/null 2>&1 ||
        print_status bad "$table_component" "the nftables table $table_family $table_name is missing; run: systemctl restart panel-firewall"
}

# is_certificate_near_end: within 20 days, or within a quarter of a shorter life.
is_certificate_near_end() {
    certificate=$root$lineage/fullchain.pem
    begin=$(date -d "$(openssl x509 -in "$certificate" -noout -startdate | cut -d = -f 2)" +%s) || return 1
    end=$(date -d "$(openssl x509 -in "$certificate" -noout -enddate | cut -d = -f 2)" +%s) || return 1
    margin=$(((end - begin) / 4))
    [ "$margin" -lt 1728000 ] || margin=1728000
    [ $((end - $(date +%s))) -lt "$margin" ]
}

# check_certificate COMPONENT: the one that the web server uses.
check_certificate() {
    if [ "$ACME" = none ]; then
        has_own_certificate || print_status bad "$1" "$CERTIFICATE or $CERTIFICATE_KEY is missing"
    elif ! is_certificate_active; then
        print_status bad "$1" "certificate of $DOMAIN not issued yet, the temporary one is in use; run: sh panel.sh install"
    elif [ "$(id -u)" -eq 0 ] && ! is_certificate_valid; then
        print_status bad "$1" "the certificate of $DOMAIN is missing, expired, or not for $NAMES"
    elif [ -n "$(lineage_differences)" ]; then
        lineage_differences >"$work/differences"
        while IFS= read -r difference <&4; do print_status bad "$1" "certificate: $difference; run: sh panel.sh install"; done \
            4<"$work/differences"
    elif [ "$(id -u)" -eq 0 ] && is_certificate_near_end; then
        print_status bad "$1" "the certificate of $DOMAIN is near its end; see: journalctl -u certbot-renew"
    elif systemctl is-failed --quiet certbot-renew.service; then
        print_status bad "$1" "the last renewal of the certificate of $DOMAIN failed; see: journalctl -u certbot-renew"
    else
        print_status ok "$1" "the certificate of $DOMAIN is in use"
    fi
}
