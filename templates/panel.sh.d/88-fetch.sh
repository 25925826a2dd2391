
# ---- Fetch: everything that the installer takes from the network, into a directory for install --assets

fetch_usage='
usage: sh panel.sh fetch DIR [component…]

  fetch       download everything into DIR for install --assets, on any Linux machine and without root
'

# fetch_main DIR [component…]: needs no root, and changes nothing outside DIR. Run again, it fetches what is missing.
fetch_main() {
    command=fetch step=fetch
    [ $# -ge 1 ] || usage_error "fetch requires a directory"
    case $1 in -h | --help) usage && exit 0 ;; -*) usage_error "unknown option \`$1\`" ;; esac
    fetch_dir=$1
    shift
    for component; do
        has_word "$component" "$COMPONENTS" || usage_error "unknown component \`$component\`; this panel has: $COMPONENTS"
    done
    components=${*:-$COMPONENTS}
    for tool in curl sha256sum awk tar; do
        command -v "$tool" >/dev/null || die "$tool not found"
    done
    trap on_exit EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    run_or_die mkdir -p -- "$fetch_dir/images"
    for_rows downloads fetch_download
    for_rows images fetch_image
    (cd -- "$fetch_dir" && find . -type f ! -name SHA256SUMS ! -name '*.part' | sort | while IFS= read -r file; do
        sha256sum -- "${file#./}" || exit 1
    done) >"$work/sums" || die "cannot read $fetch_dir"
    run_or_die cp -- "$work/sums" "$fetch_dir/SHA256SUMS"
    percent=100
    info "complete: copy $fetch_dir to the host and run: sh panel.sh install --assets DIR"
}

# fetch_download: a row of plan_downloads.
fetch_download() {
    archive=$fetch_dir/${download_url##*/}
    expected=$download_sha256
    if [ "$expected" = - ]; then
        load_checksum
        run_or_die mv -f -- "$archive.checksum" "$fetch_dir/${download_checksum_url##*/}"
    fi
    [ "$(sha256_of "$archive")" != "$expected" ] || return 0
    info "download ${download_url##*/}"
    get_file "$download_url" "$archive.part"
    if [ -n "$resumed" ] && [ "$(sha256_of "$archive.part")" != "$expected" ]; then
        rm -f -- "$archive.part"
        get_file "$download_url" "$archive.part"
    fi
    actual=$(sha256_of "$archive.part")
    if [ "$actual" != "$expected" ]; then
        rm -f -- "$archive.part"
        die "checksum mismatch: $download_url has the sha256 $actual, expected $expected"
    fi
    run_or_die mv -f -- "$archive.part" "$archive"
}

# fetch_image: a row of plan_images. An archive that is there was renamed when it was complete.
fetch_image() {
    archive=$fetch_dir/images/$(printf '%s' "$image_reference" | tr '/:@' '___').tar
    [ ! -s "$archive" ] || return 0
    info "fetch the image $image_reference for $ARCH"
    rm -f -- "$archive.part"
    find_registry_auth
    if is_pinned; then
        fetch_from_registry # the tools below take no tag beside a digest
    elif command -v skopeo >/dev/null; then
        run skopeo copy ${auth_file:+--src-authfile "$auth_file"} --override-os linux --override-arch "$ARCH" "docker://$image_reference" \
            "docker-archive:$archive.part:$image_reference"
    elif command -v crane >/dev/null; then
        run env ${auth_file:+DOCKER_CONFIG="${auth_file%/*}"} crane pull --platform "linux/$ARCH" "$image_reference" "$archive.part"
    else
        fetch_from_registry
    fi || die "cannot fetch the image $image_reference"
    run_or_die mv -f -- "$archive.part" "$archive"
}

is_pinned() {
    case $image_reference in *@*) ;; *) return 1 ;; esac
}

