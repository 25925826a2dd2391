#!/bin/sh
# shellcheck disable=SC2317,SC2329
#   functions are called by the rows of the plan, which shellcheck cannot follow
# shellcheck disable=SC2015
#   in `a && b || die`, die is meant for both
# shellcheck disable=SC2100
#   a domain such as root-a.example.org is not an arithmetic expression
#
# panel.sh installs the panel that its bundle describes on this host, reports its status, and uninstalls it.
# It can be run again at any time: what is already correct is left alone.
#
# The program is the same on every host. All that differs is in the block "host data" below.
#
# The values:
#
#   COMPONENTS                    the components, in the order in which they are started
#   DOMAIN, NAMES                 the name of the certificate; all names, the first one included
#   EDGE                          the component that is the web server
#   ACME                          how the certificate is obtained; none: CERTIFICATE and CERTIFICATE_KEY are provided
#   ACME_COMPONENT                the component that obtains it; empty with ACME=none
#   ISSUE_UNIT, DEPLOY_HOOK       the unit that requests the certificate, the program that activates it
#   TARGET, ARCH                  the system and the processor that the bundle is for
#   DUAL_STACK, DEFAULT_SERVER    yes if the web server listens on IPv6 too, and if it answers for unknown names
#   MANAGER                       the package manager, apt or dnf
#   INSTALL, DATA                 the directories for programs and for data
#   PROXY, NO_PROXY               the URL of an HTTP proxy, and what is reached without it; not set without a proxy
#
# The plan is one function for each table. A table is read by passing it a function: `plan_files F` calls
# `F COMPONENT MODE …` once for each row. The columns are:
#
#   plan_packages    COMPONENT PACKAGE
#   plan_accounts    COMPONENT USER HOME SHELL             a system account; --purge removes it if it was created here
#   plan_files       COMPONENT MODE OWNER SHA256 TYPE ON-CHANGE PATH
#                                                          TYPE is file or directory; SHA256 - compares with root/
#   plan_secrets     COMPONENT MODE OWNER ON-CHANGE PATH   generated here once, from /dev/urandom, unless plan_files
#                                                          has the path and root/ the file
#   plan_downloads   COMPONENT NAME VERSION KIND SHA256 CHECKSUM-URL URL DEST ON-CHANGE
#                                                          KIND bin: one program, installed as DEST/NAME
#                                                          tar:N an archive that becomes DEST, N leading folders
#                                                          stripped
#                                                          into:N the same, but DEST holds other files too
#                                                          SHA256 -: it is read from CHECKSUM-URL; with neither of
#                                                          them the download is rejected
#   plan_links       COMPONENT LINK TARGET                 LINK ends in /: each program in TARGET gets a link there
#   plan_images      COMPONENT NAMESPACE REFERENCE         imported if --assets has them, otherwise pulled later
#   plan_units       COMPONENT UNIT STATE TIMEOUT PROBE    STATE is enabled, on-demand (started by other units) or
#                                                          external (enabled, but never stopped by us);
#                                                          PROBE is - or a URL, requested from 127.0.0.1
#   plan_displaced   COMPONENT KIND SUBJECT                KIND is path or unit: moved away or disabled while we are
#                                                          installed
#   plan_containers  COMPONENT RUNTIME NAMESPACE NAME      what uninstall removes; RUNTIME is the component that runs
#                                                          them; NAME may be '*'
#   plan_networks    COMPONENT BRIDGE NETWORK PREFIX       a bridge, its CNI network, the start of its addresses
#   plan_tables      COMPONENT FAMILY TABLE                nftables
#   plan_data_dirs   COMPONENT PATH                        kept by uninstall, removed by --purge
#   plan_ports       COMPONENT PORT EXPOSURE               where it listens: public, loopback, or bridge for containers
#   plan_needs       COMPONENT MEMORY DISK                 about how many MB of each it takes
#   plan_login_urls  COMPONENT TITLE URL USER SECRET       where to log in; USER and SECRET may be -
#   plan_support     COMPONENT TITLE UNTIL EXTENDED        how long it gets updates; EXTENDED may be -
#
# ON-CHANGE is a list of actions, as in MANIFEST.json. An empty table is `:`.
#
# For tests: PANEL_ROOT is prepended to every path of the host, and PATH is then used as it is.

<host data>

# ---- Settings

set -euf
umask 022
LC_ALL=C
export LC_ALL
tab=$(printf '\t')
newline='
'
root=${PANEL_ROOT:-}
[ -n "$root" ] || PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

state_dir=$root/var/lib/panel   # records, queued actions, displaced files
cache_dir=$root/var/cache/panel # downloads

command='' selected='' dry_run='' purge='' assets='' # the command line
components=''                                     # the components to work on
scope=''                                          # the same, and those of an earlier bundle
preserved_types=''                                # types of records that uninstall keeps
work=''                                           # the temporary directory of this run
masked_unit=''                                    # a unit that is kept from starting while its package is installed

# ---- Usage

