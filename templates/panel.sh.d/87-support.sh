
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
