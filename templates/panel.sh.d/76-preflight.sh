
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
