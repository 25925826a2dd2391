
# ---- Uninstall: nginx and the certificate

# reload_nginx_config: nginx stays installed, with a configuration that it accepts.
reload_nginx_config() {
    is_queued "reload $nginx_unit" || return 0
    dequeue "reload $nginx_unit"
    systemctl is-active --quiet "$nginx_unit" && confirm_change "reload nginx" || return 0
    run nginx -t || die "nginx rejects the rest of its configuration (see above); it serves the previous one until it is restarted"
    run_or_die systemctl reload "$nginx_unit"
}

undo_certificate() {
    [ -n "$purge" ] && confirm_change "remove the certificate of $undo_subject" || return 0
    run certbot delete --non-interactive --cert-name "$undo_subject" || info "certbot failed to remove the certificate of $undo_subject"
}
