
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
# uninstall, in the state that it had; so are active units of others that stop with it, such as docker.service.
record_unit_before() {
    ! is_recorded unit "$unit_name" || return 0
    case $unit_state in
    enabled) ;;
    on-demand)
        disable_on_demand
        return 0
        ;;
    *) return 0 ;;
    esac
    state_before=''
    ! systemctl is-enabled --quiet "$unit_name" 2>/dev/null || state_before=enabled
    if systemctl is-active --quiet "$unit_name"; then
        state_before="$state_before active"
        for dependent in $(systemctl show --property=BoundBy --property=RequiredBy --value "$unit_name" 2>/dev/null); do
            is_own_unit "$dependent" || ! systemctl is-active --quiet "$dependent" ||
                record "$unit_component" unit_before active "$dependent"
        done
    fi
    [ -z "$state_before" ] || record "$unit_component" unit_before "${state_before# }" "$unit_name"
}

# disable_on_demand: an enabled unit of that name, such as certbot-renew.service of the old script, would also start at boot.
disable_on_demand() {
    [ "$(systemctl is-enabled "$unit_name" 2>/dev/null)" = enabled ] && confirm_change "disable $unit_name" || return 0
    record "$unit_component" unit_before enabled "$unit_name"
    run_or_die systemctl disable "$unit_name"
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

# record_certificate: one that certbot had before the first install is not removed by --purge, and uninstall restores its
# renewal settings.
record_certificate() {
    ! is_recorded certificate "$DOMAIN" made || return 0
    certificate_origin=made
    saved=/etc/letsencrypt/renewal/$DOMAIN.conf
    if exists "$saved"; then
        certificate_origin=found
        [ -n "$dry_run" ] || is_installed "$ACME_COMPONENT" || backup "$saved" cp -a
    fi
    is_recorded certificate "$DOMAIN" || record "$ACME_COMPONENT" certificate "$certificate_origin" "$DOMAIN"
}
