
# ---- The certificate: the component ACME_COMPONENT

lineage=/etc/letsencrypt/live/$DOMAIN

# ensure_certificate: the running web server answers the ACME challenge. A failure is reported at the end, and another
# run completes it.
ensure_certificate() {
    start_step certificate
    [ "$ACME" != none ] || return 0
    if is_selected "$ACME_COMPONENT"; then
        ${account_ready:-:}
        { is_certificate_valid && is_lineage_current; } || request_certificate
    fi
    [ -x "$root$DEPLOY_HOOK" ] && [ -d "$root$tls_dir/$DOMAIN" ] && ! is_certificate_active && is_certificate_valid || return 0
    activate_certificate
}

request_certificate() {
    confirm_change "request a certificate for $NAMES" || return 0
    ! run systemctl start "$ISSUE_UNIT" || return 0
    show_journal "$ISSUE_UNIT"
    defer_failure "certificate not issued: check that $DOMAIN resolves to this host and that the ACME server is reachable, then run: sh panel.sh install"
}

is_certificate_active() {
    case $(readlink -- "$root$tls_dir/$DOMAIN/fullchain.pem") in '' | */placeholder/*) return 1 ;; esac
}

# activate_certificate: the hook that also runs after every renewal.
activate_certificate() {
    confirm_change "activate the certificate of $DOMAIN in $EDGE" || return 0
    run env RENEWED_LINEAGE="$lineage" RENEWED_DOMAINS="$NAMES" "$root$DEPLOY_HOOK" && is_certificate_active ||
        defer_failure "$DEPLOY_HOOK failed to activate the certificate of $DOMAIN"
}

# is_certificate_valid: it exists, has not expired, and is for exactly the names of this host.
is_certificate_valid() {
    certificate=$root$lineage/fullchain.pem
    [ -s "$certificate" ] && openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null 2>&1 || return 1
    openssl x509 -in "$certificate" -noout -ext subjectAltName 2>/dev/null |
        tr -d ' ' | tr , '\n' | sed -n 's/^DNS://p' | sort >"$work/names"
    printf '%s\n' "$NAMES" | tr ' ' '\n' | sort | cmp -s - "$work/names"
}