usage() {
    cat <<'USAGE'
usage: sh panel.sh preflight [component…] [--assets DIR] [--offline] [--format json]
       sh panel.sh install   [component…] [--assets DIR] [--offline] [--ignore CHECK] [--dry-run]
       sh panel.sh status    [component…] [--format json]
       sh panel.sh logs      [component…] [--follow]
       sh panel.sh uninstall [component…] [--purge] [--dry-run]

  preflight   check whether this host can take this bundle, and change nothing; exit with 0 if nothing prevents it
  install     install the panel, or only the given components; run it again to repair or to upgrade
  status      print one line for each thing that is as it should be, or is not; exit with 0 if all are
  logs        print the latest lines that the units of the components wrote to the journal
  uninstall   stop and remove the panel; certificates, secrets and data are kept

  --assets DIR  take downloads, their checksum files and DIR/images/*.tar from DIR instead of the network
  --offline     do not check over the network whether downloads and images can be had
  --ignore CHECK  install although this check of preflight reports an error; the option can be repeated
  --format json print the result of preflight or status for machines
  --follow      go on printing new lines
  --dry-run     print what would be changed, and change nothing
  --purge       with uninstall: also remove certificates, secrets, accounts and data
  --help        print this text
USAGE
    printf '%s%s\ncomponents: %s\n' "${fetch_usage:-}" "${backup_usage:-}" "${COMPONENTS:-none}"
}

# ---- Output: messages, the log, the progress file, and the end of a run

step=start percent=0 steps_done=0 steps_total=1
log_file=''
deferred_failures='' # the steps that failed without ending the run

# info TEXT: prints one line, and logs it.
info() {
    printf '[%3d%%] %s: %s\n' "$percent" "$step" "$*"
    log "$step: $*"
}

log() {
    [ -z "$log_file" ] || printf '%s\n' "$*" >>"$log_file"
}

warn() {
    printf 'panel.sh: %s: %s\n' "$step" "$*" >&2
    log "$step: $*"
}

# die TEXT: ends the run; on_exit writes the failed step to the progress file.
die() {
    warn "$*"
    exit 1
}

# defer_failure TEXT: a failure that does not keep the rest from being installed; the run still ends non-zero.
defer_failure() {
    warn "$*"
    deferred_failures="$deferred_failures $step"
}

usage_error() {
    printf 'panel.sh: %s\nTry: sh panel.sh --help\n' "$*" >&2
    exit 2
}

# confirm_change TEXT: called before every change of the host. In a dry run it prints the change and returns 1.
confirm_change() {
    if [ -n "$dry_run" ]; then
        info "would $*"
        return 1
    fi
    info "$*"
}

# run COMMAND…: its output goes to the log; the last lines are printed if it fails. Sets `code`.
run() {
    log "+ $*"
    code=0
    "$@" >"$work/last_output" 2>&1 </dev/null 9>&- || code=$?
    [ -z "$log_file" ] || [ ! -s "$work/last_output" ] || cat "$work/last_output" >>"$log_file"
    [ "$code" -eq 0 ] || tail -n 12 "$work/last_output" >&2
    return "$code"
}

run_or_die() { run "$@" || die "\`$*\` failed"; }

# uptime_seconds: not the clock, which may be set while a new host is installed.
uptime_seconds() { read -r uptime _ </proc/uptime && printf '%s\n' "${uptime%.*}"; }

# start_step STEP
start_step() {
    step=$1
    percent=$((steps_done * 100 / steps_total))
    steps_done=$((steps_done + 1))
    log "--- $(date '+%Y-%m-%d %H:%M:%S') $step"
    write_progress 0 success
}

# count_steps: one for each component, and five for all of them together.
count_steps() {
    steps_total=5
    for component in $components; do steps_total=$((steps_total + 1)); done
}

# write_progress CODE MESSAGE: replaces progress.json for the web page at once, so it is valid at any moment.
write_progress() {
    [ "$command" = install ] && [ -z "$dry_run" ] || return 0
    make_parents '' "$DATA/h5/progress.json"
    ${check_page:-:} "$DATA/h5" || return 0
    printf '{"code":%d,"message":"%s","data":{"installType":"%s","progress":%d}}\n' "$1" "$2" "$step" "$percent" \
        >"$root$DATA/h5/.progress.json~"
    mv -f -- "$root$DATA/h5/.progress.json~" "$root$DATA/h5/progress.json"
    ${log_page:-:} "$1"
}

# on_exit: runs at the end of every run.
on_exit() {
    code=$?
    trap - EXIT
    if [ "$code" -ne 0 ] && [ -n "$log_file" ]; then
        (write_progress 1 "$step error") || :
        printf 'panel.sh: %s failed in step %s; see %s\n' "$command" "$step" "${log_file#"$root"}" >&2
    fi
    [ -z "$masked_unit" ] || systemctl unmask --quiet --runtime "$masked_unit" 2>/dev/null || :
    [ -z "$work" ] || rm -rf -- "$work"
    exit "$code"
}

# ---- Output: the logs that the web page of the script of 2020 shows, in its form

# What other parts call if this part is there; user-data has no room for it.
check_page=is_root_only log_page=write_page_logs preflight_page=preflight_data clear_page=remove_page_logs

# is_root_only PATH: whether others cannot put a link in the way of what is written there.
is_root_only() {
    [ -z "$(find -H "$root$1" -maxdepth 0 \( ! -uid "$(stat -c %u /proc/self)" -o -perm /022 \) 2>/dev/null)" ] || return 1
    [ -z "${1%/*}" ] || is_root_only "${1%/*}"
}

# write_page_logs CODE
write_page_logs() {
    now=$(date '+%Y-%m-%d %H:%M:%S')
    add_to_page_log access.log "======================= $step ======================="
    add_to_page_log access.log "[$now][installType][$step]"
    add_to_page_log access.log "[$now][progress][$percent]"
    add_to_page_log access.log "[$now][status][$1]"
    if [ "$1" -ne 0 ]; then add_to_page_log installErr.log "$step error"; fi
}

# add_to_page_log NAME LINE: uninstall removes a log that was created here.
add_to_page_log() {
    [ -e "$root$DATA/h5/$1" ] || printf '%s\n' "$1" >>"$root$DATA/h5/.panel-logs"
    printf '%s\n' "$2" >>"$root$DATA/h5/$1"
}

remove_page_logs() {
    [ -e "$root$DATA/h5/.panel-logs" ] || return 0
    while IFS= read -r name; do rm -f -- "$root$DATA/h5/$name"; done <"$root$DATA/h5/.panel-logs"
    rm -f -- "$root$DATA/h5/.panel-logs"
}

preflight_data() {
    if is_root_only "$DATA/h5"; then
        report ok data "only root can write to $DATA/h5"
    else
        report warning data "others can write to $DATA/h5 or to a directory above it, so progress.json is not written" "run \`chown root\` and \`chmod go-w\` there, or set dirs.data to another directory"
    fi
}

# ---- JSON, for machines

# json_array FILE KEY…: the lines of a file as an array of objects. Columns are separated by tabs; a line has only printable
# characters.
json_array() {
    json_file=$1
    shift
    awk -F '\t' -v keys="$*" '
        BEGIN { count = split(keys, key, " "); printf "[" }
        {
            printf "%s{", (NR > 1 ? "," : "")
            for (i = 1; i <= count; i++) {
                gsub(/[\\"]/, "\\\\&", $i)
                printf "%s\"%s\":\"%s\"", (i > 1 ? "," : ""), key[i], $i
            }
            printf "}"
        }
        END { printf "]" }' "$json_file"
}

# printable TEXT: names of processes and the like can have any character.
printable() { printf '%s' "$1" | tr -c '[:print:]' '?'; }

# ---- Plan: rows and their columns

# for_rows PLAN FUNCTION: calls FUNCTION for each row of the selected components, component by component. Before each
# call row_PLAN has set the columns as variables.
for_rows() {
    for rows_component in $components; do
        for_component_rows "$rows_component" "$1" "$2"
    done
}

# for_component_rows COMPONENT PLAN FUNCTION: the same for the rows of one component.
for_component_rows() { "plan_$2" filter_rows "$@"; }

# filter_rows COMPONENT PLAN FUNCTION ROW…
filter_rows() {
    [ "$1" = "$4" ] || return 0
    row_plan=$2 row_function=$3
    shift 3
    "row_$row_plan" "$@"
    "$row_function"
}

# The names of the columns. Each table has variables of its own, so that the rows of one table can be read while a row
# of another one is in use. Columns that no function uses have no variable.
row_packages() { package_name=$2; }
row_accounts() { account_component=$1 account_name=$2 account_home=$3 account_shell=$4; }
row_files() {
    file_component=$1 file_mode=$2 file_owner=$3 file_sha256=$4 file_type=$5 file_on_change=$6 file_path=$7
}
row_secrets() { secret_component=$1 secret_mode=$2 secret_owner=$3 secret_path=$5; }
row_downloads() {
    download_component=$1 download_name=$2 download_version=$3 download_kind=$4 download_sha256=$5
    download_checksum_url=$6 download_url=$7 download_dest=$8 download_on_change=$9
}
row_links() { link_component=$1 link_path=$2 link_target=$3; }
row_images() { image_component=$1 image_namespace=$2 image_reference=$3; }
row_units() { unit_component=$1 unit_name=$2 unit_state=$3 unit_timeout=$4 unit_probe=$5; }
row_displaced() { displaced_component=$1 displaced_kind=$2 displaced_subject=$3; }
row_containers() { container_component=$1 container_runtime=$2 container_namespace=$3 container_name=$4; }
row_networks() { network_component=$1 network_bridge=$2 network_name=$3 network_prefix=$4; }
row_tables() { table_component=$1 table_family=$2 table_name=$3; }
row_data_dirs() { data_dir_component=$1 data_dir_path=$2; }
row_login_urls() { login_title=$2 login_url=$3 login_user=$4 login_secret=$5; }

# is_listed PLAN PATH: whether a row of any component has this path; for tables whose last column is the path.
is_listed() {
    row_found=''
    "plan_$1" match_last_column "$2"
    [ -n "$row_found" ]
}

match_last_column() {
    wanted_column=$1
    for last_column; do :; done
    [ "$wanted_column" != "$last_column" ] || row_found=yes
}

# is_selected COMPONENT
is_selected() { has_word "$1" "$components"; }

# has_word WORD LIST
has_word() {
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

# without WORD LIST
without() {
    for word in $2; do [ "$word" = "$1" ] || printf '%s ' "$word"; done
}

# reversed LIST
reversed() {
    reversed_words=''
    for word in $1; do reversed_words="$word $reversed_words"; done
    printf '%s\n' "$reversed_words"
}

# has_line LINE FILE
has_line() { grep -qxF -e "$1" -- "$2" 2>/dev/null; }

# ---- Records: what was installed on this host. One line each, COMPONENT TYPE DETAIL SUBJECT separated by tabs. A record
# is written before the change itself, so that an interrupted run can be undone completely.

records=''      # the file of the records
records_text='' # its text, with a newline before and after it: lookups need no program
current=''      # the file of TYPE SUBJECT lines that this bundle has

# record COMPONENT TYPE DETAIL SUBJECT
record() {
    mark_current "$2" "$4"
    case $records_text in *"$newline$1$tab$2$tab$3$tab$4$newline"*) return 0 ;; esac
    case $records_text in *"$tab$4$newline"*) delete_record "$1" "$2" "$4" ;; esac
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$records"
    records_text=$records_text$1$tab$2$tab$3$tab$4$newline
}

# mark_current TYPE SUBJECT: this bundle has it, so it is not stale.
mark_current() { printf '%s\t%s\n' "$1" "$2" >>"$current"; }

# delete_record COMPONENT TYPE SUBJECT: networks, containers and secrets can have several owners, all else has one.
delete_record() {
    awk -F '\t' -v component="$1" -v type="$2" -v subject="$3" '
        !($2 == type && $4 == subject && ($1 == component || type !~ /^(network|containers|secret)$/))
    ' "$records" >"$records.new"
    mv -f -- "$records.new" "$records"
    load_records
}

load_records() { records_text=$newline$(cat -- "$records")$newline; }

# is_recorded TYPE SUBJECT [DETAIL]
is_recorded() {
    awk -F '\t' -v type="$1" -v subject="$2" -v detail="${3-*}" '
        $2 == type && $4 == subject && (detail == "*" || $3 == detail) { found = 1 }
        END { exit !found }
    ' "$records"
}

# ---- Stale records: what an earlier bundle installed

# stale_records COMPONENTS TYPE…: what an earlier bundle installed and this one does not have, newest first.
stale_records() {
    stale_components=$1
    shift
    awk -F '\t' -v components=" $stale_components " -v types=" $* " '
        FNR == NR { current[$1, $2]; next }
        index(components, " " $1 " ") && index(types, " " $2 " ") && !(($2, $4) in current)
    ' "$current" "$records" | tac
}

# remove_stale COMPONENTS TYPE…
remove_stale() {
    stale_records "$@" >"$work/stale"
    undo_records "$work/stale"
}

# remove_stale_ordered COMPONENTS TYPES…: the same, starting with the last component. Each word TYPES is a list of types
# that are removed together.
remove_stale_ordered() {
    ordered_components=$1
    shift
    [ -n "$(stale_records "$ordered_components" "$@")" ] || return 0
    for ordered_component in $(reversed "$ordered_components"); do
        for types; do remove_stale "$ordered_component" "$types"; done
    done
}

# is_installed COMPONENT: preserved secrets and data alone do not count.
is_installed() {
    awk -F '\t' -v component="$1" '
        $1 == component && $2 !~ /^(component|data_dir|secret|account|certificate|parent|unit_before)$/ { found = 1 }
        END { exit !found }' "$records"
}

# ---- Queued actions: what has to follow a change. An action is queued before the change and dequeued after the action:
# the next run completes an interrupted one.

pending='' # the file of the queue

# queue_actions ON-CHANGE PATH
queue_actions() {
    actions=$1,
    while [ -n "$actions" ]; do
        action=${actions%%,*}
        action=${action# }
        actions=${actions#*,}
        case $command:$action in
        *:none) ;;
        *:daemon-reload) queue daemon-reload ;;
        *:'reload '*) queue "reload $(full_unit_name "${action#* }")" ;;
        uninstall:*) ;; # what would be restarted is stopped
        *:'sysctl --system') queue "sysctl $2" ;;
        *:'restart systemd-modules-load') queue "modules $2" ;;
        *:'restart '*) queue "restart $(full_unit_name "${action#* }")" ;;
        *) die "unknown action \`$action\` in the plan, after a change of $2" ;;
        esac
    done
}

queue() {
    has_line "$1" "$pending" || printf '%s\n' "$1" >>"$pending"
}

is_queued() { [ -s "$pending" ] && has_line "$1" "$pending"; }

dequeue() {
    is_queued "$1" || return 0
    grep -vxF -e "$1" -- "$pending" >"$pending.new" || :
    mv -f -- "$pending.new" "$pending"
}

full_unit_name() {
    case $1 in
    *.service | *.timer | *.socket | *.path | *.target) printf '%s\n' "$1" ;;
    *) printf '%s.service\n' "$1" ;;
    esac
}

# run_queued: restarts and reloads for units outside the selected components, or left over from an interrupted run.
run_queued() {
    grep -E '^(restart|reload) ' "$pending" >"$work/rest" || return 0
    while read -r verb unit <&4; do
        if systemctl is-active --quiet "$unit" && confirm_change "$verb $unit"; then run_or_die systemctl "$verb" "$unit"; fi
        dequeue "$verb $unit"
    done 4<"$work/rest"
}

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

# ---- Packages

add_packages() {
    missing=''
    for_rows packages add_missing_package
    [ -n "$missing" ] || return 0
    confirm_change "install$missing" || return 0
    "add_with_$MANAGER" || die "the package manager failed to install$missing"
}

# add_missing_package: a row of plan_packages.
add_missing_package() {
    has_word "$package_name" "$missing" || "has_package_$MANAGER" "$package_name" || missing="$missing $package_name"
}

# ---- Packages: Debian

# shellcheck disable=SC2016 # dpkg-query expands it
has_package_apt() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# add_with_apt: without questions and without restarting other services; edited configuration is kept. The apt of a first
# boot may hold the lock: it is waited for.
add_with_apt() {
    keep_stopped
    apt_code=0
    install_with_apt || apt_code=$?
    allow_start
    return "$apt_code"
}

install_with_apt() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    export DEBIAN_FRONTEND NEEDRESTART_SUSPEND
    run dpkg --force-confdef --force-confold --configure -a || : # completes an interrupted install
    waited=0
    until run apt-get -q update; do
        if ! grep -q 'Could not get lock' "$work/last_output" || [ "$waited" -ge 300 ]; then
            info "package lists not updated; continuing with the existing ones"
            break
        fi
        sleep 5
        waited=$((waited + 5))
    done
    set --
    for package in $missing; do set -- "$@" "$package"; done
    run apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install "$@"
}

# ---- Packages: Red Hat

has_package_dnf() { rpm -q --quiet "$1" 2>/dev/null; }

# add_with_dnf: EPEL is installed before the packages that come from it. --allowerasing replaces curl-minimal with curl.
add_with_dnf() {
    set --
    for package in $missing; do
        if [ "$package" = epel-release ]; then
            run dnf -y install epel-release || return 1
        else
            set -- "$@" "$package"
        fi
    done
    [ $# -eq 0 ] || run dnf -y --setopt=install_weak_deps=False --allowerasing install "$@"
}

# ---- Packages whose programs must not start yet

# keep_stopped: the package of the web server would start it with the distribution's site, which fails without IPv6 or
# beside another server on port 80, and then stays half configured. A mask in /run is gone after a reboot, too.
keep_stopped() {
    ! has_package_apt "$EDGE" || return 0
    masked_unit=$nginx_unit
    run systemctl mask --runtime "$masked_unit" || masked_unit=''
}

allow_start() {
    [ -z "$masked_unit" ] || run systemctl unmask --runtime "$masked_unit" || :
    masked_unit=''
}

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

# ---- Provenance: what was on the host before the first install

# record_data_dir: a row of plan_data_dirs. One that has content before the first install is not removed by --purge.
record_data_dir() {
    mark_current data_dir "$data_dir_path"
    ! is_recorded data_dir "$data_dir_path" || return 0
    data_dir_origin=made
    [ -z "$(ls -A -- "$root$data_dir_path" 2>/dev/null)" ] || data_dir_origin=found
    record "$data_dir_component" data_dir "$data_dir_origin" "$data_dir_path"
}

# record_unit_before: a row of plan_units. A unit of that name that was there before is enabled and started again by
# uninstall, in the state that it had.
record_unit_before() {
    ${unit_found:-:}
    [ "$unit_state" = enabled ] && ! is_recorded unit "$unit_name" || return 0
    state_before=''
    ! systemctl is-enabled --quiet "$unit_name" 2>/dev/null || state_before=enabled
    ! systemctl is-active --quiet "$unit_name" || state_before="$state_before active"
    [ -z "$state_before" ] || record "$unit_component" unit_before "${state_before# }" "$unit_name"
}

# check_existing_account: visitors of the IDE act as this account, so it must have no privileges.
check_existing_account() {
    for group in $(id -Gn "$account_name"); do
        case $group in
        root | sudo | wheel | admin | adm | docker | lxd | incus | disk | shadow | kmem | libvirt | systemd-journal)
            die "the existing account $account_name is in the group $group; remove it from the group, or set another account in panel.yaml"
            ;;
        *) ;;
        esac
    done
    info "use the existing account $account_name; uninstall keeps it"
}

# record_certificate: one that certbot had before the first install is not removed by --purge.
record_certificate() {
    ! is_recorded certificate "$DOMAIN" || return 0
    certificate_origin=made
    [ ! -e "$root/etc/letsencrypt/renewal/$DOMAIN.conf" ] || certificate_origin=found
    record "$ACME_COMPONENT" certificate "$certificate_origin" "$DOMAIN"
}

# ---- Provenance: what was in use on a host before, such as one of the script of 2020; user-data has no room for it

unit_found=record_found_unit renewal_undo=restore_renewal file_found=backup_same_file

# record_found_unit: an enabled unit with the name of one that only others start, such as certbot-renew.service of the old
# script, would also start at boot. Active units of others that stop with a unit of the panel's name, such as docker.service,
# are started again by uninstall.
record_found_unit() {
    [ "$unit_name" != "$ISSUE_UNIT" ] || save_renewal
    ! is_recorded unit "$unit_name" || return 0
    case $unit_state in
    on-demand)
        [ "$(systemctl is-enabled "$unit_name" 2>/dev/null)" = enabled ] && confirm_change "disable $unit_name" || return 0
        record "$unit_component" unit_before enabled "$unit_name"
        run_or_die systemctl disable "$unit_name"
        ;;
    enabled)
        systemctl is-active --quiet "$unit_name" || return 0
        for dependent in $(systemctl show --property=BoundBy --property=RequiredBy --value "$unit_name" 2>/dev/null); do
            is_own_unit "$dependent" || ! systemctl is-active --quiet "$dependent" ||
                record "$unit_component" unit_before active "$dependent"
        done
        ;;
    *) ;;
    esac
}

# backup_same_file: a file with the content of the panel's may have been there before.
backup_same_file() { [ -n "$dry_run" ] || backup_foreign file "$file_path"; }

# save_renewal: called for the unit that requests the certificate. uninstall restores the renewal settings of a certificate
# that was there.
save_renewal() {
    saved=/etc/letsencrypt/renewal/$DOMAIN.conf
    ! exists "$saved" || [ -n "$dry_run" ] || is_recorded certificate "$DOMAIN" made || is_installed "$ACME_COMPONENT" ||
        backup "$saved" cp -a
}

# restore_renewal: returns 1 if there is nothing to restore. `saved` has the path.
restore_renewal() {
    displaced=$state_dir/displaced${saved#"$root"}
    [ -f "$displaced" ] && [ -f "$saved" ] || return 1
    confirm_change "restore ${saved#"$root"}" || return 0
    run_or_die mv -fT -- "$displaced" "$saved"
}

# ---- Downloads

# add_program: a row of plan_downloads.
add_program() {
    set_download_tree
    if is_recorded tree "$tree" "$download_id" && [ -e "$root$tree" ]; then
        mark_current tree "$tree"
        return 0
    fi
    confirm_change "download $download_name $download_version" || {
        record "$download_component" tree "$download_id" "$tree"
        queue_actions "$download_on_change" "$tree"
        return 0
    }
    download_verified
    info "unpack $download_name $download_version to $tree"
    record "$download_component" tree unfinished "$tree" # the id is written when the program is complete
    make_parents "$download_component" "$tree"
    queue_actions "$download_on_change" "$tree"
    set_tmp_path "$tree"
    rm -rf -- "$tmp"
    case $download_kind in
    bin)
        run_or_die cp -- "$archive" "$tmp"
        set_permissions "$tmp" 0755 -
        ;;
    tar:* | into:*)
        run_or_die mkdir -- "$tmp"
        run_or_die tar -xf "$archive" -C "$tmp" --no-same-owner --no-same-permissions --strip-components="${download_kind#*:}"
        ;;
    *) die "$download_name has the unknown kind $download_kind in the plan" ;;
    esac
    sync # the name must not reach the disk before the content
    case $download_kind in into:*) merge_tree ;; *) replace_tree ;; esac
    if command -v restorecon >/dev/null; then restorecon -R "$root$tree" >/dev/null 2>&1 || :; fi
    record "$download_component" tree "$download_id" "$tree"
    find "$cache_dir" -name "$download_name-*" ! -name "${archive##*/}" -exec rm -f -- {} + # earlier versions
}

