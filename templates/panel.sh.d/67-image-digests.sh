
# ---- Images: the digest of one that is pinned

# check_digest: an imported image must be that of its reference, or the one for this processor in the index that the
# reference names. One that is pulled is verified when it is pulled.
check_digest() {
    case $image_reference in *@*) pin=${image_reference##*@} ;; *) return 0 ;; esac
    digest=$(ctr -n "$image_namespace" images ls 2>/dev/null | awk -v name="$image_reference" '$1 == name { print $3 }')
    [ -n "$digest" ] && [ "$digest" != "$pin" ] || return 0
    find "$assets/images" -type f -name '*.tar*' >"$work/images"
    while IFS= read -r image <&4; do
        tar -xOf "$image" "blobs/sha256/${pin#sha256:}" >"$work/index" 2>/dev/null || continue
        [ "sha256:$(sha256_of "$work/index")" = "$pin" ] && grep -qF -e "\"$digest\"" -- "$work/index" && return 0
    done 4<"$work/images"
    run ctr -n "$image_namespace" images rm "$image_reference" || :
    die "the archives of --assets have another $image_reference: its digest is $digest"
}
check_image=check_digest
