
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