# set_download_tree: `tree` is the path of the row's program or directory, `download_id` what is installed there.
set_download_tree() {
    case $download_kind in bin) tree=$download_dest/$download_name ;; *) tree=$download_dest ;; esac
    download_id=$download_name/$download_version/$download_sha256
}

replace_tree() {
    rm -rf -- "$tmp.old"
    [ ! -e "$root$tree" ] || run_or_die mv -fT -- "$root$tree" "$tmp.old"
    run_or_die mv -fT -- "$tmp" "$root$tree"
    rm -rf -- "$tmp.old"
}

# merge_tree: the archive may contain files at paths of plan_files; those of the plan are installed again over them.
merge_tree() {
    run_or_die mkdir -p -- "$root$tree"
    run_or_die cp -a --remove-destination -- "$tmp/." "$root$tree/"
    rm -rf -- "$tmp"
    for_component_rows "$download_component" files install_entry
}

# download_verified: sets `archive` to a local file whose checksum is the expected one.
download_verified() {
    archive=$cache_dir/$download_name-$download_version-${download_url##*/}
    run_or_die mkdir -p -- "$cache_dir"
    run_or_die chmod 0700 "$cache_dir"
    expected=$download_sha256
    [ "$expected" != - ] || load_checksum
    [ "$(sha256_of "$archive")" != "$expected" ] || return 0
    rm -f -- "$archive"
    if [ "$(sha256_of "$archive.part")" != "$expected" ]; then
        get_file "$download_url" "$archive.part"
        # A resumed file may have begun as another one: one more attempt, from the start.
        if [ -n "$resumed" ] && [ "$(sha256_of "$archive.part")" != "$expected" ]; then
            rm -f -- "$archive.part"
            get_file "$download_url" "$archive.part"
        fi
    fi
    actual=$(sha256_of "$archive.part")
    if [ "$actual" != "$expected" ]; then
        rm -f -- "$archive.part"
        die "checksum mismatch: $download_url has the sha256 $actual, expected $expected; $download_name was not installed"
    fi
    run_or_die mv -fT -- "$archive.part" "$archive"
}

# load_checksum: sets `expected` to the checksum that upstream publishes, if the bundle has none.
load_checksum() {
    [ "$download_checksum_url" != - ] ||
        die "no checksum is known for $download_name: the bundle has none and upstream publishes none"
    rm -f -- "$archive.checksum"
    get_file "$download_checksum_url" "$archive.checksum"
    expected=$(awk -v name="${download_url##*/}" '
        { sub(/^[*]/, "", $2); sub(/.*\//, "", $2) }
        length($1) == 64 && $1 !~ /[^0-9a-f]/ && (NF == 1 || $2 == name) { print $1; exit }' "$archive.checksum")
    [ -n "$expected" ] || die "$download_checksum_url does not list a sha256 of ${download_url##*/}"
}

# get_file URL FILE: from --assets or from the network. Sets `resumed` if FILE was continued.
get_file() {
    resumed=''
    if [ -n "$assets" ]; then
        [ -f "$assets/${1##*/}" ] || die "${1##*/} not found in $assets"
        run_or_die cp -- "$assets/${1##*/}" "$2"
        return 0
    fi
    [ ! -s "$2" ] || resumed=yes
    curl_file "$1" "$2" && return 0
    case $resumed$code in
    yes22 | yes33 | yes36) ;; # the server cannot continue the file, or it is complete
    *) die "cannot download $1" ;;
    esac
    rm -f -- "$2"
    resumed=''
    curl_file "$1" "$2" || die "cannot download $1"
}

# curl_file URL FILE: redirects from https to http are not followed; http is only used if the URL of a mirror uses it.
curl_file() {
    case $1 in
    https://*) schemes='=https' ;;
    http://*) schemes='=http,https' ;;
    *) die "invalid URL $1: expected https or http" ;;
    esac
    run curl -q --fail --silent --show-error --location --proto "$schemes" --connect-timeout 30 --retry 3 \
        --speed-limit 1024 --speed-time 60 --continue-at - --output "$2" --url "$1"
}

# ---- Links

links_unknown='' # set in a dry run if links depend on an archive that is not unpacked yet

# add_link: a row of plan_links.
add_link() {
    case $link_path in
    */)
        [ -d "$root$link_target" ] || [ -n "$dry_run" ] || die "$link_target is missing; cannot link to it"
        [ -d "$root$link_target" ] || {
            links_unknown=yes
            confirm_change "link the programs of $link_target into $link_path" || return 0
        }
        find "$root$link_target" -mindepth 1 -maxdepth 1 -type f -perm -0100 | sort >"$work/programs"
        while IFS= read -r program <&4; do
            ensure_link "$link_component" "$link_path${program##*/}" "${link_target%/}/${program##*/}"
        done 4<"$work/programs"
        ;;
    *) ensure_link "$link_component" "$link_path" "$link_target" ;;
    esac
}

# ensure_link COMPONENT LINK TARGET
ensure_link() {
    if [ "$(readlink -- "$root$2")" != "$3" ]; then create_link "$@"; fi
    record "$1" link "$3" "$2"
}

create_link() {
    confirm_change "link $2 to $3" || return 0
    backup_foreign link "$2"
    record "$1" link "$3" "$2"
    make_parents "$1" "$2"
    replace_link "$3" "$2"
}

# replace_link TARGET LINK: in one step, so that the link is never missing.
replace_link() {
    set_tmp_path "$2"
    rm -f -- "$tmp"
    run_or_die ln -s -- "$1" "$tmp"
    run_or_die mv -fT -- "$tmp" "$root$2"
}

# ---- Units

# start_unit: a row of plan_units. Restarts the unit only if something that it reads has changed.
start_unit() {
    [ "$unit_state" != on-demand ] || return 0
    if ! systemctl is-enabled --quiet "$unit_name" 2>/dev/null && confirm_change "enable $unit_name"; then
        run_or_die systemctl enable "$unit_name"
    fi
    unit_action=''
    if ! systemctl is-active --quiet "$unit_name"; then
        unit_action=start
    elif is_queued "restart $unit_name"; then
        unit_action=restart
    elif is_queued "reload $unit_name"; then
        unit_action=reload
    fi
    if [ -n "$unit_action" ] && confirm_change "$unit_action $unit_name"; then
        run systemctl "$unit_action" "$unit_name" || unit_failed "$unit_name" "cannot $unit_action $unit_name"
        wait_for_unit "$unit_name" "$unit_timeout" "$unit_probe"
    fi
    dequeue "restart $unit_name"
    dequeue "reload $unit_name"
}

# wait_for_unit UNIT SECONDS PROBE: polls until the unit is ready.
wait_for_unit() {
    waited=0
    until is_ready "$1" "$3"; do
        ! systemctl is-failed --quiet "$1" || unit_failed "$1" "$1 has failed"
        [ "$waited" -lt "$2" ] || unit_failed "$1" "$1 is not ready after $2 seconds"
        sleep 1
        waited=$((waited + 1))
    done
}

# is_ready UNIT PROBE: without a probe the unit must be active twice, a second apart. A unit that fails at once and waits
# for its restart is not ready.
is_ready() {
    systemctl is-active --quiet "$1" || return 1
    if [ "$2" = - ]; then
        sleep 1
        systemctl is-active --quiet "$1"
    else
        probe "$2"
    fi
}

# probe URL: requests it from this host, whatever its name resolves to. With http the response must be a success; with
# https any response will do: the certificate may be the temporary one, and the page may depend on another unit.
probe() {
    case $1 in https:*) set -- "$1" --insecure ;; *) set -- "$1" --fail ;; esac
    curl -q --silent --noproxy '*' --max-time 5 --connect-to ::127.0.0.1: --output /dev/null "$2" --url "$1" 2>/dev/null
}

# unit_failed UNIT TEXT
unit_failed() {
    show_journal "$1"
    die "$2"
}

show_journal() {
    run journalctl -u "$1" -n 20 --no-pager -o cat || return 0
    cat -- "$work/last_output" >&2
}

reload_systemd() {
    is_queued daemon-reload || return 0
    if confirm_change "reload the units of systemd"; then run_or_die systemctl daemon-reload; fi
    dequeue daemon-reload
}

# ---- Kernel: settings and modules

# configure_kernel: applies only the files of the plan, not those of others.
configure_kernel() {
    grep -E '^(sysctl|modules) ' "$pending" >"$work/kernel" || return 0
    while read -r kind path <&4; do
        if confirm_change "apply $path"; then "apply_$kind" "$root$path"; fi
        dequeue "$kind $path"
    done 4<"$work/kernel"
}

apply_sysctl() { run_or_die sysctl -q -p "$1"; }

# apply_modules: a module that cannot be loaded may be built in, or belong to the host of this container.
apply_modules() {
    grep -v '^[#;]' "$1" | while read -r module; do
        [ -z "$module" ] || run modprobe -q "$module" || info "module $module not loaded; continuing without it"
    done
}

# ---- Images

imported='' # namespaces into which the images of --assets were imported

# load_image: a row of plan_images. Without --assets images are pulled when they are needed.
load_image() {
    [ -n "$assets" ] && [ -d "$assets/images" ] || return 0
    ! has_image "$image_namespace" "$image_reference" || return 0
    if ! has_word "$image_namespace" "$imported"; then
        imported="$imported $image_namespace"
        find "$assets/images" -type f -name '*.tar*' | sort >"$work/images"
        while IFS= read -r image <&4; do
            confirm_change "import ${image##*/} into $image_namespace" || continue
            run_or_die ctr -n "$image_namespace" images import "$image"
        done 4<"$work/images"
    fi
    [ -n "$dry_run" ] || has_image "$image_namespace" "$image_reference" ||
        info "$image_reference is not in the archives of --assets; it will be pulled"
    [ -n "$dry_run" ] || ${check_image:-:}
}

# has_image NAMESPACE REFERENCE
has_image() {
    ctr -n "$1" images ls -q 2>/dev/null | grep -qxF -e "$2"
}

# ---- Images: the digest of one that is pinned

# check_digest: an imported image must be that of its reference, or the one for this processor in the index that the
# reference names. One that is pulled is verified when it is pulled.
check_digest() {
    case $image_reference in *@*) pin=${image_reference##*@} ;; *) return 0 ;; esac
    digest=$(ctr -n "$image_namespace" images ls 2>/dev/null | awk -v name="$image_reference" '$1 == name { print $3 }')
    [ -n "$digest" ] && [ "$digest" != "$pin" ] || return 0
    find "$assets/images" -type f -name '*.tar*' >"$work/images"
    while IFS= read -r image <&4; do
        tar -xOf "$image" "blobs/sha256/${pin#sha256:}" >"$work/index" 2>/dev/null || continue
        [ "sha256:$(sha256_of "$work/index")" = "$pin" ] && grep -qF -e "\"$digest\"" -- "$work/index" && return 0
    done 4<"$work/images"
    run ctr -n "$image_namespace" images rm "$image_reference" || :
    die "the archives of --assets have another $image_reference: its digest is $digest"
}
check_image=check_digest

