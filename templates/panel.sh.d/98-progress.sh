
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
