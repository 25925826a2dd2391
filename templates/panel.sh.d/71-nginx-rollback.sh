
# ---- nginx: the files that are being replaced

# backup_nginx_file: a row of plan_files.
backup_nginx_file() {
    [ "$file_type" = directory ] || is_current_file || backup_nginx "$file_path"
}

# backup_nginx PATH: called before a file of nginx is changed or removed.
backup_nginx() {
    [ -z "$dry_run" ] || return 0
    if [ ! -d "$nginx_backup" ]; then
        (umask 077 && run_or_die mkdir -- "$nginx_backup") || exit 1
        run_or_die cp -- "$records" "$nginx_backup/installed"
        : >"$nginx_backup/list"
    fi
    number=$(($(wc -l <"$nginx_backup/list") + 1))
    ! exists "$1" || run_or_die cp -a -T -- "$root$1" "$nginx_backup/$number"
    printf '%s\t%s\n' "$number" "$1" >>"$nginx_backup/list"
}

rollback_nginx() {
    info "restore the previous nginx configuration"
    while IFS=$tab read -r number path <&4; do
        if [ -e "$nginx_backup/$number" ] || [ -L "$nginx_backup/$number" ]; then
            set_tmp_path "$path"
            run_or_die cp -a -T -- "$nginx_backup/$number" "$tmp"
            run_or_die mv -fT -- "$tmp" "$root$path"
        else
            rm -f -- "$root$path"
        fi
    done 4<"$nginx_backup/list"
    cp -- "$nginx_backup/installed" "$records"
    load_records
    rm -rf -- "$nginx_backup"
}
