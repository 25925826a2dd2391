
# ---- Preflight: names, downloads and images

preflight_network() {
    preflight_names
    ${preflight_proxy:-:}
    if ! command -v curl >/dev/null; then
        report ok downloads "not checked: curl is not installed yet"
        return 0
    fi
    server_date=''
    unreachable=''
    for_rows downloads preflight_download
    [ -n "$unreachable" ] || report ok downloads "every download can be had"
    unreachable=''
    for_rows images preflight_image
    [ -n "$unreachable" ] || report ok images "every image can be had"
    preflight_server_date
}

# preflight_names: a warning only: a host behind NAT or a proxy does not have the address itself.
preflight_names() {
    ip -o addr show scope global 2>/dev/null </dev/null | awk '{ sub(/\/.*/, "", $4); print $4 }' >"$work/addresses"
    for name in $NAMES; do
        case $name in '*.'*) continue ;; *) ;; esac
        timeout 10 getent ahosts "$name" 2>/dev/null </dev/null | awk '!seen[$1]++ { print $1 }' >"$work/resolved" || :
        if [ ! -s "$work/resolved" ]; then
            report warning dns "$name does not resolve" "add a DNS record with the address of this host"
        elif grep -qxF -f "$work/addresses" "$work/resolved"; then
            report ok dns "$name resolves to this host"
        else
            report warning dns "$name resolves to $(tr '\n' ' ' <"$work/resolved")and this host has $(tr '\n' ' ' <"$work/addresses")" \
                "correct the DNS record, unless the host is behind NAT or a proxy"
        fi
    done
}

# preflight_download: a row of plan_downloads.
preflight_download() {
    set_download_tree
    if is_recorded tree "$tree" "$download_id" && [ -e "$root$tree" ]; then return 0; fi
    if [ -n "$assets" ]; then
        [ -f "$assets/${download_url##*/}" ] || unreachable downloads "${download_url##*/} is not in $assets" "copy it there"
        return 0
    fi
    preflight_url "$download_url"
    [ "$download_sha256" != - ] || [ "$download_checksum_url" = - ] || preflight_url "$download_checksum_url"
}

unreachable() {
    unreachable=yes
    report error "$@"
}

preflight_url() {
    head_url "$1" && return 0
    case $status in
    000) unreachable downloads "$1 cannot be reached: $(head -n 1 "$work/curl-error")" "check the network, DNS and the proxy, set \`mirror\`, or use --assets" ;;
    *) unreachable downloads "$1 cannot be had: the server answers $status" "correct the version or \`mirror\`, or use --assets" ;;
    esac
}

# head_url URL [CURL-OPTION…]: sets `status`; the headers of the response are in $work/headers. A server that could not be
# reached is not asked again.
head_url() {
    url=$1
    shift
    server=${url#*://} server=${server%%/*} server=${server##*@} status=000
    cp -- "$work/unreachable.$server" "$work/curl-error" 2>/dev/null && return 1
    case $url in https://*) schemes='=https' ;; *) schemes='=http,https' ;; esac
    status=$(curl -q --head --silent --show-error --location --proto "$schemes" --connect-timeout 10 --max-time 30 \
        --output "$work/headers" --write-out '%{http_code}' "$@" --url "$url" 2>"$work/curl-error" </dev/null) || :
    case ${status:=000} in
    000) cp -- "$work/curl-error" "$work/unreachable.$server" ;;
    *) server_date=$(sed -n 's/^[Dd]ate: //p' "$work/headers" 2>/dev/null | tr -d '\r' | tail -n 1) ;;
    esac
    case $status in 2??) ;; *) return 1 ;; esac
}

# preflight_image: a row of plan_images. An image that is present, or that --assets may have, is not asked for.
preflight_image() {
    [ -z "$assets" ] || [ ! -d "$assets/images" ] || return 0
    if is_installed "$image_component" || has_image "$image_namespace" "$image_reference"; then return 0; fi
    registry=${image_reference%%/*} repository=${image_reference#*/}
    case $registry in docker.io) registry=registry-1.docker.io ;; *) ;; esac
    case $repository in
    *@*) version=${repository#*@} repository=${repository%%@*} ;;
    *) version=${repository##*:} ;;
    esac
    repository=${repository%%:*}
    manifest=https://$registry/v2/$repository/manifests/$version
    head_image || ${image_login:-head_image_with_token} && return 0
    case $status in
    000) unreachable images "the registry of $image_reference cannot be reached: $(head -n 1 "$work/curl-error")" "check the network, DNS and the proxy, or use --assets with images" ;;
    401 | 403 | 429) report warning images "$image_reference not checked: its registry answers $status" "set \`registry.auth\`, or try again later" ;;
    *) unreachable images "$image_reference cannot be had: its registry answers $status" "set another image or registry; upstream removes old images" ;;
    esac
}

# head_image [CURL-OPTION…]
head_image() {
    head_url "$manifest" --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' "$@"
}

# head_image_with_token: public images need an anonymous token, from a URL in the registry's response.
head_image_with_token() {
    [ "$status" = 401 ] || return 1
    challenge=$(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: [Bb]earer //p' "$work/headers" | tr -d '\r' | head -n 1)
    realm=$(printf '%s\n' "$challenge" | sed -n 's/.*realm="\([^"]*\)".*/\1/p')
    service=$(printf '%s\n' "$challenge" | sed -n 's/.*service="\([^"]*\)".*/\1/p')
    case $realm in https://*) ;; *) return 1 ;; esac
    (umask 077 && curl -q --fail --silent --get --proto '=https' --connect-timeout 10 --max-time 30 \
        --data-urlencode "service=$service" --data-urlencode "scope=repository:$repository:pull" --url "$realm" 2>/dev/null </dev/null |
        sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/Authorization: Bearer \2/p' >"$work/token")
    [ -s "$work/token" ] || return 1
    head_image --header "@$work/token"
}

# preflight_server_date: a clock that is wrong by minutes fails at the next certificate.
preflight_server_date() {
    [ -n "$server_date" ] && server_time=$(date -d "$server_date" +%s 2>/dev/null) || return 0
    difference=$(($(date +%s) - server_time))
    [ "${difference#-}" -gt 300 ] || return 0
    report error clock "the clock differs by ${difference#-} seconds from that of a server" "set it, and enable a time service"
}