# ---- ufw, which blocks traffic where the operator has enabled it

# open_ufw COMPONENT RULE…: `ufw show added` prints the rules in the form in which they are given.
open_ufw() {
    ufw_component=$1
    shift
    mark_current ufw "$*"
    is_ufw_active || return 0
    ! ufw show added 2>/dev/null | grep -qxF -e "ufw $*" || return 0
    confirm_change "add the ufw rule \`$*\`" || return 0
    record "$ufw_component" ufw - "$*"
    run_or_die ufw "$@"
}

is_ufw_active() {
    command -v ufw >/dev/null && ufw status 2>/dev/null | grep -qx 'Status: active'
}

# ---- firewalld and SELinux, which block traffic by default on Red Hat

# open_firewalld COMPONENT ZONE KIND NAME
open_firewalld() {
    mark_current firewalld "$3=$4"
    is_firewalld_running || return 0
    ! firewall-cmd --quiet --permanent --zone="$2" "--query-$3=$4" || return 0
    confirm_change "open $3 $4 in the firewalld zone $2" || return 0
    record "$1" firewalld "$2" "$3=$4"
    run_or_die firewall-cmd --permanent --zone="$2" "--add-$3=$4"
    run_or_die firewall-cmd --zone="$2" "--add-$3=$4"
}

is_firewalld_running() {
    command -v firewall-cmd >/dev/null && firewall-cmd --quiet --state 2>/dev/null
}

# allow_bridge: a row of plan_networks.
allow_bridge() {
    open_firewalld "$network_component" trusted interface "$network_bridge"
    open_ufw "$network_component" allow in on "$network_bridge"
    open_ufw "$network_component" route allow in on "$network_bridge"
}

# allow_upstreams: SELinux must let the web server connect to its upstreams.
allow_upstreams() {
    command -v getsebool >/dev/null || return 0
    case $(getsebool httpd_can_network_connect 2>/dev/null) in *off) ;; *) return 0 ;; esac
    confirm_change "set the SELinux boolean httpd_can_network_connect" || return 0
    run_or_die setsebool -P httpd_can_network_connect 1
}

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

# ---- Preflight: whether this host can take this bundle. Nothing is changed, and all findings are reported at once.

format=text offline='' host_only='' ignored='' follow='' # the command line
findings=''                                              # the file of what was found: LEVEL CHECK MESSAGE HINT

row_ports() { port_component=$1 port_number=$2 port_exposure=$3; }
row_needs() { need_component=$1 need_memory=$2 need_disk=$3; }

# read_option OPTION…: the options that an installation from user-data does not need. Sets `consumed`, how many arguments
# belong to the option besides its name.
read_option() {
    consumed=0
    case $1 in
    --offline) offline=yes ;;
    --host-only) host_only=yes ;;
    --follow) follow=yes ;;
    --format | --ignore)
        [ $# -ge 2 ] || usage_error "$1 requires a value"
        consumed=1
        set_option "$1" "$2"
        ;;
    --format=* | --ignore=*) set_option "${1%%=*}" "${1#*=}" ;;
    *) usage_error "unknown option \`$1\`" ;;
    esac
}

# set_option OPTION VALUE
set_option() {
    case $1:$2 in
    --format:text | --format:json) format=$2 ;;
    --format:*) usage_error "unknown format \`$2\`: expected text or json" ;;
    *) ignored="$ignored $2" ;;
    esac
}

check_options() {
    [ -z "$purge" ] || [ "$command" = uninstall ] || usage_error "--purge requires uninstall"
    case $format:$command in
    text:* | json:preflight | json:status) ;;
    *) usage_error "--format json requires preflight or status" ;;
    esac
    [ -z "$follow" ] || [ "$command" = logs ] || usage_error "--follow requires logs"
    case $command in
    preflight | install) ;;
    *)
        [ -z "$assets" ] || usage_error "--assets requires install or preflight"
        [ -z "$offline$host_only$ignored" ] || usage_error "--offline, --host-only and --ignore require install or preflight"
        ;;
    esac
}

# preflight: the command. Warnings do not make it fail.
preflight() {
    run_checks
    if [ "$format" = json ]; then
        printf '{"errors":%d,"warnings":%d,"checks":%s}\n' "$(count_findings error)" "$(count_findings warning)" \
            "$(json_array "$findings" level check message hint)"
    else
        print_findings 'ok|warning|error'
        printf 'errors: %d, warnings: %d; nothing was changed\n' "$(count_findings error)" "$(count_findings warning)"
    fi
    [ "$(count_findings error)" -eq 0 ]
}

# require_preflight: what install does before it changes anything.
require_preflight() {
    step=preflight
    run_checks
    print_findings 'warning|error' >&2
    [ "$(count_findings error)" -eq 0 ] ||
        die "nothing was changed: fix the errors above, or pass --ignore CHECK to install all the same"
}

run_checks() {
    findings=$work/findings
    : >"$findings"
    [ -n "$host_only" ] || preflight_bundle
    preflight_system
    preflight_resources
    ${preflight_page:-:}
    preflight_packages
    preflight_ports
    preflight_sites
    preflight_containers
    preflight_networks
    preflight_firewalls
    preflight_security
    preflight_clock
    [ -n "$offline" ] || preflight_network
}

# report LEVEL CHECK MESSAGE [HINT]: LEVEL is ok, warning or error; --ignore makes an error a warning.
report() {
    level=$1
    if [ "$level" = error ] && has_word "$2" "$ignored"; then level=warning; fi
    printf '%s\t%s\t%s\t%s\n' "$level" "$2" "$(printable "$3")" "$(printable "${4:-}")" >>"$findings"
}

count_findings() { grep -c "^$1$tab" "$findings" || :; }

# print_findings LEVELS
print_findings() {
    awk -F '\t' -v levels="^($1)$" '
        $1 ~ levels { printf "%-7s %-10s %s\n", $1, $2, $3 }
        $1 ~ levels && $1 != "ok" && $4 != "" { printf "%-18s hint: %s\n", "", $4 }' "$findings"
}

# preflight_bundle: every file of root/ against its checksum.
preflight_bundle() {
    if ! (unpack_files) 2>"$work/last_output"; then
        report error bundle "root/ is not readable" "copy the whole bundle, and run panel.sh by its own name"
        return 0
    fi
    unpack_files
    damaged=''
    : >"$work/checksums"
    for_rows files preflight_file
    (cd "$files" && LC_ALL=C sha256sum --check --quiet - 2>/dev/null) <"$work/checksums" |
        sed -n 's/^\.\(.*\): FAILED.*/\1/p' >"$work/damaged"
    while IFS= read -r path <&4; do
        damaged=yes
        report error bundle "root$path differs from the rendered file" "change the parameters and render again; do not edit root/"
    done 4<"$work/damaged"
    [ -n "$damaged" ] || report ok bundle "every file of root/ has its checksum"
}

# preflight_file: a row of plan_files. One process reads all files.
preflight_file() {
    [ "$file_type" = file ] && ! secret_omitted || return 0
    if [ ! -f "$files$file_path" ] || [ -L "$files$file_path" ]; then
        damaged=yes
        report error bundle "root$file_path is missing" "render the bundle again, and copy all of it"
    elif [ "$file_sha256" != - ]; then
        printf '%s  .%s\n' "$file_sha256" "$file_path" >>"$work/checksums"
    fi
}

# ---- Preflight: the host itself

# os_release KEY
os_release() {
    sed -n "s/^$1=//p" "$root/etc/os-release" 2>/dev/null | tr -d "\"'" | head -n 1
}

preflight_system() {
    system=$(os_release ID)
    case " $system $(os_release ID_LIKE) " in
    *' rhel '* | *' ol '*)
        system=rhel-$(os_release VERSION_ID)
        system=${system%%.*}
        ;;
    *) system=$system-$(os_release VERSION_ID) ;;
    esac
    if [ "$system" = "$TARGET" ]; then
        report ok system "this host is $system"
    else
        report error system "this host is ${system%-}, but the bundle is for $TARGET" "render the bundle with --target and a name from \`panelgen targets\`"
    fi
    case $(uname -m) in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) machine=$(uname -m) ;;
    esac
    if [ "$machine" = "$ARCH" ]; then
        report ok arch "the processor is $machine"
    else
        report error arch "the processor is $machine, but the bundle is for $ARCH" "render the bundle with --arch $machine"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        report ok root "running as root"
    elif [ -z "$dry_run" ]; then
        report error root "not running as root" "run it with sudo"
    fi
    if [ -d "$root/run/systemd/system" ]; then
        report ok systemd "systemd is running"
    else
        report error systemd "systemd is not running" "use a host that was booted with systemd, not a container image or a chroot"
    fi
}

