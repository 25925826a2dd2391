
# ---- Downloads

# add_program: a row of plan_downloads.
add_program() {
    set_download_tree
    if is_recorded tree "$tree" "$download_id" && [ -e "$root$tree" ]; then
        mark_current tree "$tree"
        return 0
    fi
    confirm_change "download $download_name $download_version" || {
        record "$download_component" tree "$download_id" "$tree"
        queue_actions "$download_on_change" "$tree"
        return 0
    }
    download_verified
    info "unpack $download_name $download_version to $tree"
    record "$download_component" tree unfinished "$tree" # the id is written when the program is complete
    make_parents "$download_component" "$tree"
    queue_actions "$download_on_change" "$tree"
    set_tmp_path "$tree"
    rm -rf -- "$tmp"
    case $download_kind in
    bin)
        run_or_die cp -- "$archive" "$tmp"
        set_permissions "$tmp" 0755 -
        ;;
    tar:* | into:*)
        run_or_die mkdir -- "$tmp"
        run_or_die tar -xf "$archive" -C "$tmp" --no-same-owner --no-same-permissions --strip-components="${download_kind#*:}"
        ;;
    *) die "$download_name has the unknown kind $download_kind in the plan" ;;
    esac
    sync # the name must not reach the disk before the content
    case $download_kind in into:*) merge_tree ;; *) replace_tree ;; esac
    if command -v restorecon >/dev/null; then restorecon -R "$root$tree" >/dev/null 2>&1 || :; fi
    record "$download_component" tree "$download_id" "$tree"
    find "$cache_dir" -name "$download_name-*" ! -name "${archive##*/}" -exec rm -f -- {} + # earlier versions
}

# set_download_tree: `tree` is the path of the row's program or directory, `download_id` what is installed there.
set_download_tree() {
    case $download_kind in bin) tree=$download_dest/$download_name ;; *) tree=$download_dest ;; esac
    download_id=$download_name/$download_version/$download_sha256
}

replace_tree() {
    rm -rf -- "$tmp.old"
    [ ! -e "$root$tree" ] || run_or_die mv -fT -- "$root$tree" "$tmp.old"
    run_or_die mv -fT -- "$tmp" "$root$tree"
    rm -rf -- "$tmp.old"
}

# merge_tree: the archive may contain files at paths of plan_files; those of the plan are installed again over them.
merge_tree() {
    run_or_die mkdir -p -- "$root$tree"
    run_or_die cp -a --remove-destination -- "$tmp/." "$root$tree/"
    rm -rf -- "$tmp"
    for_component_rows "$download_component" files install_entry
}

# download_verified: sets `archive` to a local file whose checksum is the expected one.
download_verified() {
    archive=$cache_dir/$download_name-$download_version-${download_url##*/}
    run_or_die mkdir -p -- "$cache_dir"
    run_or_die chmod 0700 "$cache_dir"
    expected=$download_sha256
    [ "$expected" != - ] || load_checksum
    [ "$(sha256_of "$archive")" != "$expected" ] || return 0
    rm -f -- "$archive"
    if [ "$(sha256_of "$archive.part")" != "$expected" ]; then
        get_file "$download_url" "$archive.part"
        # A resumed file may have begun as another one: one more attempt, from the start.
        if [ -n "$resumed" ] && [ "$(sha256_of "$archive.part")" != "$expected" ]; then
            rm -f -- "$archive.part"
            get_file "$download_url" "$archive.part"
        fi
    fi
    actual=$(sha256_of "$archive.part")
    if [ "$actual" != "$expected" ]; then
        rm -f -- "$archive.part"
        die "checksum mismatch: $download_url has the sha256 $actual, expected $expected; $download_name was not installed"
    fi
    run_or_die mv -fT -- "$archive.part" "$archive"
}

# load_checksum: sets `expected` to the checksum that upstream publishes, if the bundle has none.
load_checksum() {
    [ "$download_checksum_url" != - ] ||
        die "no checksum is known for $download_name: the bundle has none and upstream publishes none"
    rm -f -- "$archive.checksum"
    get_file "$download_checksum_url" "$archive.checksum"
    expected=$(awk -v name="${download_url##*/}" '
        { sub(/^[*]/, "", $2); sub(/.*\//, "", $2) }
        length($1) == 64 && $1 !~ /[^0-9a-f]/ && (NF == 1 || $2 == name) { print $1; exit }' "$archive.checksum")
    [ -n "$expected" ] || die "$download_checksum_url does not list a sha256 of ${download_url##*/}"
}

# get_file URL FILE: from --assets or from the network. Sets `resumed` if FILE was continued.
get_file() {
    resumed=''
    if [ -n "$assets" ]; then
        [ -f "$assets/${1##*/}" ] || die "${1##*/} not found in $assets"
        run_or_die cp -- "$assets/${1##*/}" "$2"
        return 0
    fi
    [ ! -s "$2" ] || resumed=yes
    curl_file "$1" "$2" && return 0
    case $resumed$code in
    yes22 | yes33 | yes36) ;; # the server cannot continue the file, or it is complete
    *) die "cannot download $1" ;;
    esac
    rm -f -- "$2"
    resumed=''
    curl_file "$1" "$2" || die "cannot download $1"
}

# curl_file URL FILE: redirects from https to http are not followed; http is only used if the URL of a mirror uses it.
curl_file() {
    case $1 in
    https://*) schemes='=https' ;;
    http://*) schemes='=http,https' ;;
    *) die "invalid URL $1: expected https or http" ;;
    esac
    run curl -q --fail --silent --show-error --location --proto "$schemes" --connect-timeout 30 --retry 3 \
        --speed-limit 1024 --speed-time 60 --continue-at - --output "$2" --url "$1"
}
