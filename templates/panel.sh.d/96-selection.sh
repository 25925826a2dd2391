
# ---- Selection

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