# preflight_resources: the needs of the components that are not installed yet.
preflight_resources() {
    needed_memory=0 needed_disk=0
    for_rows needs add_need
    memory=$(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print int(sum / 1024) }' "$root/proc/meminfo" 2>/dev/null) || memory=''
    if [ "${memory:-$needed_memory}" -lt "$needed_memory" ]; then
        report warning memory "memory and swap are $memory MB, and the panel uses about $needed_memory MB" "add memory or a swap file"
    else
        report ok memory "memory and swap are ${memory:-unknown} MB"
    fi
    for directory in "$INSTALL" /var; do
        parent=$directory
        while [ ! -d "$root$parent" ]; do parent=${parent%/*}; done
        free=$(df -Pk "$root$parent/" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }') || free=''
        if [ "${free:-$needed_disk}" -lt "$needed_disk" ]; then
            report error disk "the file system of $directory has $free MB free, and programs and images need about $needed_disk MB" "free some space, or extend the file system"
        else
            report ok disk "the file system of $directory has ${free:-an unknown number of} MB free"
        fi
    done
}

# add_need: a row of plan_needs.
add_need() {
    needed_memory=$((needed_memory + need_memory))
    if is_installed "$need_component"; then return 0; fi
    needed_disk=$((needed_disk + need_disk))
}

preflight_packages() {
    missing=''
    for_rows packages add_missing_package
    unavailable=''
    for package in $missing; do "unavailable_package_$MANAGER" "$package"; done
    [ -n "$unavailable" ] || report ok packages "${missing:+to be installed:}${missing:-nothing is missing}"
}

# shellcheck disable=SC2016 # dpkg-query expands it
unavailable_package_apt() {
    if [ "$(dpkg-query -W -f '${db:Status-Want}' "$1" 2>/dev/null)" = hold ]; then
        unavailable=yes
        report error packages "the package $1 is held back" "run \`apt-mark unhold $1\`"
    elif [ "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')" = '(none)' ]; then
        unavailable=yes
        report warning packages "no configured repository has the package $1" "enable the repository that has it, or update the package lists"
    fi
}

# unavailable_package_dnf: packages can be excluded, also by the plugin versionlock.
unavailable_package_dnf() {
    grep -qsE "^(exclude|excludepkgs) *=.*(^|[ =,])$1([ ,*]|\$)" "$root/etc/dnf/dnf.conf" || return 0
    unavailable=yes
    report error packages "the package $1 is excluded in /etc/dnf/dnf.conf" "remove it from \`excludepkgs\`"
}

preflight_clock() {
    year=$(date +%Y)
    if [ "$year" -lt 2026 ]; then
        report error clock "the clock is wrong: it is in the year $year" "set it, and enable a time service"
    elif [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = no ]; then
        report warning clock "the clock is not synchronized; certificates depend on it" "enable a time service, such as systemd-timesyncd or chrony"
    else
        report ok clock "the clock is plausible"
    fi
}

# ---- Preflight: what else lives on this host

# preflight_ports: who listens where the panel will. A program of one of the panel's own units is replaced, so it counts as free.
preflight_ports() {
    if ! command -v ss >/dev/null; then
        report warning ports "ports not checked: ss not found" "install iproute2"
        return 0
    fi
    ss -Hltnp >"$work/sockets" 2>/dev/null </dev/null || :
    taken=''
    for_rows ports preflight_port
    [ -n "$taken" ] || report ok ports "the ports are free, or used by the panel's own units"
}

# preflight_port: a row of plan_ports. A program on 127.0.0.1 does not conflict with one on another single address.
preflight_port() {
    ! is_installed "$port_component" || return 0
    while read -r _ _ _ socket _ users <&4; do
        case $socket in *:"$port_number") ;; *) continue ;; esac
        case $port_exposure:${socket%:*} in
        loopback:127.* | loopback:0.0.0.0 | loopback:'*' | loopback:'[::]') ;;
        loopback:*) continue ;;
        *) ;;
        esac
        program=${users#*\"}
        program=${program%%\"*}
        pid=${users#*pid=}
        pid=${pid%%,*}
        unit=''
        case $pid in
        '' | *[!0-9]*) ;;
        *) unit=$(sed -n 's|.*/\([^/]*\.service\)$|\1|p' "$root/proc/$pid/cgroup" 2>/dev/null | head -n 1) ;;
        esac
        if [ -n "$unit" ] && is_own_unit "$unit"; then continue; fi
        taken=yes
        report error ports "port $port_number is in use by ${program:-an unknown program}${unit:+ of $unit}, and $port_component needs it" \
            "stop it with \`systemctl disable --now ${unit:-UNIT}\`, or give one of the two another port"
        break
    done 4<"$work/sockets"
}

# is_own_unit UNIT: whether the plan has it, or moves it out of the way.
is_own_unit() {
    row_found=''
    plan_units match_second_column "$1"
    plan_displaced match_last_column "$1"
    [ -n "$row_found" ]
}

match_second_column() { [ "$1" != "$3" ] || row_found=yes; }

# preflight_sites: sites of others in nginx. Its configuration may have one default server for each port.
preflight_sites() {
    [ -d "$root/etc/nginx" ] || return 0
    foreign=''
    find -L "$root/etc/nginx/conf.d" "$root/etc/nginx/sites-enabled" -mindepth 1 -maxdepth 1 -type f 2>/dev/null |
        sort >"$work/sites"
    while IFS= read -r site <&4; do
        path=${site#"$root"}
        ! is_listed files "$path" && ! is_listed displaced "$path" || continue
        case $path in /etc/nginx/conf.d/*.conf | /etc/nginx/sites-enabled/*) ;; *) continue ;; esac
        if [ -n "$DEFAULT_SERVER" ] && grep -qE '^[^#]*listen[[:space:]][^;#]*[[:space:]]default(_server)?[[:space:];]' "$site"; then
            foreign=yes
            report error sites "$path has a default_server, and so has the panel" "render with \`--set nginx.default_server=false\`, or remove the word \`default_server\` there"
        elif grep -E '^[^#]*server_name[[:space:]]' "$site" | tr -s '[:space:];' '\n' | grep -qxF -e "$DOMAIN"; then
            foreign=yes
            report error sites "$path serves $DOMAIN, and so does the panel" "remove that site, or give it another name"
        fi
    done 4<"$work/sites"
    [ -n "$foreign" ] || report ok sites "no other site of nginx conflicts with the panel"
}

# preflight_containers: a container runtime that others use is replaced by the panel's.
preflight_containers() {
    runtime=''
    for_rows containers first_runtime
    [ -n "$runtime" ] || return 0
    if is_installed "$runtime"; then return 0; fi
    others=''
    find "$root/run/$runtime/io.$runtime.runtime.v2.task" -mindepth 2 -maxdepth 2 2>/dev/null >"$work/tasks" || :
    while IFS= read -r task <&4; do
        task=${task%/*}
        ! is_own_namespace "${task##*/}" && ! has_word "${task##*/}" "$others" || continue
        others="$others ${task##*/}"
    done 4<"$work/tasks"
    if [ -n "$others" ]; then
        report error containers "$runtime.service runs containers of others, in:$others; the panel replaces its program and its unit" \
            "use another host, or move these containers away"
    elif systemctl is-active --quiet docker.service 2>/dev/null; then
        report warning containers "Docker is running, and the panel replaces the $runtime.service that it uses" \
            "remove Docker if it has no containers, or use another host"
    else
        report ok containers "no containers of others use $runtime.service"
    fi
}

# first_runtime: a row of plan_containers.
first_runtime() { runtime=$container_runtime; }

# is_own_namespace NAMESPACE: faasd's old versions use `default`.
is_own_namespace() {
    row_found=''
    plan_containers match_third_column "$1"
    [ -n "$row_found" ]
}

match_third_column() { [ "$1" != "$4" ] || row_found=yes; }

preflight_networks() {
    for_rows networks preflight_prefix
    if [ ! -d "$root/proc/sys/net/ipv6" ] && [ -n "$DUAL_STACK" ]; then
        report error ipv6 "this kernel has no IPv6, but the web server of the bundle listens on it" "render with \`--set nginx.ipv6=false\`, or enable IPv6"
    fi
}

# preflight_prefix: a row of plan_networks. faasd has the addresses built in.
preflight_prefix() {
    route=$(ip -o -4 route show 2>/dev/null </dev/null | grep -v " dev $network_bridge " | grep -F -e "$network_prefix" | grep -m 1 "^${network_prefix%.}[.]") || route=''
    if [ -n "$route" ]; then
        report error networks "addresses that begin with $network_prefix are in use: $route" "move that network to other addresses: those of the functions cannot be changed"
    else
        report ok networks "no other network has addresses that begin with $network_prefix"
    fi
}

preflight_firewalls() {
    blocked=''
    if is_ufw_active; then
        report ok firewalls "ufw is active; install allows what the panel needs"
    elif is_firewalld_running; then
        report ok firewalls "firewalld is running; install opens what the panel needs"
    fi
    if [ "$(id -u)" -eq 0 ] && command -v nft >/dev/null; then
        nft list ruleset 2>/dev/null </dev/null | awk '
            $1 == "table" { table = $2 " " $3 }
            /hook (input|forward) / && /policy drop/ { print table }' | sort -u >"$work/tables"
        while IFS= read -r table <&4; do
            case $table in *' panel' | 'inet firewalld') continue ;; *) ;; esac
            ! is_ufw_active || continue # its rules are in such a table
            blocked=yes
            report warning firewalls "the nftables table $table drops packets by default" "let it accept ports 80 and 443 and the bridge of the functions"
        done 4<"$work/tables"
    fi
    [ -n "$blocked" ] || report ok firewalls "no other packet filter blocks the panel"
}

preflight_security() {
    if [ "$(getenforce 2>/dev/null)" = Enforcing ]; then
        report ok security "SELinux is enforcing; install sets what the web server needs"
    elif grep -qs 'nginx.*(enforce)' "$root/sys/kernel/security/apparmor/profiles"; then
        report warning security "AppArmor restricts nginx" "allow it to read /etc/nginx/tls and to use the ports on 127.0.0.1"
    else
        report ok security "no SELinux or AppArmor policy restricts the panel"
    fi
}

# ---- Preflight: names, downloads and images

preflight_network() {
    preflight_names
    ${preflight_proxy:-:}
    if ! command -v curl >/dev/null; then
        report ok downloads "not checked: curl is not installed yet"
        return 0
    fi
    server_date=''
    unreachable=''
    for_rows downloads preflight_download
    [ -n "$unreachable" ] || report ok downloads "every download can be had"
    unreachable=''
    for_rows images preflight_image
    [ -n "$unreachable" ] || report ok images "every image can be had"
    preflight_server_date
}

# preflight_names: a warning only: a host behind NAT or a proxy does not have the address itself.
preflight_names() {
    ip -o addr show scope global 2>/dev/null </dev/null | awk '{ sub(/\/.*/, "", $4); print $4 }' >"$work/addresses"
    for name in $NAMES; do
        case $name in '*.'*) continue ;; *) ;; esac
        timeout 10 getent ahosts "$name" 2>/dev/null </dev/null | awk '!seen[$1]++ { print $1 }' >"$work/resolved" || :
        if [ ! -s "$work/resolved" ]; then
            report warning dns "$name does not resolve" "add a DNS record with the address of this host"
        elif grep -qxF -f "$work/addresses" "$work/resolved"; then
            report ok dns "$name resolves to this host"
        else
            report warning dns "$name resolves to $(tr '\n' ' ' <"$work/resolved")and this host has $(tr '\n' ' ' <"$work/addresses")" \
                "correct the DNS record, unless the host is behind NAT or a proxy"
        fi
    done
}

# preflight_download: a row of plan_downloads.
preflight_download() {
    set_download_tree
    if is_recorded tree "$tree" "$download_id" && [ -e "$root$tree" ]; then return 0; fi
    if [ -n "$assets" ]; then
        [ -f "$assets/${download_url##*/}" ] || unreachable downloads "${download_url##*/} is not in $assets" "copy it there"
        return 0
    fi
    preflight_url "$download_url"
    [ "$download_sha256" != - ] || [ "$download_checksum_url" = - ] || preflight_url "$download_checksum_url"
}

unreachable() {
    unreachable=yes
    report error "$@"
}

preflight_url() {
    head_url "$1" && return 0
    case $status in
    000) unreachable downloads "$1 cannot be reached: $(head -n 1 "$work/curl-error")" "check the network, DNS and the proxy, set \`mirror\`, or use --assets" ;;
    *) unreachable downloads "$1 cannot be had: the server answers $status" "correct the version or \`mirror\`, or use --assets" ;;
    esac
}

# head_url URL [CURL-OPTION…]: sets `status`; the headers of the response are in $work/headers. A server that could not be
# reached is not asked again.
head_url() {
    url=$1
    shift
    server=${url#*://} server=${server%%/*} server=${server##*@} status=000
    cp -- "$work/unreachable.$server" "$work/curl-error" 2>/dev/null && return 1
    case $url in https://*) schemes='=https' ;; *) schemes='=http,https' ;; esac
    status=$(curl -q --head --silent --show-error --location --proto "$schemes" --connect-timeout 10 --max-time 30 \
        --output "$work/headers" --write-out '%{http_code}' "$@" --url "$url" 2>"$work/curl-error" </dev/null) || :
    case ${status:=000} in
    000) cp -- "$work/curl-error" "$work/unreachable.$server" ;;
    *) server_date=$(sed -n 's/^[Dd]ate: //p' "$work/headers" 2>/dev/null | tr -d '\r' | tail -n 1) ;;
    esac
    case $status in 2??) ;; *) return 1 ;; esac
}

# preflight_image: a row of plan_images. An image that is present, or that --assets may have, is not asked for.
preflight_image() {
    [ -z "$assets" ] || [ ! -d "$assets/images" ] || return 0
    if is_installed "$image_component" || has_image "$image_namespace" "$image_reference"; then return 0; fi
    registry=${image_reference%%/*} repository=${image_reference#*/}
    case $registry in docker.io) registry=registry-1.docker.io ;; *) ;; esac
    case $repository in
    *@*) version=${repository#*@} repository=${repository%%@*} ;;
    *) version=${repository##*:} ;;
    esac
    repository=${repository%%:*}
    manifest=https://$registry/v2/$repository/manifests/$version
    head_image || ${image_login:-head_image_with_token} && return 0
    case $status in
    000) unreachable images "the registry of $image_reference cannot be reached: $(head -n 1 "$work/curl-error")" "check the network, DNS and the proxy, or use --assets with images" ;;
    401 | 403 | 429) report warning images "$image_reference not checked: its registry answers $status" "set \`registry.auth\`, or try again later" ;;
    *) unreachable images "$image_reference cannot be had: its registry answers $status" "set another image or registry; upstream removes old images" ;;
    esac
}

# head_image [CURL-OPTION…]
head_image() {
    head_url "$manifest" --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' "$@"
}

