
# ---- Provenance: what was in use on a host before, such as one of the script of 2020; user-data has no room for it

unit_found=record_found_unit renewal_undo=restore_renewal file_found=backup_same_file

# record_found_unit: an enabled unit with the name of one that only others start, such as certbot-renew.service of the old
# script, would also start at boot. Active units of others that stop with a unit of the panel's name, such as docker.service,
# are started again by uninstall.
record_found_unit() {
    [ "$unit_name" != "$ISSUE_UNIT" ] || save_renewal
    ! is_recorded unit "$unit_name" || return 0
    case $unit_state in
    on-demand)
        [ "$(systemctl is-enabled "$unit_name" 2>/dev/null)" = enabled ] && confirm_change "disable $unit_name" || return 0
        record "$unit_component" unit_before enabled "$unit_name"
        run_or_die systemctl disable "$unit_name"
        ;;
    enabled)
        systemctl is-active --quiet "$unit_name" || return 0
        for dependent in $(systemctl show --property=BoundBy --property=RequiredBy --value "$unit_name" 2>/dev/null); do
            is_own_unit "$dependent" || ! systemctl is-active --quiet "$dependent" ||
                record "$unit_component" unit_before active "$dependent"
        done
        ;;
    *) ;;
    esac
}

# backup_same_file: a file with the content of the panel's may have been there before.
backup_same_file() { [ -n "$dry_run" ] || backup_foreign file "$file_path"; }

# save_renewal: called for the unit that requests the certificate. uninstall restores the renewal settings of a certificate
# that was there.
save_renewal() {
    saved=/etc/letsencrypt/renewal/$DOMAIN.conf
    ! exists "$saved" || [ -n "$dry_run" ] || is_recorded certificate "$DOMAIN" made || is_installed "$ACME_COMPONENT" ||
        backup "$saved" cp -a
}

# restore_renewal: returns 1 if there is nothing to restore. `saved` has the path.
restore_renewal() {
    displaced=$state_dir/displaced${saved#"$root"}
    [ -f "$displaced" ] && [ -f "$saved" ] || return 1
    confirm_change "restore ${saved#"$root"}" || return 0
    run_or_die mv -fT -- "$displaced" "$saved"
}
