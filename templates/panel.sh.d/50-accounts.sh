
# ---- Accounts and secrets

# add_account: a row of plan_accounts.
add_account() {
    if getent passwd "$account_name" >/dev/null; then
        is_recorded account "$account_name" || check_existing_account
        return 0
    fi
    confirm_change "create the account $account_name" || return 0
    record "$account_component" account - "$account_name"
    run_or_die useradd --system --user-group --create-home --home-dir "$account_home" --shell "$account_shell" "$account_name"
}

# generate_secret: a row of plan_secrets. A secret is never printed, never an argument, and never replaced.
generate_secret() {
    if is_listed files "$secret_path" && has_payload "$secret_path"; then return 0; fi
    ! is_recorded file "$secret_path" || delete_record "$secret_component" file "$secret_path" # of an earlier bundle
    secret_origin=made
    if is_recorded secret "$secret_path" found; then
        secret_origin=found
    elif [ -s "$root$secret_path" ] && ! is_recorded secret "$secret_path"; then
        secret_origin=found
    fi
    record "$secret_component" secret "$secret_origin" "$secret_path"
    if [ -s "$root$secret_path" ]; then
        has_permissions "$root$secret_path" "$secret_mode" "$secret_owner" && return 0
        confirm_change "set the permissions of $secret_path ($secret_mode $secret_owner)" || return 0
        set_permissions "$root$secret_path" "$secret_mode" "$secret_owner"
        return 0
    fi
    confirm_change "generate a secret in $secret_path" || return 0
    plan_secrets queue_secret_reader "$secret_path"
    make_parents "$secret_component" "$secret_path"
    (umask 077 && head -c 2048 /dev/urandom | tr -dc 'A-HJ-NP-Za-kmnp-z2-9' | head -c 24 >"$work/secret")
    [ "$(wc -c <"$work/secret")" -eq 24 ] || die "/dev/urandom returned too few bytes"
    install_atomically "$work/secret" "$secret_mode" "$secret_owner" "$secret_path"
    rm -f -- "$work/secret"
}

# queue_secret_reader PATH ROW…: a secret has a row for each component that reads it. The columns are not set as
# variables here, because another row of the same table is in use.
queue_secret_reader() { [ "$1" != "$6" ] || queue_actions "$5" "$6"; }
