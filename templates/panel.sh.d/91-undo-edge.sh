
# ---- Uninstall: nginx and the certificate

# reload_nginx_config: nginx stays installed, with a configuration that it accepts.
reload_nginx_config() {
    is_queued "reload $nginx_unit" || return 0
    dequeue "reload $nginx_unit"
    systemctl is-active --quiet "$nginx_unit" && confirm_change "reload nginx" || return 0
    run nginx -t || die "nginx rejects the rest of its configuration (see above); it serves the previous one until it is restarted"
    run_or_die systemctl reload "$nginx_unit"
}

# undo_tls: one file or link below the directory of nginx's certificates; others below it are the operator's.
undo_tls() {
    if exists "$undo_subject" && confirm_change "remove $undo_subject"; then rm -f -- "$root$undo_subject"; fi
    restore "$undo_subject"
}

# undo_certificate: the detail is made or found. A certificate that stays is renewed as before, or without
# our hook, which is gone.
undo_certificate() {
    saved=$root/etc/letsencrypt/renewal/$undo_subject.conf
    if [ -n "$purge" ] && [ "$undo_detail" != found ]; then
        confirm_change "remove the certificate of $undo_subject" || return 0
        run certbot delete --non-interactive --cert-name "$undo_subject" ||
            info "certbot failed to remove the certificate of $undo_subject"
    elif ! ${renewal_undo:-false} && [ -n "$DEPLOY_HOOK" ] && [ -f "$saved" ] && grep -qxF -e "renew_hook = $DEPLOY_HOOK" -- "$saved"; then
        confirm_change "remove the hook of the panel from $undo_subject.conf of certbot" || return 0
        run_or_die sed -i "\\#^renew_hook = $DEPLOY_HOOK\$#d" "$saved"
    fi
}