# head_image_with_token: public images need an anonymous token, from a URL in the registry's response.
head_image_with_token() {
    [ "$status" = 401 ] || return 1
    challenge=$(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: [Bb]earer //p' "$work/headers" | tr -d '\r' | head -n 1)
    realm=$(printf '%s\n' "$challenge" | sed -n 's/.*realm="\([^"]*\)".*/\1/p')
    service=$(printf '%s\n' "$challenge" | sed -n 's/.*service="\([^"]*\)".*/\1/p')
    case $realm in https://*) ;; *) return 1 ;; esac
    (umask 077 && curl -q --fail --silent --get --proto '=https' --connect-timeout 10 --max-time 30 \
        --data-urlencode "service=$service" --data-urlencode "scope=repository:$repository:pull" --url "$realm" 2>/dev/null </dev/null |
        sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/Authorization: Bearer \2/p' >"$work/token")
    [ -s "$work/token" ] || return 1
    head_image --header "@$work/token"
}

# preflight_server_date: a clock that is wrong by minutes fails at the next certificate.
preflight_server_date() {
    [ -n "$server_date" ] && server_time=$(date -d "$server_date" +%s 2>/dev/null) || return 0
    difference=$(($(date +%s) - server_time))
    [ "${difference#-}" -gt 300 ] || return 0
    report error clock "the clock differs by ${difference#-} seconds from that of a server" "set it, and enable a time service"
}

# ---- Preflight: the proxy of the environment, and of the bundle

# check_proxy: units do not see the environment of this shell.
check_proxy() {
    proxy=${https_proxy:-${HTTPS_PROXY:-${http_proxy:-}}}
    [ -z "$proxy" ] || [ "$proxy" = "${PROXY:-}" ] ||
        report warning proxy "an HTTP proxy is set in this environment; downloads use it, units do not" "set \`proxy.https\` in the parameters"
}
preflight_proxy=check_proxy

# ---- Install

# install_panel: the web server is ready before anything that depends on the network can fail; the certificate is
# requested when all else is installed.
install_panel() {
    count_steps
    for component in $components; do record "$component" component - "$component"; done # the order, for uninstall
    for_rows data_dirs record_data_dir # before anything creates them
    for_rows units record_unit_before
    if [ "$ACME" != none ] && is_selected "$ACME_COMPONENT"; then record_certificate; fi
    start_step packages
    add_packages
    start_step accounts
    for_rows accounts add_account
    record_runtime_state
    remove_stale_ordered "$scope" unit containers 'network table'
    if is_selected "$EDGE"; then configure_nginx; fi
    start_step files
    for component in $(without "$EDGE" "$components"); do
        for_component_rows "$component" files install_entry
    done
    for_rows secrets generate_secret
    remove_stale "$scope" file directory
    configure_kernel
    start_step programs
    for_rows downloads add_program
    for_rows links add_link
    [ -n "$links_unknown" ] || remove_stale "$scope" link
    reload_systemd
    for component in $(without "$EDGE" "$components"); do
        start_component "$component"
    done
    ensure_certificate
    remove_stale "$scope" displaced firewalld ufw
    run_queued
    remove_stale "$scope" tree tls component
    finish_install
}

# record_runtime_state: what only exists while units run, and what is kept until --purge.
record_runtime_state() {
    for_rows units record_unit
    for_rows containers record_containers
    for_rows networks record_network
    for_rows tables record_table
}
record_unit() { record "$unit_component" unit "$unit_state" "$unit_name"; }
record_containers() { record "$container_component" containers "$container_runtime" "$container_namespace/$container_name"; }
record_network() { record "$network_component" network "$network_name/$network_prefix" "$network_bridge"; }
record_table() { record "$table_component" table - "$table_family $table_name"; }

# start_component COMPONENT
start_component() {
    start_step "$1"
    for_component_rows "$1" displaced displace
    for_component_rows "$1" networks allow_bridge
    for_component_rows "$1" images load_image
    for_component_rows "$1" units start_unit
}

finish_install() {
    if [ -n "$deferred_failures" ]; then
        step=${deferred_failures# }
        step=${step%% *}
        warn "everything else is installed; fix the error above and run: sh panel.sh install"
        exit 1
    fi
    step=panel percent=100
    write_progress 0 success
    if [ -n "$dry_run" ]; then
        info "nothing was changed"
        return 0
    fi
    seconds=$(($(uptime_seconds) - start_time))
    info "done in $((seconds / 60)) min $((seconds % 60)) s"
    for_rows login_urls print_login
}

# print_login: a row of plan_login_urls. Prints the path of the secret, never the secret.
print_login() {
    case $login_user$login_secret in
    --) printf '\n%s: %s\n' "$login_title" "$login_url" ;;
    -*) printf '\n%s: %s\n  password: in %s (readable by root)\n' "$login_title" "$login_url" "$login_secret" ;;
    *)
        printf '\n%s: %s\n  user: %s\n  password: in %s (readable by root)\n' \
            "$login_title" "$login_url" "$login_user" "$login_secret"
        ;;
    esac
}

# ---- Status

show_status() {
    bad=0
    : >"$work/status"
    for component in $components; do
        if ! is_installed "$component"; then
            print_status bad "$component" "not installed"
            continue
        fi
        for_component_rows "$component" files check_file
        for_component_rows "$component" downloads check_program
        check_links "$component"
        for_component_rows "$component" secrets check_secret
        for_component_rows "$component" units check_unit
        for_component_rows "$component" tables check_table
        [ "$component" != "${ACME_COMPONENT:-$EDGE}" ] || check_certificate "$component"
    done
    ! grep -qvx issue "$pending" || print_status bad panel "an install was interrupted; run: sh panel.sh install"
    ${support:-:}
    [ "$format" = text ] || printf '{"errors":%d,"checks":%s}\n' \
        "$(grep -c ^error "$work/status" || :)" "$(json_array "$work/status" level component message)"
    return "$bad"
}

# print_status ok|bad COMPONENT TEXT
print_status() {
    label=ok level=ok
    [ "$1" = ok ] || label=BAD level=error bad=1
    if [ "$format" = text ]; then
        printf '%-4s %-12s %s\n' "$label" "$2" "$3"
    else
        printf '%s\t%s\t%s\n' "$level" "$2" "$(printable "$3")" >>"$work/status"
    fi
}

# is_readable PATH: false for paths in directories that only root can read.
is_readable() {
    [ "$(id -u)" -eq 0 ] || [ -r "$root$1" ] || { [ -x "$root${1%/*}" ] && [ ! -e "$root$1" ]; }
}

check_file() {
    is_readable "$file_path" || return 0
    case $file_type in
    directory) [ -d "$root$file_path" ] || print_status bad "$file_component" "$file_path/ is missing" ;;
    *)
        if [ ! -e "$root$file_path" ]; then
            print_status bad "$file_component" "$file_path is missing"
        elif [ "$file_sha256" != - ] && ! is_current_file; then
            print_status bad "$file_component" "$file_path differs from the installed file"
        fi
        ;;
    esac
}

check_program() {
    set_download_tree
    if [ -e "$root$tree" ] && is_recorded tree "$tree" "$download_id"; then
        print_status ok "$download_component" "$download_name $download_version in $download_dest"
    else
        print_status bad "$download_component" "$download_name $download_version is missing in $download_dest"
    fi
}

# check_links COMPONENT: the recorded links; an archive may hold more programs than the plan can name.
check_links() {
    awk -F '\t' -v component="$1" '$1 == component && $2 == "link"' "$records" >"$work/links"
    while IFS=$tab read -r of type target link <&4; do
        [ "$(readlink -- "$root$link")" = "$target" ] || print_status bad "$of" "the $type $link does not point to $target"
    done 4<"$work/links"
}

check_secret() {
    ! is_readable "$secret_path" || [ -s "$root$secret_path" ] ||
        print_status bad "$secret_component" "$secret_path is missing"
}

check_unit() {
    [ "$unit_state" != on-demand ] || return 0
    active_state=$(systemctl is-active "$unit_name" 2>/dev/null) || :
    if [ "$active_state" != active ]; then
        print_status bad "$unit_component" "$unit_name is ${active_state:-unknown}"
    elif [ "$unit_probe" != - ] && ! probe "$unit_probe"; then
        print_status bad "$unit_component" "$unit_name is active, but does not respond at $unit_probe"
    else
        print_status ok "$unit_component" "$unit_name is active"
    fi
}

# check_table: a row of plan_tables. The unit that loads it stays active when another program flushes it.
check_table() {
    [ "$(id -u)" -eq 0 ] || return 0
    nft list table "$table_family" "$table_name" >/dev/null 2>&1 ||
        print_status bad "$table_component" "the nftables table $table_family $table_name is missing; run: systemctl restart panel-firewall"
}

# is_certificate_near_end: within 20 days, or within a quarter of a shorter life.
is_certificate_near_end() {
    certificate=$root$lineage/fullchain.pem
    begin=$(date -d "$(openssl x509 -in "$certificate" -noout -startdate | cut -d = -f 2)" +%s) || return 1
    end=$(date -d "$(openssl x509 -in "$certificate" -noout -enddate | cut -d = -f 2)" +%s) || return 1
    margin=$(((end - begin) / 4))
    [ "$margin" -lt 1728000 ] || margin=1728000
    [ $((end - $(date +%s))) -lt "$margin" ]
}

# check_certificate COMPONENT: the one that the web server uses.
check_certificate() {
    if [ "$ACME" = none ]; then
        has_own_certificate || print_status bad "$1" "$CERTIFICATE or $CERTIFICATE_KEY is missing"
    elif ! is_certificate_active; then
        print_status bad "$1" "certificate of $DOMAIN not issued yet, the temporary one is in use; run: sh panel.sh install"
    elif [ "$(id -u)" -eq 0 ] && ! is_certificate_valid; then
        print_status bad "$1" "the certificate of $DOMAIN is missing, expired, or not for $NAMES"
    elif [ -n "$(lineage_differences)" ]; then
        lineage_differences >"$work/differences"
        while IFS= read -r difference <&4; do print_status bad "$1" "certificate: $difference; run: sh panel.sh install"; done \
            4<"$work/differences"
    elif [ "$(id -u)" -eq 0 ] && is_certificate_near_end; then
        print_status bad "$1" "the certificate of $DOMAIN is near its end; see: journalctl -u certbot-renew"
    elif systemctl is-failed --quiet certbot-renew.service; then
        print_status bad "$1" "the last renewal of the certificate of $DOMAIN failed; see: journalctl -u certbot-renew"
    else
        print_status ok "$1" "the certificate of $DOMAIN is in use"
    fi
}

# ---- Logs: the journal of the units of the selected components

log_units='' # options of journalctl

show_logs() {
    for_rows units add_log_unit
    [ -n "$log_units" ] || die "no unit, so no log:$components"
    # shellcheck disable=SC2086 # a list of options
    journalctl --no-pager --lines=200 ${follow:+--follow} $log_units
}

# add_log_unit: a row of plan_units.
add_log_unit() { log_units="$log_units --unit=$unit_name"; }

# ---- Support: until when what is installed gets updates; a part of status

support=show_support

# show_support: the dates are those of the bundle. Only the host knows which day it is.
show_support() { plan_support print_support; }

row_support() { support_component=$1 support_title=$2 support_until=$3 support_extended=$4; }

# print_support COMPONENT TITLE UNTIL EXTENDED: a row of plan_support. A date in the past is a warning, not an error.
print_support() {
    row_support "$@"
    ! has_word "$support_component" "$COMPONENTS" || is_selected "$support_component" || return 0
    level=ok label=ok message="$support_title gets updates until $support_until" hint=''
    if [ "$(date -u +%Y%m%d)" -gt "$(printf '%s' "$support_until" | tr -d -)" ]; then
        level=warning label=warn message="$support_title got its last updates on $support_until"
        hint='; render a bundle for a newer one'
    fi
    [ "$support_extended" = - ] || message="$message; extended support until $support_extended"
    message=$message$hint
    if [ "$format" = text ]; then
        printf '%-4s %-12s %s\n' "$label" "$support_component" "$message"
    else
        printf '%s\t%s\t%s\n' "$level" "$support_component" "$(printable "$message")" >>"$work/status"
    fi
}

# ---- Fetch: everything that the installer takes from the network, into a directory for install --assets

fetch_usage='
usage: sh panel.sh fetch DIR [component…]

  fetch       download everything into DIR for install --assets, on any Linux machine and without root
'

# fetch_main DIR [component…]: needs no root, and changes nothing outside DIR. Run again, it fetches what is missing.
fetch_main() {
    command=fetch step=fetch
    [ $# -ge 1 ] || usage_error "fetch requires a directory"
    case $1 in -h | --help) usage && exit 0 ;; -*) usage_error "unknown option \`$1\`" ;; esac
    fetch_dir=$1
    shift
    for component; do
        has_word "$component" "$COMPONENTS" || usage_error "unknown component \`$component\`; this panel has: $COMPONENTS"
    done
    components=${*:-$COMPONENTS}
    for tool in curl sha256sum awk tar; do
        command -v "$tool" >/dev/null || die "$tool not found"
    done
    trap on_exit EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    run_or_die mkdir -p -- "$fetch_dir/images"
    for_rows downloads fetch_download
    for_rows images fetch_image
    (cd -- "$fetch_dir" && find . -type f ! -name SHA256SUMS ! -name '*.part' | sort | while IFS= read -r file; do
        sha256sum -- "${file#./}" || exit 1
    done) >"$work/sums" || die "cannot read $fetch_dir"
    run_or_die cp -- "$work/sums" "$fetch_dir/SHA256SUMS"
    percent=100
    info "complete: copy $fetch_dir to the host and run: sh panel.sh install --assets DIR"
}

# fetch_download: a row of plan_downloads.
fetch_download() {
    archive=$fetch_dir/${download_url##*/}
    expected=$download_sha256
    if [ "$expected" = - ]; then
        load_checksum
        run_or_die mv -f -- "$archive.checksum" "$fetch_dir/${download_checksum_url##*/}"
    fi
    [ "$(sha256_of "$archive")" != "$expected" ] || return 0
    info "download ${download_url##*/}"
    get_file "$download_url" "$archive.part"
    if [ -n "$resumed" ] && [ "$(sha256_of "$archive.part")" != "$expected" ]; then
        rm -f -- "$archive.part"
        get_file "$download_url" "$archive.part"
    fi
    actual=$(sha256_of "$archive.part")
    if [ "$actual" != "$expected" ]; then
        rm -f -- "$archive.part"
        die "checksum mismatch: $download_url has the sha256 $actual, expected $expected"
    fi
    run_or_die mv -f -- "$archive.part" "$archive"
}

# fetch_image: a row of plan_images. An archive that is there was renamed when it was complete.
fetch_image() {
    archive=$fetch_dir/images/$(printf '%s' "$image_reference" | tr '/:@' '___').tar
    [ ! -s "$archive" ] || return 0
    info "fetch the image $image_reference for $ARCH"
    rm -f -- "$archive.part"
    find_registry_auth
    if is_pinned; then
        fetch_from_registry # the tools below take no tag beside a digest
    elif command -v skopeo >/dev/null; then
        run skopeo copy ${auth_file:+--src-authfile "$auth_file"} --override-os linux --override-arch "$ARCH" "docker://$image_reference" \
            "docker-archive:$archive.part:$image_reference"
    elif command -v crane >/dev/null; then
        run env ${auth_file:+DOCKER_CONFIG="${auth_file%/*}"} crane pull --platform "linux/$ARCH" "$image_reference" "$archive.part"
    else
        fetch_from_registry
    fi || die "cannot fetch the image $image_reference"
    run_or_die mv -f -- "$archive.part" "$archive"
}

is_pinned() {
    case $image_reference in *@*) ;; *) return 1 ;; esac
}

