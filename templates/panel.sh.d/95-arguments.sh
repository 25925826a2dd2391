
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
        -*) usage_error "unknown option \`$1\`" ;;
        install | status | uninstall) if [ -z "$command" ]; then command=$1; else usage_error "only one command is allowed"; fi ;;
        *)
            [ -n "$command" ] || usage_error "unknown command \`$1\`"
            selected="$selected $1"
            ;;
        esac
        shift
    done
    [ -n "$command" ] || usage_error "missing command: expected install, status or uninstall"
    [ -z "$purge" ] || [ "$command" = uninstall ] || usage_error "--purge requires uninstall"
    [ -z "$assets" ] || [ "$command" = install ] || usage_error "--assets requires install"
    [ -z "$assets" ] || [ -d "$assets" ] || usage_error "$assets is not a directory"
}

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
