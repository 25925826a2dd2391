
# ---- Backup and restore: what was made on this host, for another host of the same panel

backup_usage='
usage: sh panel.sh backup  FILE
       sh panel.sh restore FILE

  backup      write data, secrets, certificates and homes of accounts to a new FILE; services that use them stop meanwhile
  restore     replace them by those of FILE, on a host where the same panel is installed
'
stopped_units='' # units that are started again at the end, whatever happens
movable_paths='' # the file of the paths that a backup may have
replacing=''     # whether a restore is between its first and its last path

# move_main COMMAND FILE
move_main() {
    command=$1 step=$1
    case ${2:-} in
    -h | --help) usage && exit 0 ;;
    '' | -*) usage_error "$1 requires a file" ;;
    /*) backup_file=$2 ;;
    *) backup_file=$PWD/$2 ;;
    esac
    [ $# -eq 2 ] || usage_error "$1 takes one file, and nothing else"
    start_time=$(uptime_seconds)
    trap end_move EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    [ "$(id -u)" -eq 0 ] || die "$command must be run as root"
    require_tools
    open_state
    components=$COMPONENTS scope=$COMPONENTS
    for component in $components; do
        is_installed "$component" || die "$component is not installed; run: sh panel.sh install"
    done
    trusted=$backup_file
    [ "$command" = restore ] || trusted=${backup_file%/*}
    is_root_only "$trusted" || die "others can write to $trusted or to a directory above it; use a file of root in a directory such as /root"
    backup_file=$root$backup_file movable_paths=$work/movable
    list_movable_paths >"$movable_paths"
    open_persistent_state
    "${command}_panel"
    start_stopped_units
    percent=100
    seconds=$(($(uptime_seconds) - start_time))
    info "done in $((seconds / 60)) min $((seconds % 60)) s"
}

# end_move: on_exit, after the units were started again.
end_move() {
    code=$?
    [ -z "$replacing" ] ||
        warn "not every path was replaced: move back what is in ${state_dir#"$root"}/before-restore, or move the rest from ${state_dir#"$root"}/restore"
    [ -z "$stopped_units" ] || (start_stopped_units) || code=1
    if [ "$code" -eq 0 ]; then on_exit; fi
    (exit "$code") || on_exit
}

# describe_panel: what both hosts must have alike. Their systems may differ.
describe_panel() {
    printf 'panel-backup 1\ndomain %s\narch %s\ncomponents %s\n' "$DOMAIN" "$ARCH" "$COMPONENTS"
    for_rows downloads describe_download
}
describe_download() { printf 'program %s %s\n' "$download_name" "$download_version"; }

# describe_account: a row of plan_accounts. Another host may give the account another number.
describe_account() {
    account_ids=$(getent passwd "$account_name" | cut -d : -f 3,4)
    [ -z "$account_ids" ] || printf 'account %s %s %s\n' "$account_name" "${account_ids%:*}" "${account_ids#*:}"
}

# list_movable_paths: the data, secrets and homes of the plan, and what certbot has of the domain; none below another one.
list_movable_paths() {
    {
        for_rows data_dirs print_data_dir
        for_rows secrets print_secret
        for_rows files print_provided_secret
        for_rows accounts print_home
        if [ "$ACME" != none ]; then
            printf '%s\n' "/etc/letsencrypt/archive/$DOMAIN" "/etc/letsencrypt/live/$DOMAIN" "/etc/letsencrypt/renewal/$DOMAIN.conf"
            # The account of the certificate; others may have accounts of their own.
            account_id=$(sed -n 's/^account = \([0-9a-f]*\)$/\1/p' "${1:-$root}/etc/letsencrypt/renewal/$DOMAIN.conf" 2>/dev/null)
            [ -z "$account_id" ] || (cd "${1:-$root/}" && find etc/letsencrypt/accounts -type d -name "$account_id" 2>/dev/null | sed 's|^|/|')
        fi
    } | sort -u | awk '{
        for (i = 1; i <= count; i++) if (index($0, kept[i] "/") == 1) next
        kept[++count] = $0
        print
    }'
}
print_data_dir() { printf '%s\n' "$data_dir_path"; }
print_secret() { printf '%s\n' "$secret_path"; }
print_provided_secret() { [ "$file_sha256:$file_type" != -:file ] || printf '%s\n' "$file_path"; }
print_home() { printf '%s\n' "$account_home"; }

# stop_writers: stops the units of each component that has one of the paths, in reverse order.
stop_writers() {
    for component in $(reversed "$components"); do
        [ "$command" != restore ] || ! is_container_runtime "$component" || for_rows containers remove_containers
        writes=''
        for plan in data_dirs secrets accounts; do for_component_rows "$component" "$plan" note_writer; done
        [ -z "$writes" ] || for_component_rows "$component" units stop_unit
    done
}
note_writer() { writes=yes; }

# stop_unit: a row of plan_units.
stop_unit() {
    [ "$unit_state" = enabled ] && systemctl is-active --quiet "$unit_name" || return 0
    info "stop $unit_name"
    stopped_units="$unit_name $stopped_units"
    run_or_die systemctl stop "$unit_name"
}

start_stopped_units() {
    for unit in $stopped_units; do
        info "start $unit"
        run systemctl start "$unit" || die "cannot start $unit"
    done
    stopped_units=''
}

# remove_containers: a row of plan_containers. A restore replaces them.
remove_containers() {
    systemctl is-active --quiet "$container_runtime.service" || return 0
    for name in $(ctr -n "$container_namespace" containers ls -q 2>/dev/null); do
        case $container_name in '*' | "$name") remove_container "$container_namespace" "$name" ;; *) ;; esac
    done
}

# ---- Backup

backup_panel() {
    [ ! -e "$backup_file" ] || die "${backup_file#"$root"} exists; give the name of a new file"
    while IFS= read -r path; do
        ! exists "$path" || printf '%s\n' "${path#/}"
    done <"$movable_paths" >"$work/present"
    {
        describe_panel
        for_rows accounts describe_account
    } >"$work/panel-backup"
    cp -- "$records" "$work/panel-record"
    percent=10
    stop_writers
    percent=30
    info "write ${backup_file#"$root"}"
    # Owners as numbers: those inside containers have no names here. 1: a file changed while it was read, such as one of a
    # function that is still running.
    (umask 077 && run tar --create --gzip --file "$backup_file.part" --numeric-owner --xattrs '--xattrs-include=*' --sparse \
        -C "$work" panel-backup panel-record -C "${root:-/}" --verbatim-files-from --files-from "$work/present") ||
        [ $? -eq 1 ] || {
        rm -f -- "$backup_file.part"
        die "cannot write ${backup_file#"$root"}"
    }
    percent=90
    run_or_die mv -f -- "$backup_file.part" "$backup_file"
}

# ---- Restore

restore_panel() {
    [ -f "$backup_file" ] || die "${backup_file#"$root"} is not a file"
    staging=$state_dir/restore
    rm -rf -- "$staging"
    ! exists /var/lib/panel/before-restore ||
        reject_backup "${state_dir#"$root"}/before-restore has what an earlier restore replaced; move or remove it"
    check_backup
    percent=20
    info "unpack ${backup_file#"$root"}"
    run_or_die mkdir -m 0700 -- "$staging"
    run tar --extract --gzip --file "$backup_file" -C "$staging" --numeric-owner --same-owner --same-permissions --xattrs '--xattrs-include=*' ||
        reject_backup "cannot unpack ${backup_file#"$root"}; is there enough space?"
    for_rows accounts adopt_owner
    list_movable_paths "$staging" >"$movable_paths"
    percent=60
    stop_writers
    run_or_die mkdir -m 0700 -- "$state_dir/before-restore"
    replacing=yes
    while IFS= read -r path <&3; do replace_path; done 3<"$movable_paths"
    replacing=''
    rm -rf -- "$staging"
    percent=90
    if systemctl is-active --quiet "$nginx_unit"; then run_or_die systemctl reload "$nginx_unit"; fi
    info "what was here before is in ${state_dir#"$root"}/before-restore; remove it when everything works"
}

# reject_backup TEXT: nothing was replaced.
reject_backup() {
    rm -rf -- "$state_dir/restore"
    die "$1. Nothing was changed"
}

# check_backup: all of the file is read and compared with this panel before anything is changed.
check_backup() {
    tar --extract --gzip --file "$backup_file" --to-stdout --occurrence panel-backup >"$work/described" 2>/dev/null ||
        reject_backup "${backup_file#"$root"} is not a backup of a panel, or is damaged"
    describe_panel >"$work/expected"
    grep -v '^account ' "$work/described" >"$work/compared" || :
    difference=$(awk 'FNR == NR { here[$0]; next } !($0 in here) { print; exit }' "$work/expected" "$work/compared")
    [ -z "$difference" ] || reject_backup "the backup has \`$(printable "$difference")\`, which this panel does not have; restore it with the same parameters and versions"
    cmp -s -- "$work/expected" "$work/compared" || reject_backup "the backup lacks programs of this panel; restore it with the same parameters and versions"
    tar --list --verbose --gzip --numeric-owner --quoting-style=escape --file "$backup_file" >"$work/listed" 2>/dev/null ||
        reject_backup "${backup_file#"$root"} is damaged: it cannot be read to its end"
    # A device 0,0 in a layer of a container marks a deleted file.
    awk '/^[^-dlhc]/ || (/^c/ && $3 != "0,0") { print; exit }' "$work/listed" >"$work/strange"
    [ ! -s "$work/strange" ] || reject_backup "the backup has a file of an unknown type: $(cat "$work/strange")"
    printf '/%s\n' panel-backup panel-record etc/letsencrypt/accounts >>"$movable_paths"
    tar --list --gzip --quoting-style=escape --file "$backup_file" | awk '
        FNR == NR { allowed[++count] = substr($0, 2); next }
        {
            name = $0
            sub("/$", "", name)
            fine = 0
            for (i = 1; i <= count; i++) if (name == allowed[i] || index(name, allowed[i] "/") == 1) fine = 1
            if (!fine || ("/" name "/") ~ "/[.][.]/") { print name; exit }
        }' "$movable_paths" - >"$work/strange"
    [ ! -s "$work/strange" ] || reject_backup "the backup has \`$(cat "$work/strange")\`, which is not data of this panel"
    while IFS= read -r path; do
        ! is_mount_point "$path" || is_root_only "$path" ||
            reject_backup "others can write to the mount point $path; unmount it, and mount it again after the restore"
    done <"$movable_paths"
}

# adopt_owner: a row of plan_accounts. The files of the account get the number that it has here.
adopt_owner() {
    there=$(awk -v name="$account_name" '$1 == "account" && $2 == name { print $3 ":" $4 }' "$work/described")
    here=$(getent passwd "$account_name" | cut -d : -f 3,4)
    if [ -z "$there" ] || [ -z "$here" ] || [ "$there" = "$here" ] || [ ! -d "$staging$account_home" ]; then return 0; fi
    run_or_die find "$staging$account_home" -uid "${there%:*}" -exec chown -h "${here%:*}" '{}' +
    run_or_die find "$staging$account_home" -gid "${there#*:}" -exec chown -h ":${here#*:}" '{}' +
}

# is_mount_point PATH
is_mount_point() { [ -d "$root$1" ] && [ "$(stat -c %m -- "$root$1")" = "$root$1" ]; }

# replace_path: `path` of the backup takes the place of what is here, which is kept. A mount point stays, with another content.
replace_path() {
    [ -e "$staging$path" ] || [ -L "$staging$path" ] || return 0
    info "restore $path"
    replaced=$state_dir/before-restore$path
    run_or_die mkdir -p -m 0700 -- "${replaced%/*}" "$root${path%/*}"
    if is_mount_point "$path"; then
        run_or_die mkdir -m 0700 -- "$replaced"
        move_content "$root$path" "$replaced"
        move_content "$staging$path" "$root$path"
        run_or_die chown --reference="$staging$path" -- "$root$path"
        run_or_die chmod --reference="$staging$path" -- "$root$path"
        return 0
    fi
    ! exists "$path" || run_or_die mv -T -- "$root$path" "$replaced"
    run_or_die mv -T -- "$staging$path" "$root$path"
}

# move_content FROM TO
move_content() {
    run_or_die find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found -exec mv -t "$2" -- '{}' +
}

# They have arguments of their own.
case ${1:-} in
backup | restore)
    move_main "$@"
    exit 0
    ;;
*) ;;
esac