# fetch_from_registry: the image over the registry's HTTP API, as an archive in the OCI layout. The manifest is found by its
# tag or digest; everything else by its digest, which is verified.
fetch_from_registry() {
    registry=${image_reference%%/*} repository=${image_reference#*/}
    case $registry in docker.io) registry=registry-1.docker.io ;; esac
    case $registry in localhost:* | 127.0.0.1:*) scheme=http ;; *) scheme=https ;; esac
    case $repository in
    *@*) tag=${repository#*@} repository=${repository%@*} ;;
    *:*) tag=${repository##*:} ;;
    *) tag=latest ;;
    esac
    repository=${repository%:*}
    layout=$work/layout
    rm -rf -- "$layout"
    run_or_die mkdir -p -- "$layout/blobs/sha256"
    (umask 077 && : >"$work/token") # the token is in this file, and in no argument
    digest=''
    get_manifest "$tag" || return 1
    if grep -q '"manifests"' "$work/manifest"; then
        digest=$(platform_digest "$ARCH" <"$work/manifest")
        [ -n "$digest" ] || die "$image_reference has no image for linux/$ARCH"
        # The host compares the image with the index that it is pinned by.
        case $tag in
        sha256:*)
            [ "sha256:$(sha256_of "$work/manifest")" = "$tag" ] || die "the index of $image_reference does not match its digest"
            run_or_die cp -- "$work/manifest" "$layout/blobs/sha256/${tag#sha256:}"
            ;;
        esac
        get_manifest "$digest" || return 1
    fi
    manifest=$(sha256_of "$work/manifest")
    case $tag:$digest in
    *:sha256:*) [ "sha256:$manifest" = "$digest" ] || die "the manifest of $image_reference does not match its digest" ;;
    sha256:*) [ "sha256:$manifest" = "$tag" ] || die "the manifest of $image_reference does not match its digest" ;;
    esac
    cp -- "$work/manifest" "$layout/blobs/sha256/$manifest"
    blobs=$work/blobs
    tr ',{}' '[\n*]' <"$work/manifest" | sed -n 's/^.*"digest"[^"]*"sha256:\([0-9a-f]*\)".*$/\1/p' | sort -u >"$blobs"
    while IFS= read -r blob <&4; do
        run curl -q -K "$work/token" --fail --silent --show-error --location --retry 3 --connect-timeout 30 \
            --output "$layout/blobs/sha256/$blob" --url "$scheme://$registry/v2/$repository/blobs/sha256:$blob" || return 1
        [ "$(sha256_of "$layout/blobs/sha256/$blob")" = "$blob" ] || die "a layer of $image_reference does not match its digest"
    done 4<"$blobs"
    type=application/vnd.oci.image.manifest.v1+json
    ! grep -q 'vnd\.docker\.distribution\.manifest\.v2+json' "$work/manifest" ||
        type=application/vnd.docker.distribution.manifest.v2+json
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    {
        printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s,' \
            "$type" "$manifest" "$(wc -c <"$work/manifest")"
        printf '"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' \
            "$image_reference" "$image_reference"
    } >"$layout/index.json"
    run_or_die tar -cf "$archive.part" -C "$layout" oci-layout index.json blobs
    rm -rf -- "$layout"
}

# get_manifest TAG-OR-DIGEST: writes $work/manifest. A registry that asks for a login gets that of the bundle; for a token
# there can be an anonymous one.
get_manifest() {
    manifest_url=$scheme://$registry/v2/$repository/manifests/$1
    for attempt in anonymous token; do
        code=$(curl -q -K "$work/token" --silent --show-error --location --connect-timeout 30 --max-time 120 \
            --header 'Accept: application/vnd.oci.image.index.v1+json' \
            --header 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
            --header 'Accept: application/vnd.oci.image.manifest.v1+json' \
            --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
            --dump-header "$work/headers" --output "$work/manifest" --write-out '%{http_code}' --url "$manifest_url") || return 1
        case $code:$attempt in
        200:*) return 0 ;;
        401:anonymous) get_token || return 1 ;;
        *)
            warn "$manifest_url responds with $code"
            return 1
            ;;
        esac
    done
}

# get_token: writes how to log in to $work/token: with a token from the server that the registry names, or with the
# credentials themselves.
get_token() {
    write_login "${image_reference%%/*}"
    challenge=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *//p' | tail -n 1)
    case $challenge in
    [Bb]asic*)
        [ -s "$work/login" ] && cp -- "$work/login" "$work/token"
        return
        ;;
    esac
    challenge=${challenge#[Bb]earer}
    realm=$(challenge_value realm)
    case $realm in
    '') return 1 ;;
    https://* | http://localhost[:/]* | http://127.0.0.1[:/]*) ;;
    *) : >"$work/login" ;; # not encrypted
    esac
    curl -q -K "$work/login" --fail --silent --show-error --location --connect-timeout 30 --max-time 120 --get \
        --data-urlencode "service=$(challenge_value service)" --data-urlencode "scope=repository:$repository:pull" \
        --output "$work/answer" --url "$realm" || return 1
    token=$(tr -d '\n' <"$work/answer" | sed -n 's/^.*"\(access_\)\{0,1\}token" *: *"\([A-Za-z0-9._~+/=-]*\)".*$/\2/p')
    [ -n "$token" ] || return 1
    printf 'header = "Authorization: Bearer %s"\n' "$token" >"$work/token"
}

# write_login REGISTRY: writes the credentials for it, if the bundle has them, as an option of curl to $work/login. They are in
# this file, and in no argument.
write_login() {
    (umask 077 && : >"$work/login")
    find_registry_auth
    [ -n "$auth_file" ] || return 0
    # Rendered files have one form: {"auths":{"REGISTRY":{"auth":"BASE64"},"REGISTRY":{"auth":"BASE64"}}}
    sed 's/^{"auths":{//' "$auth_file" | tr '}' '\n' | awk -F '"' -v registry="$1" '
        {
            name = $2
            if (name == "https://index.docker.io/v1/") name = "docker.io"
            sub(/^https?:[/][/]/, "", name)
            sub(/[/].*/, "", name)
            if (name == registry && $4 == "auth") print "header = \"Authorization: Basic " $6 "\""
        }' >"$work/login"
}

# find_registry_auth: sets auth_file to the credentials of registries that the bundle has, if any.
find_registry_auth() {
    auth_file=''
    plan_files match_registry_auth
}
match_registry_auth() {
    case $7 in */.docker/config.json) ;; *) return 0 ;; esac
    (unpack_files) 2>/dev/null || return 0 # panel.sh was copied alone
    unpack_files
    [ ! -f "$files$7" ] || auth_file=$files$7
}

# head_image_with_login: used by preflight instead of head_image_with_token.
head_image_with_login() {
    write_login "${image_reference%%/*}"
    if [ ! -s "$work/login" ]; then
        head_image_with_token
        return
    fi
    [ "$status" = 401 ] && get_token || return 1
    head_image --config "$work/token"
}
image_login=head_image_with_login

# challenge_value NAME
challenge_value() {
    printf '%s\n' "$challenge" | tr ',' '\n' | sed -n "s/^ *$1=\"\\(.*\\)\"\$/\\1/p"
}

# platform_digest ARCH: reads an index, and prints the digest of the image for linux on that processor.
platform_digest() {
    tr -d ' \n\t\r' | awk -v arch="$1" '
        { text = substr($0, index($0, "\"manifests\":[")) }
        END {
            for (at = 1; at <= length(text); at++) {
                c = substr(text, at, 1)
                if (c == "{" && ++depth == 1) start = at
                if (c == "}" && --depth == 0) {
                    row = substr(text, start, at - start + 1)
                    if (index(row, "\"architecture\":\"" arch "\"") && index(row, "\"os\":\"linux\"") &&
                        match(row, /"digest":"sha256:[0-9a-f]+"/)) {
                        print substr(row, RSTART + 10, RLENGTH - 11)
                        exit
                    }
                }
                if (c == "]" && depth == 0) exit
            }
        }'
}

# It has arguments of its own, and needs no state of this host.
if [ "${1:-}" = fetch ]; then
    shift
    fetch_main "$@"
    exit 0
fi

# ---- Uninstall: the records, in reverse order

uninstall_panel() {
    count_steps
    for component in $(reversed "$components"); do
        start_step "$component"
        remove_stale_ordered "$component" unit
        if is_container_runtime "$component"; then remove_stale_ordered "$all_components" containers; fi
        remove_stale_ordered "$component" containers 'network table firewalld ufw link' 'tree tls' 'file directory' \
            account 'secret data_dir certificate' parent displaced component
    done
    step=systemd
    reload_systemd
    for component in $components; do remove_stale_ordered "$component" unit_before; done
    step=$EDGE
    reload_nginx_config
    step=panel percent=100
    if [ -n "$dry_run" ]; then
        info "nothing was changed"
        return 0
    fi
    remove_state
    info "done; packages stay installed, and the log is ${log_file#"$root"}"
}

# remove_state: when no component is left, the records are removed too.
remove_state() {
    for component in $all_components; do
        ! is_installed "$component" || return 0
    done
    : >"$pending"
    if ${check_page:-:} "$DATA/h5"; then
        rm -f -- "$root$DATA/h5/progress.json"
        ${clear_page:-:}
    fi
    rmdir -- "$root$DATA/h5" 2>/dev/null || :
    [ -s "$records" ] || rm -rf -- "$state_dir"
    [ -z "$purge" ] || rm -rf -- "$cache_dir"
}

# undo_records FILE: calls undo_TYPE for each line, with the fields of the record as variables.
undo_records() {
    while IFS=$tab read -r undo_component undo_type undo_detail undo_subject <&3; do
        "undo_$undo_type"
        has_word "$undo_type" "$preserved_types" || delete_record "$undo_component" "$undo_type" "$undo_subject"
    done 3<"$1"
}

undo_component() { :; }

# undo_unit_before: the detail is the state of a unit of the same name before the first install.
undo_unit_before() {
    systemctl cat "$undo_subject" >/dev/null 2>&1 || return 0
    confirm_change "restore the state of $undo_subject ($undo_detail)" || return 0
    case $undo_detail in *enabled*) run systemctl enable "$undo_subject" || info "cannot enable $undo_subject again" ;; *) ;; esac
    case $undo_detail in *active*) run systemctl start "$undo_subject" || info "cannot start $undo_subject again" ;; *) ;; esac
}

# undo_unit: the detail is the unit's state.
undo_unit() {
    [ "$undo_detail" != external ] || return 0
    dequeue "restart $undo_subject"
    dequeue "reload $undo_subject"
    case $(systemctl is-active "$undo_subject" 2>/dev/null) in
    '' | inactive | failed | unknown) systemctl is-enabled --quiet "$undo_subject" 2>/dev/null || return 0 ;;
    *) ;; # a unit that waits for its own restart is not stopped
    esac
    confirm_change "stop $undo_subject" || return 0
    run systemctl disable --now "$undo_subject" || run systemctl stop "$undo_subject" || :
    ! systemctl is-active --quiet "$undo_subject" || die "$undo_subject does not stop"
    systemctl reset-failed "$undo_subject" >/dev/null 2>&1 || :
}

# undo_table: the subject is FAMILY NAME.
undo_table() {
    nft list table "${undo_subject% *}" "${undo_subject#* }" >/dev/null 2>&1 || return 0
    confirm_change "remove the nftables table $undo_subject" || return 0
    run_or_die nft delete table "${undo_subject% *}" "${undo_subject#* }"
}

# undo_firewalld: the detail is the zone, the subject KIND=NAME.
undo_firewalld() {
    is_firewalld_running || return 0
    confirm_change "close ${undo_subject%%=*} ${undo_subject#*=} in the firewalld zone $undo_detail" || return 0
    run firewall-cmd --permanent --zone="$undo_detail" "--remove-$undo_subject" &&
        run firewall-cmd --zone="$undo_detail" "--remove-$undo_subject" || :
}

# undo_ufw: the subject is the rule.
undo_ufw() {
    is_ufw_active || return 0
    confirm_change "remove the ufw rule \`$undo_subject\`" || return 0
    # shellcheck disable=SC2086 # the rule is several words
    case $undo_subject in
    'route '*) run ufw route delete ${undo_subject#route } || : ;;
    *) run ufw delete $undo_subject || : ;;
    esac
}

