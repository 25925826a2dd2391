
# ---- The mail of the ACME account: the client gives it to the server once, and does not store it; user-data has no room for it

account_ready=update_mail

# update_mail: an account that is there gets the mail that is configured now. A new one is registered with it.
update_mail() {
    issue_file=$root/etc/systemd/system/$ISSUE_UNIT mail_file=$state_dir/mail
    [ -n "$ISSUE_UNIT" ] && [ -r "$issue_file" ] || return 0
    mail=$(issue_option email)
    [ -n "$mail" ] && ! printf '%s\n' "$mail" | cmp -s -- - "$mail_file" || return 0
    client=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$issue_file")
    server=''
    lineage_differences >"$work/differences"
    if [ -n "$server" ] && [ -d "$root/etc/letsencrypt/accounts/${server#https://}" ]; then
        is_account_older || return 0
        confirm_change "set the mail of the ACME account to $mail" || return 0
        REQUESTS_CA_BUNDLE=$(sed -n 's/^Environment=REQUESTS_CA_BUNDLE=//p' "$issue_file") timeout 120 "${client##*/}" update_account --non-interactive --no-eff-email "--server=$server" "--email=$mail" </dev/null >"$work/mail" 2>&1 || {
            warn "the mail of the ACME account was not changed: $(tail -n 1 "$work/mail"); run: $client update_account --server $server --email $mail"
            return 0
        }
    fi
    [ -n "$dry_run" ] || printf '%s\n' "$mail" >"$mail_file"
}

# is_account_older: not registered by this bundle's request, as user-data does without recording the mail.
is_account_older() { [ -e "$mail_file" ] || [ -s "$work/differences" ] || ! is_certificate_valid; }
