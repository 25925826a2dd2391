
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