# undo_link: the detail is the target.
undo_link() {
    if [ "$(readlink -- "$root$undo_subject")" = "$undo_detail" ] && confirm_change "remove $undo_subject"; then
        rm -f -- "$root$undo_subject"
    fi
    restore "$undo_subject"
}

# undo_file: the detail is the list of actions after a change.
undo_file() {
    if [ "$command" = install ] && [ "$undo_component" = "$EDGE" ]; then backup_nginx "$undo_subject"; fi
    queue_actions "$undo_detail" "$undo_subject"
    if exists "$undo_subject" && confirm_change "remove $undo_subject"; then run_or_die rm -f -- "$root$undo_subject"; fi
    restore "$undo_subject"
}

undo_directory() { [ -n "$dry_run" ] || rmdir -- "$root$undo_subject" 2>/dev/null || :; }

undo_parent() { undo_directory; }

undo_tree() {
    [ "$undo_subject" != "$tls_dir" ] || return 0 # of an earlier version; it may hold keys of the operator
    set_tmp_path "$undo_subject"
    [ -n "$dry_run" ] || rm -rf -- "$tmp" "$tmp.old"
    [ -e "$root$undo_subject" ] && confirm_change "remove $undo_subject" || return 0
    remove_tree "$undo_subject"
    rmdir -- "$root${undo_subject%/*}" 2>/dev/null || :
}

# remove_tree PATH: rejects top-level directories and paths with `..`. A mount point is emptied and stays.
remove_tree() {
    case $1 in *..* | *//*) die "will not remove $1" ;; /?*/?*) ;; *) die "will not remove $1" ;; esac
    rm -rf -- "$root$1" 2>/dev/null || [ -z "$(ls -A -- "$root$1")" ] || die "cannot remove $1"
}

# undo_displaced: the detail is the kind.
undo_displaced() {
    if [ "$undo_detail" = unit ]; then
        confirm_change "enable $undo_subject again" || return 0
        run systemctl enable --now "$undo_subject" || info "cannot enable $undo_subject again"
    else
        [ "$undo_component" != "$EDGE" ] || queue_nginx_reload
        restore "$undo_subject"
    fi
}

undo_account() {
    [ -n "$purge" ] && getent passwd "$undo_subject" >/dev/null || return 0
    home=$(getent passwd "$undo_subject" | cut -d : -f 6)
    if is_recorded data_dir "$home" found; then
        confirm_change "remove the account $undo_subject, and keep $home" || return 0
        run userdel "$undo_subject" || die "cannot remove the account $undo_subject"
        return 0
    fi
    confirm_change "remove the account $undo_subject with its home" || return 0
    run userdel -r "$undo_subject" || ! getent passwd "$undo_subject" >/dev/null || die "cannot remove the account $undo_subject"
}

# undo_secret: removed with the last component that reads it.
undo_secret() {
    [ -n "$purge" ] || return 0
    delete_record "$undo_component" secret "$undo_subject"
    is_recorded secret "$undo_subject" || undo_data_dir
}

# undo_data_dir: the detail is made or found.
undo_data_dir() {
    if [ -n "$purge" ] && [ "$undo_detail" = found ] && [ -e "$root$undo_subject" ]; then
        info "keep $undo_subject: it was there before the panel"
        return 0
    fi
    [ -n "$purge" ] && [ -e "$root$undo_subject" ] && confirm_change "remove $undo_subject" || return 0
    remove_tree "$undo_subject"
}

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

# ---- Uninstall: containers

# is_container_runtime COMPONENT: whether recorded containers need it; they are removed before it is.
is_container_runtime() {
    awk -F '\t' -v runtime="$1" '$2 == "containers" && $3 == runtime { found = 1 } END { exit !found }' "$records"
}

# undo_containers: the detail is the runtime, the subject NAMESPACE/NAME. The runtime must run to end its tasks; it is
# started if necessary, and stopped again.
undo_containers() {
    namespace=${undo_subject%%/*}
    started_runtime=''
    if ! systemctl is-active --quiet "$undo_detail.service"; then
        [ -n "$(ls -A "$root/run/$undo_detail/io.$undo_detail.runtime.v2.task/$namespace" 2>/dev/null)" ] || return 0
        confirm_change "start $undo_detail.service temporarily" || return 0
        run_or_die systemctl start "$undo_detail.service"
        started_runtime=yes
    fi
    keep_shared_runtime
    for name in $(ctr -n "$namespace" containers ls -q 2>/dev/null); do
        case ${undo_subject#*/} in
        '*' | "$name") if confirm_change "remove the container $namespace/$name"; then remove_container "$namespace" "$name"; fi ;;
        esac
    done
    if [ -n "$purge" ] && [ "${undo_subject#*/}" = '*' ]; then remove_images "$namespace"; fi
    [ -z "$started_runtime" ] || run_or_die systemctl stop "$undo_detail.service"
}

# remove_images NAMESPACE: the runtime's directory may stay.
remove_images() {
    for image in $(ctr -n "$1" images ls -q 2>/dev/null); do
        confirm_change "remove the image $image" && run ctr -n "$1" images rm "$image" || :
    done
}

# keep_shared_runtime: if others have containers or images in the runtime, its data is no longer only ours.
keep_shared_runtime() {
    for other in $(ctr namespaces ls -q 2>/dev/null); do
        is_our_namespace "$other" && continue
        [ -n "$(ctr -n "$other" containers ls -q 2>/dev/null)$(ctr -n "$other" images ls -q 2>/dev/null)" ] || continue
        awk -F '\t' -v OFS='\t' -v runtime="$undo_detail" \
            '$1 == runtime && $2 == "data_dir" { $3 = "found" } { print }' "$records" >"$records.new"
        mv -f -- "$records.new" "$records"
        load_records
        return 0
    done
}

# is_our_namespace NAMESPACE
is_our_namespace() {
    awk -F '\t' -v space="$1/" '$2 == "containers" && index($4, space) == 1 { found = 1 } END { exit !found }' "$records"
}

# remove_container NAMESPACE NAME
remove_container() {
    waited=0
    while ctr -n "$1" tasks ls -q 2>/dev/null | grep -qxF -e "$2"; do
        [ "$waited" -lt 20 ] || die "the task $1/$2 does not end"
        run ctr -n "$1" tasks kill -s SIGKILL "$2" || :
        sleep 1
        run ctr -n "$1" tasks rm -f "$2" || :
        waited=$((waited + 1))
    done
    run_or_die ctr -n "$1" containers rm "$2"
}

# ---- Uninstall: networks

# undo_network: the detail is NETWORK/PREFIX, the subject the bridge. Removes the bridge, its address leases, and the rules
# that the CNI plugins made for containers which were removed without calling the plugins.
undo_network() {
    if ip link show "$undo_subject" >/dev/null 2>&1 && confirm_change "remove the bridge $undo_subject"; then
        run_or_die ip link delete "$undo_subject"
    fi
    [ -z "$dry_run" ] || return 0
    network=${undo_detail%/*}
    rm -rf -- "$root/var/run/cni/$network"
    command -v iptables >/dev/null || return 0
    iptables -w -t nat -S POSTROUTING 2>/dev/null | grep -F -e "$network" |
        sed -n 's/.* -j \(CNI-[0-9a-f]*\)$/\1/p' >"$work/chains"
    delete_rules nat POSTROUTING "$network"
    delete_rules filter CNI-FORWARD " ${undo_detail#*/}"
    while read -r chain <&4; do
        iptables -w -t nat -F "$chain" && iptables -w -t nat -X "$chain" || :
    done 4<"$work/chains"
    # The plugins' shared chains are removed only if they hold no rules of the operator or of other networks.
    [ -z "$(rules_of CNI-FORWARD | grep -v -e '-j CNI-ADMIN$')$(rules_of CNI-ADMIN)" ] || return 0
    delete_rules filter FORWARD ' -j CNI-FORWARD'
    for chain in CNI-FORWARD CNI-ADMIN; do
        iptables -w -F "$chain" 2>/dev/null && iptables -w -X "$chain" || :
    done
}

# rules_of CHAIN
rules_of() { iptables -w -S "$1" 2>/dev/null | grep '^-A' || :; }

# delete_rules TABLE CHAIN TEXT: by number, from the last one, so that no rule has to be quoted again.
delete_rules() {
    iptables -w -t "$1" -S "$2" 2>/dev/null | grep '^-A' | grep -nF -e "$3" | cut -d : -f 1 | sort -rn |
        while read -r number; do iptables -w -t "$1" -D "$2" "$number" || :; done
}

# ---- Arguments

parse_args() {
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help)
            usage
            exit 0
            ;;
        -n | --dry-run) dry_run=yes ;;
        --purge) purge=yes ;;
        --assets)
            [ $# -ge 2 ] || usage_error "--assets requires a directory"
            assets=$2
            shift
            ;;
        --assets=*) assets=${1#*=} ;;
        -*)
            read_option "$@"
            shift "$consumed"
            ;;
        preflight | install | status | logs | uninstall) if [ -z "$command" ]; then command=$1; else usage_error "only one command is allowed"; fi ;;
        *)
            [ -n "$command" ] || usage_error "unknown command \`$1\`"
            selected="$selected $1"
            ;;
        esac
        shift
    done
    [ -n "$command" ] || usage_error "missing command: expected preflight, install, status, logs or uninstall"
    check_options
    [ -z "$assets" ] || [ -d "$assets" ] || usage_error "$assets is not a directory"
}

# ---- Selection

# select_components: all of them if none is given. The order is that of COMPONENTS, not of the command line; components of
# an earlier bundle follow.
select_components() {
    all_components=$COMPONENTS
    recorded_components=$(awk -F '\t' '!recorded[$1]++ { print $1 }' "$records")
    for component in $recorded_components; do
        has_word "$component" "$all_components" || all_components="$all_components $component"
    done
    known=$COMPONENTS
    [ "$command" != uninstall ] || known=$all_components
    for component in $selected; do
        has_word "$component" "$known" || usage_error "unknown component \`$component\`; this panel has: $known"
    done
    for component in $all_components; do
        has_word "$component" "${selected:-$all_components}" || continue
        scope="$scope $component"
        ! has_word "$component" "$known" || components="$components $component"
    done
}

# ---- State: what a run needs before it begins

require_root() {
    [ "$(id -u)" -eq 0 ] || die "$command changes this host and must be run as root; --dry-run does not need root"
}

require_tools() {
    for tool in systemctl sha256sum stat awk tac tar flock; do
        command -v "$tool" >/dev/null || die "$tool not found on this host"
    done
}

# open_state: everything but a change works on a copy of the records, preflight included: nothing is changed before it has
# passed.
open_state() {
    [ -z "${PROXY:-}" ] || export http_proxy="$PROXY" https_proxy="$PROXY" no_proxy="${NO_PROXY:-}"
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    current=$work/current
    echo - >"$current" # awk needs a first line
    records=$work/installed pending=$work/pending
    : >"$records"
    : >"$pending"
    [ ! -r "$state_dir/installed" ] || cp -- "$state_dir/installed" "$records"
    [ ! -r "$state_dir/pending" ] || cp -- "$state_dir/pending" "$pending"
    load_records
    [ -z "$dry_run" ] || [ "$(id -u)" -eq 0 ] || info "not run as root: files that are not readable count as missing"
}

open_persistent_state() {
    records=$state_dir/installed pending=$state_dir/pending
    run_or_die mkdir -p -- "$state_dir/displaced" "$root/run" "$root/var/log"
    run_or_die chmod 0700 "$state_dir/displaced"
    exec 9>"$root/run/panel.lock"
    flock -n 9 || die "another run of panel.sh is in progress"
    : >>"$records"
    : >>"$pending"
    log_file=$root/var/log/panel.log
    (umask 077 && : >>"$log_file")
    chmod 0600 "$log_file"
    log "=== panel.sh $command$selected"
    load_records
}

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

# ---- What the Ansible role leaves to this program: the progress for the web page, and the mail of the ACME account

# report_progress progress STEP PERCENT [failed]
report_progress() {
    command=install step=$2 percent=$3
    require_root
    trap on_exit EXIT
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    if [ "${4:-}" = failed ]; then
        write_progress 1 "$step error"
    else
        write_progress 0 success
    fi
}

update_mail_for_role() {
    command=install step=certificate
    require_root
    trap on_exit EXIT
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    update_mail
}

case ${1:-} in
progress)
    report_progress "$@"
    exit 0
    ;;
account-mail)
    update_mail_for_role
    exit 0
    ;;
*) ;;
esac

# ---- Main

main() {
    start_time=$(uptime_seconds)
    parse_args "$@"
    trap on_exit EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    changes=''
    case $command$dry_run in
    install | uninstall)
        changes=yes
        require_root
        require_tools
        ;;
    esac
    open_state
    select_components
    [ "$command" != install ] || require_preflight
    [ -z "$changes" ] || open_persistent_state
    case $command in
    preflight) preflight ;;
    install) install_panel ;;
    status) show_status ;;
    logs) show_logs ;;
    uninstall)
        [ -n "$purge" ] || preserved_types='account secret data_dir certificate'
        uninstall_panel
        ;;
    esac
}

main "$@"
exit $?
