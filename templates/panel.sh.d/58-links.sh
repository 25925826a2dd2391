
# ---- Links

links_unknown='' # set in a dry run if links depend on an archive that is not unpacked yet

# add_link: a row of plan_links.
add_link() {
    case $link_path in
    */)
        [ -d "$root$link_target" ] || [ -n "$dry_run" ] || die "$link_target is missing; cannot link to it"
        [ -d "$root$link_target" ] || {
            links_unknown=yes
            confirm_change "link the programs of $link_target into $link_path" || return 0
        }
        find "$root$link_target" -mindepth 1 -maxdepth 1 -type f -perm -0100 | sort >"$work/programs"
        while IFS= read -r program <&4; do
            ensure_link "$link_component" "$link_path${program##*/}" "${link_target%/}/${program##*/}"
        done 4<"$work/programs"
        ;;
    *) ensure_link "$link_component" "$link_path" "$link_target" ;;
    esac
}

# ensure_link COMPONENT LINK TARGET
ensure_link() {
    if [ "$(readlink -- "$root$2")" != "$3" ]; then create_link "$@"; fi
    record "$1" link "$3" "$2"
}

create_link() {
    confirm_change "link $2 to $3" || return 0
    backup_foreign link "$2"
    record "$1" link "$3" "$2"
    make_parents "$1" "$2"
    replace_link "$3" "$2"
}

# replace_link TARGET LINK: in one step, so that the link is never missing.
replace_link() {
    set_tmp_path "$2"
    rm -f -- "$tmp"
    run_or_die ln -s -- "$1" "$tmp"
    run_or_die mv -fT -- "$tmp" "$root$2"
}
