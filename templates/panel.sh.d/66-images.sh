
# ---- Images

imported='' # namespaces into which the images of --assets were imported

# load_image: a row of plan_images. Without --assets images are pulled when they are needed.
load_image() {
    [ -n "$assets" ] && [ -d "$assets/images" ] || return 0
    ! has_image "$image_namespace" "$image_reference" || return 0
    if ! has_word "$image_namespace" "$imported"; then
        imported="$imported $image_namespace"
        find "$assets/images" -type f -name '*.tar*' | sort >"$work/images"
        while IFS= read -r image <&4; do
            confirm_change "import ${image##*/} into $image_namespace" || continue
            run_or_die ctr -n "$image_namespace" images import "$image"
        done 4<"$work/images"
    fi
    [ -n "$dry_run" ] || has_image "$image_namespace" "$image_reference" ||
        info "$image_reference is not in the archives of --assets; it will be pulled"
    [ -n "$dry_run" ] || ${check_image:-:}
}

# has_image NAMESPACE REFERENCE
has_image() {
    ctr -n "$1" images ls -q 2>/dev/null | grep -qxF -e "$2"
}