# fetch_from_registry: the image over the registry's HTTP API, as an archive in the OCI layout. The manifest is found by its
# tag or digest; everything else by its digest, which is verified.
fetch_from_registry() {
    registry=${image_reference%%/*} repository=${image_reference#*/}
    case $registry in docker.io) registry=registry-1.docker.io ;; esac
    case $registry in localhost:* | 127.0.0.1:*) scheme=http ;; *) scheme=https ;; esac
    case $repository in
    *@*) tag=${repository#*@} repository=${repository%@*} ;;
    *:*) tag=${repository##*:} ;;
    *) tag=latest ;;
    esac
    repository=${repository%:*}
    layout=$work/layout
    rm -rf -- "$layout"
    run_or_die mkdir -p -- "$layout/blobs/sha256"
    (umask 077 && : >"$work/token") # the token is in this file, and in no argument
    digest=''
    get_manifest "$tag" || return 1
    if grep -q '"manifests"' "$work/manifest"; then
        digest=$(platform_digest "$ARCH" <"$work/manifest")
        [ -n "$digest" ] || die "$image_reference has no image for linux/$ARCH"
        # The host compares the image with the index that it is pinned by.
        case $tag in
        sha256:*)
            [ "sha256:$(sha256_of "$work/manifest")" = "$tag" ] || die "the index of $image_reference does not match its digest"
            run_or_die cp -- "$work/manifest" "$layout/blobs/sha256/${tag#sha256:}"
            ;;
        esac
        get_manifest "$digest" || return 1
    fi
    manifest=$(sha256_of "$work/manifest")
    case $tag:$digest in
    *:sha256:*) [ "sha256:$manifest" = "$digest" ] || die "the manifest of $image_reference does not match its digest" ;;
    sha256:*) [ "sha256:$manifest" = "$tag" ] || die "the manifest of $image_reference does not match its digest" ;;
    esac
    cp -- "$work/manifest" "$layout/blobs/sha256/$manifest"
    blobs=$work/blobs
    tr ',{}' '[\n*]' <"$work/manifest" | sed -n 's/^.*"digest"[^"]*"sha256:\([0-9a-f]*\)".*$/\1/p' | sort -u >"$blobs"
    while IFS= read -r blob <&4; do
        run curl -q -K "$work/token" --fail --silent --show-error --location --retry 3 --connect-timeout 30 \
            --output "$layout/blobs/sha256/$blob" --url "$scheme://$registry/v2/$repository/blobs/sha256:$blob" || return 1
        [ "$(sha256_of "$layout/blobs/sha256/$blob")" = "$blob" ] || die "a layer of $image_reference does not match its digest"
    done 4<"$blobs"
    type=application/vnd.oci.image.manifest.v1+json
    ! grep -q 'vnd\.docker\.distribution\.manifest\.v2+json' "$work/manifest" ||
        type=application/vnd.docker.distribution.manifest.v2+json
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    {
        printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s,' \
            "$type" "$manifest" "$(wc -c <"$work/manifest")"
        printf '"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' \
            "$image_reference" "$image_reference"
    } >"$layout/index.json"
    run_or_die tar -cf "$archive.part" -C "$layout" oci-layout index.json blobs
    rm -rf -- "$layout"
}

# get_manifest TAG-OR-DIGEST: writes $work/manifest. A registry that asks for a login gets that of the bundle; for a token
# there can be an anonymous one.
get_manifest() {
    manifest_url=$scheme://$registry/v2/$repository/manifests/$1
    for attempt in anonymous token; do
        code=$(curl -q -K "$work/token" --silent --show-error --location --connect-timeout 30 --max-time 120 \
            --header 'Accept: application/vnd.oci.image.index.v1+json' \
            --header 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
            --header 'Accept: application/vnd.oci.image.manifest.v1+json' \
            --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
            --dump-header "$work/headers" --output "$work/manifest" --write-out '%{http_code}' --url "$manifest_url") || return 1
        case $code:$attempt in
        200:*) return 0 ;;
        401:anonymous) get_token || return 1 ;;
        *)
            warn "$manifest_url responds with $code"
            return 1
            ;;
        esac
    done
}

