
# ---- Progress: what the Ansible role reports, for the web page

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

if [ "${1:-}" = progress ]; then
    report_progress "$@"
    exit 0
fi
