
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
