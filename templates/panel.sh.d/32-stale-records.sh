
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