# get_token: writes how to log in to $work/token: with a token from the server that the registry names, or with the
# credentials themselves.
get_token() {
    write_login "${image_reference%%/*}"
    challenge=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *//p' | tail -n 1)
    case $challenge in
    [Bb]asic*)
        [ -s "$work/login" ] && cp -- "$work/login" "$work/token"
        return
        ;;
    esac
    challenge=${challenge#[Bb]earer}
    realm=$(challenge_value realm)
    case $realm in
    '') return 1 ;;
    https://* | http://localhost[:/]* | http://127.0.0.1[:/]*) ;;
    *) : >"$work/login" ;; # not encrypted
    esac
    curl -q -K "$work/login" --fail --silent --show-error --location --connect-timeout 30 --max-time 120 --get \
        --data-urlencode "service=$(challenge_value service)" --data-urlencode "scope=repository:$repository:pull" \
        --output "$work/answer" --url "$realm" || return 1
    token=$(tr -d '\n' <"$work/answer" | sed -n 's/^.*"\(access_\)\{0,1\}token" *: *"\([A-Za-z0-9._~+/=-]*\)".*$/\2/p')
    [ -n "$token" ] || return 1
    printf 'header = "Authorization: Bearer %s"\n' "$token" >"$work/token"
}

# write_login REGISTRY: writes the credentials for it, if the bundle has them, as an option of curl to $work/login. They are in
# this file, and in no argument.
write_login() {
    (umask 077 && : >"$work/login")
    find_registry_auth
    [ -n "$auth_file" ] || return 0
    # Rendered files have one form: {"auths":{"REGISTRY":{"auth":"BASE64"},"REGISTRY":{"auth":"BASE64"}}}
    sed 's/^{"auths":{//' "$auth_file" | tr '}' '\n' | awk -F '"' -v registry="$1" '
        {
            name = $2
            if (name == "https://index.docker.io/v1/") name = "docker.io"
            sub(/^https?:[/][/]/, "", name)
            sub(/[/].*/, "", name)
            if (name == registry && $4 == "auth") print "header = \"Authorization: Basic " $6 "\""
        }' >"$work/login"
}

# find_registry_auth: sets auth_file to the credentials of registries that the bundle has, if any.
find_registry_auth() {
    auth_file=''
    plan_files match_registry_auth
}
match_registry_auth() {
    case $7 in */.docker/config.json) ;; *) return 0 ;; esac
    (unpack_files) 2>/dev/null || return 0 # panel.sh was copied alone
    unpack_files
    [ ! -f "$files$7" ] || auth_file=$files$7
}

# head_image_with_login: used by preflight instead of head_image_with_token.
head_image_with_login() {
    write_login "${image_reference%%/*}"
    if [ ! -s "$work/login" ]; then
        head_image_with_token
        return
    fi
    [ "$status" = 401 ] && get_token || return 1
    head_image --config "$work/token"
}
image_login=head_image_with_login

# challenge_value NAME
challenge_value() {
    printf '%s\n' "$challenge" | tr ',' '\n' | sed -n "s/^ *$1=\"\\(.*\\)\"\$/\\1/p"
}

# platform_digest ARCH: reads an index, and prints the digest of the image for linux on that processor.
platform_digest() {
    tr -d ' \n\t\r' | awk -v arch="$1" '
        { text = substr($0, index($0, "\"manifests\":[")) }
        END {
            for (at = 1; at <= length(text); at++) {
                c = substr(text, at, 1)
                if (c == "{" && ++depth == 1) start = at
                if (c == "}" && --depth == 0) {
                    row = substr(text, start, at - start + 1)
                    if (index(row, "\"architecture\":\"" arch "\"") && index(row, "\"os\":\"linux\"") &&
                        match(row, /"digest":"sha256:[0-9a-f]+"/)) {
                        print substr(row, RSTART + 10, RLENGTH - 11)
                        exit
                    }
                }
                if (c == "]" && depth == 0) exit
            }
        }'
}

# It has arguments of its own, and needs no state of this host.
if [ "${1:-}" = fetch ]; then
    shift
    fetch_main "$@"
    exit 0
fi
