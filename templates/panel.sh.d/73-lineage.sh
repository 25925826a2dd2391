
# ---- What certbot has saved for the certificate

# is_lineage_current: whether renewals will do what is configured. The differences are printed.
is_lineage_current() {
    differences=$(lineage_differences)
    [ -n "$differences" ] || return 0
    printf '%s\n' "$differences" >"$work/differences"
    while IFS= read -r difference <&4; do info "certificate: $difference"; done 4<"$work/differences"
    return 1
}

# lineage_differences: how what certbot has saved, and each renewal uses, differs from the arguments of ISSUE_UNIT. Older
# versions of certbot do not save every default. Sets `server`.
lineage_differences() {
    saved_file=$root/etc/letsencrypt/renewal/$DOMAIN.conf issue_file=$root/etc/systemd/system/$ISSUE_UNIT
    [ -n "$ISSUE_UNIT" ] && [ -r "$saved_file" ] && [ -r "$issue_file" ] || return 0
    server=$(issue_option server)
    if [ -z "$server" ]; then
        server=https://acme-v02.api.letsencrypt.org/directory
        ! grep -q -e '^ *--staging' -- "$issue_file" || server=https://acme-staging-v02.api.letsencrypt.org/directory
    fi
    compare_saved server "$server"
    compare_saved authenticator "$(sed -nE 's/^ *--(webroot|standalone|dns-[a-z0-9]+)( .*)?$/\1/p' "$issue_file" | head -n 1)"
    compare_saved webroot_path "$(issue_option webroot-path)"
    compare_saved key_type "$(issue_option key-type)"
    for hook in pre_hook post_hook; do
        case $(saved_value "$hook") in *nginx*) printf '%s stops or starts nginx\n' "$hook" ;; *) ;; esac
    done
}

# issue_option NAME
issue_option() { sed -nE "s/^ *\"?--$1=([^\" ]*).*/\1/p" "$issue_file" | head -n 1; }

# saved_value KEY
saved_value() { sed -n "s/^$1 = //p" "$saved_file" | head -n 1; }

# compare_saved KEY CONFIGURED
compare_saved() {
    value=$(saved_value "$1")
    value=${value%,}
    [ -z "$value" ] || [ -z "$2" ] || [ "$value" = "$2" ] || printf '%s is %s, configured is %s\n' "$1" "$value" "$2"
}
