
# ---- nginx: the component EDGE

nginx_unit=nginx.service
tls_dir=/etc/nginx/tls               # the certificates nginx reads: links, at first to the temporary certificate
nginx_backup=$state_dir/nginx-backup # the files that are being replaced, until nginx has accepted the new ones

# configure_nginx: the new files replace the old ones, are tested, and are rolled back if nginx rejects them. Meanwhile
# nginx serves the configuration in its memory. The first certificate is a temporary self-signed one, so that nginx never
# waits for an ACME server.
configure_nginx() {
    start_step "$EDGE"
    if [ -z "$dry_run" ] && [ -f "$nginx_backup/list" ]; then rollback_nginx; fi
    if [ "$ACME" = none ] && [ -n "$CERTIFICATE" ] && ! has_own_certificate; then
        defer_failure "$CERTIFICATE or $CERTIFICATE_KEY is missing, and nginx cannot start without them; copy both to this host and run: sh panel.sh install"
        scope=$(without "$EDGE" "$scope") # what is installed of nginx stays as it is
        return 0
    fi
    create_temporary_certificate
    [ "$ACME" = none ] || link_certificate
    for_component_rows "$EDGE" files backup_nginx_file
    for_component_rows "$EDGE" displaced displace
    for_component_rows "$EDGE" files install_entry
    remove_stale "$EDGE" file displaced
    test_nginx_config
    open_firewalld "$EDGE" public service http
    open_firewalld "$EDGE" public service https
    open_ufw "$EDGE" allow 80/tcp
    open_ufw "$EDGE" allow 443/tcp
    allow_upstreams
    reload_systemd
    for_component_rows "$EDGE" units start_unit
}

has_own_certificate() { [ -s "$root$CERTIFICATE" ] && [ -s "$root$CERTIFICATE_KEY" ]; }

create_temporary_certificate() {
    for name in privkey fullchain; do record "$EDGE" tls made "$tls_dir/placeholder/$name.pem"; done
    [ -s "$root$tls_dir/placeholder/fullchain.pem" ] && [ -s "$root$tls_dir/placeholder/privkey.pem" ] && return 0
    confirm_change "create a temporary self-signed certificate" || return 0
    make_parents "$EDGE" "$tls_dir/placeholder/fullchain.pem"
    (umask 077 && run_or_die openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj /CN=placeholder.invalid -keyout "$work/privkey.pem" -out "$work/fullchain.pem") || exit 1
    rm -f -- "$root$tls_dir/placeholder/fullchain.pem" # an interrupted run must not leave a pair that does not match
    install_atomically "$work/privkey.pem" 0600 - "$tls_dir/placeholder/privkey.pem"
    install_atomically "$work/fullchain.pem" 0644 - "$tls_dir/placeholder/fullchain.pem"
}

# link_certificate: missing or dangling links are linked to the temporary certificate. Files that are no links are the
# operator's: uninstall restores them.
link_certificate() {
    linked=yes
    for name in privkey fullchain; do
        [ -L "$root$tls_dir/$DOMAIN/$name.pem" ] && [ -s "$root$tls_dir/$DOMAIN/$name.pem" ] || linked=''
    done
    if [ -n "$linked" ]; then
        for name in privkey fullchain; do record "$EDGE" tls made "$tls_dir/$DOMAIN/$name.pem"; done
        return 0
    fi
    confirm_change "link $tls_dir/$DOMAIN/ to the temporary certificate" || return 0
    queue_nginx_reload
    make_parents "$EDGE" "$tls_dir/$DOMAIN/fullchain.pem"
    for name in privkey fullchain; do
        [ -L "$root$tls_dir/$DOMAIN/$name.pem" ] || backup_foreign tls "$tls_dir/$DOMAIN/$name.pem"
        record "$EDGE" tls made "$tls_dir/$DOMAIN/$name.pem"
        replace_link "../placeholder/$name.pem" "$tls_dir/$DOMAIN/$name.pem"
    done
}

queue_nginx_reload() { queue "reload $nginx_unit"; }

test_nginx_config() {
    [ -z "$dry_run" ] || return 0
    is_queued "reload $nginx_unit" || [ -d "$nginx_backup" ] || return 0
    if run nginx -t; then
        rm -rf -- "$nginx_backup"
        return 0
    fi
    [ ! -f "$nginx_backup/list" ] || rollback_nginx
    if grep -q 'duplicate default server' "$work/last_output"; then
        die "another site of this host is nginx's default server (see above); the previous configuration is restored and still in use: set nginx.default_server: false, and render the bundle again"
    fi
    die "nginx rejects the new configuration (see above); the previous one is restored and still in use"
}
