
# ---- Support: until when what is installed gets updates; a part of status

support=show_support

# show_support: the dates are those of the bundle. Only the host knows which day it is.
show_support() { plan_support print_support; }

# print_support COMPONENT TITLE UNTIL EXTENDED: a row of plan_support. A date in the past is a warning, not an error.
print_support() {
    ! has_word "$1" "$COMPONENTS" || is_selected "$1" || return 0
    [ "$4" = - ] || extended="; extended support until $4"
    level=ok message="$2 gets updates until $3${extended-}"
    if [ "$(date -u +%Y%m%d)" -gt "$(printf '%s' "$3" | tr -d -)" ]; then
        level=warning message="$2 got its last updates on $3${extended-}; render a bundle for a newer one"
    fi
    extended=''
    if [ "$format" = text ]; then
        case $level in warning) label=warn ;; *) label=ok ;; esac
        printf '%-4s %-12s %s\n' "$label" "$1" "$message"
    else
        printf '%s\t%s\t%s\n' "$level" "$1" "$(printable "$message")" >>"$work/status"
    fi
}
