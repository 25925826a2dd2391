
# ---- Provenance: what was on the host before the first install

# record_data_dir: a row of plan_data_dirs. One that has content before the first install is not removed by --purge.
record_data_dir() {
    mark_current data_dir "$data_dir_path"
    ! is_recorded data_dir "$data_dir_path" || return 0
    data_dir_origin=made
    [ -z "$(ls -A -- "$root$data_dir_path" 2>/dev/null)" ] || data_dir_origin=found
    record "$data_dir_component" data_dir "$data_dir_origin" "$data_dir_path"
}

# record_unit_before: a row of plan_units. A unit of that name that was there before is enabled and started again by
# uninstall, in the state that it had.
record_unit_before() {
    ${unit_found:-:}
    [ "$unit_state" = enabled ] && ! is_recorded unit "$unit_name" || return 0
    state_before=''
    ! systemctl is-enabled --quiet "$unit_name" 2>/dev/null || state_before=enabled
    ! systemctl is-active --quiet "$unit_name" || state_before="$state_before active"
    [ -z "$state_before" ] || record "$unit_component" unit_before "${state_before# }" "$unit_name"
}

# check_existing_account: visitors of the IDE act as this account, so it must have no privileges.
check_existing_account() {
    for group in $(id -Gn "$account_name"); do
        case $group in
        root | sudo | wheel | admin | adm | docker | lxd | incus | disk | shadow | kmem | libvirt | systemd-journal)
            die "the existing account $account_name is in the group $group; remove it from the group, or set another account in panel.yaml"
            ;;
        *) ;;
        esac
    done
    info "use the existing account $account_name; uninstall keeps it"
}

# record_certificate: one that certbot had before the first install is not removed by --purge.
record_certificate() {
    ! is_recorded certificate "$DOMAIN" || return 0
    certificate_origin=made
    [ ! -e "$root/etc/letsencrypt/renewal/$DOMAIN.conf" ] || certificate_origin=found
    record "$ACME_COMPONENT" certificate "$certificate_origin" "$DOMAIN"
}
