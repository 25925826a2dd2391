
# ---- Files

files='' # the directory of the rendered files, set by unpack_files

# install_entry: a row of plan_files.
install_entry() {
    case $file_type in
    directory)
        record "$file_component" directory "$file_on_change" "$file_path"
        install_directory
        ;;
    file)
        ! secret_omitted || return 0
        is_current_file && ${file_found:-:} || install_file
        record "$file_component" file "$file_on_change" "$file_path"
        ;;
    *) die "$file_path has the unknown type $file_type in the plan" ;;
    esac
}

# secret_omitted: whether the row is a secret that this bundle does not carry, as in user-data; it is generated here, or
# provided by the operator.
secret_omitted() {
    [ "$file_sha256" = - ] && ! has_payload "$file_path"
}

# has_payload PATH: whether the bundle carries this file.
has_payload() {
    unpack_files
    [ -f "$files$1" ]
}

install_directory() {
    has_permissions "$root$file_path" "$file_mode" "$file_owner" && [ -d "$root$file_path" ] && return 0
    confirm_change "create $file_path/ ($file_mode $file_owner)" || return 0
    make_parents "$file_component" "$file_path"
    [ -d "$root$file_path" ] || run_or_die mkdir -m 0700 -- "$root$file_path"
    set_permissions "$root$file_path" "$file_mode" "$file_owner"
}

# is_current_file: whether the row's file is on the host with its content, mode and owner.
is_current_file() {
    [ -f "$root$file_path" ] && [ ! -L "$root$file_path" ] || return 1
    has_permissions "$root$file_path" "$file_mode" "$file_owner" || return 1
    if [ "$file_sha256" = - ]; then
        unpack_files
        cmp -s -- "$files$file_path" "$root$file_path"
    else
        [ "$(sha256_of "$root$file_path")" = "$file_sha256" ]
    fi
}

install_file() {
    confirm_change "write $file_path" || {
        queue_actions "$file_on_change" "$file_path"
        return 0
    }
    unpack_files
    [ "$file_sha256" = - ] || [ "$(sha256_of "$files$file_path")" = "$file_sha256" ] ||
        die "root$file_path does not match this panel.sh; render the bundle again"
    backup_foreign file "$file_path"
    queue_actions "$file_on_change" "$file_path"
    record "$file_component" file "$file_on_change" "$file_path"
    make_parents "$file_component" "$file_path"
    install_atomically "$files$file_path" "$file_mode" "$file_owner" "$file_path"
}

# install_atomically SOURCE MODE OWNER PATH: the file gets its permissions before its name, and is complete or absent.
install_atomically() {
    set_tmp_path "$4"
    rm -f -- "$tmp"
    (umask 077 && run_or_die cp -- "$1" "$tmp") || exit 1
    set_permissions "$tmp" "$2" "$3"
    run_or_die mv -fT -- "$tmp" "$root$4"
}

# set_tmp_path PATH: `tmp` is in the same directory; its name matches no `*.conf`, no include of a web server and no
# runner of hooks.
set_tmp_path() { tmp=$root${1%/*}/.${1##*/}.panel~; }

# set_permissions PATH MODE OWNER: OWNER - keeps the owner. The owner is set first, because chown clears setuid.
set_permissions() {
    [ "$3" = - ] || run_or_die chown "$3" "$1"
    run_or_die chmod "$2" "$1"
    if command -v restorecon >/dev/null; then restorecon "$1" >/dev/null 2>&1 || :; fi
}

# exists PATH: a dangling link exists too.
exists() { [ -e "$root$1" ] || [ -L "$root$1" ]; }

# has_permissions FILE MODE OWNER
has_permissions() {
    [ "$(stat -c '%a %U:%G' -- "$1" 2>/dev/null)" = "${2#0} $3" ]
}

sha256_of() {
    sha256_line=$(sha256sum 2>/dev/null <"$1") || return 0
    printf '%s\n' "${sha256_line%% *}"
}

# make_parents COMPONENT PATH: creates the directories above a path. Those created here are removed when they are empty.
make_parents() {
    [ -n "${2%/*}" ] && [ ! -d "$root${2%/*}" ] || return 0
    make_parents "$1" "${2%/*}"
    [ -z "$1" ] || record "$1" parent - "${2%/*}"
    run_or_die mkdir -- "$root${2%/*}"
}

# backup_foreign TYPE PATH: a file that we did not install is restored at uninstall.
backup_foreign() {
    exists "$2" || return 0
    ! is_recorded "$1" "$2" || return 0
    ! is_rendered "$2" || return 0
    info "back up the existing $2; uninstall restores it"
    backup "$2" cp -a
}

# is_rendered PATH: whether the file has the first line of a rendered file; one that only mentions the name is foreign.
is_rendered() {
    head -n 3 -- "$root$1" 2>/dev/null |
        grep -qxE '# Made by panelgen[.] Change the parameters and render again; a change made here is undone[.]'
}

# backup PATH COMMAND…: copies or moves a path to the state directory.
backup() {
    backup_path=$1
    shift
    run_or_die mkdir -p -- "$state_dir/displaced${backup_path%/*}"
    run_or_die rm -rf -- "$state_dir/displaced$backup_path"
    run_or_die "$@" -T -- "$root$backup_path" "$state_dir/displaced$backup_path"
}

# restore PATH
restore() {
    [ -e "$state_dir/displaced$1" ] || [ -L "$state_dir/displaced$1" ] || return 0
    ! exists "$1" || return 0
    confirm_change "restore $1" || return 0
    run_or_die mv -fT -- "$state_dir/displaced$1" "$root$1"
}

# displace: a row of plan_displaced.
displace() {
    mark_current displaced "$displaced_subject"
    if [ "$displaced_kind" = unit ]; then
        systemctl is-enabled --quiet "$displaced_subject" 2>/dev/null ||
            systemctl is-active --quiet "$displaced_subject" || return 0
        confirm_change "disable $displaced_subject, which conflicts with a unit of the panel" || return 0
        record "$displaced_component" displaced unit "$displaced_subject"
        run_or_die systemctl disable --now "$displaced_subject"
    elif exists "$displaced_subject"; then
        confirm_change "move $displaced_subject away" || return 0
        if [ "$displaced_component" = "$EDGE" ]; then
            backup_nginx "$displaced_subject"
            queue_nginx_reload
        fi
        record "$displaced_component" displaced path "$displaced_subject"
        backup "$displaced_subject" mv
    fi
}

# unpack_files: sets `files` to root/ beside this script, or unpacks the archive at its end.
unpack_files() {
    [ -z "$files" ] || return 0
    case $0 in */*) home=${0%/*} ;; *) home=. ;; esac
    if grep -q '^#--- payload$' "$0" 2>/dev/null; then
        sed -e '1,/^#--- payload$/d' -e 's/^#//' "$0" | base64 -d >"$work/payload" &&
            tar -xf "$work/payload" -C "$work" || die "the archive at the end of $0 is not readable"
        files=$work/root
    elif [ -f "$home/panel.sh" ] && [ -d "$home/root" ]; then
        files=$home/root
    else
        die "rendered files not found: root/ must be next to panel.sh, and panel.sh must be run by its own name"
    fi
}
