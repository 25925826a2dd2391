
# ---- Uninstall: containers

# is_container_runtime COMPONENT: whether recorded containers need it; they are removed before it is.
is_container_runtime() {
    awk -F '\t' -v runtime="$1" '$2 == "containers" && $3 == runtime { found = 1 } END { exit !found }' "$records"
}

# undo_containers: the detail is the runtime, the subject NAMESPACE/NAME. The runtime must run to end its tasks; it is
# started if necessary, and stopped again.
undo_containers() {
    namespace=${undo_subject%%/*}
    started_runtime=''
    if ! systemctl is-active --quiet "$undo_detail.service"; then
        [ -n "$(ls -A "$root/run/$undo_detail/io.$undo_detail.runtime.v2.task/$namespace" 2>/dev/null)" ] || return 0
        confirm_change "start $undo_detail.service temporarily" || return 0
        run_or_die systemctl start "$undo_detail.service"
        started_runtime=yes
    fi
    keep_shared_runtime
    for name in $(ctr -n "$namespace" containers ls -q 2>/dev/null); do
        case ${undo_subject#*/} in
        '*' | "$name") if confirm_change "remove the container $namespace/$name"; then remove_container "$namespace" "$name"; fi ;;
        esac
    done
    if [ -n "$purge" ] && [ "${undo_subject#*/}" = '*' ]; then remove_images "$namespace"; fi
    [ -z "$started_runtime" ] || run_or_die systemctl stop "$undo_detail.service"
}

# remove_images NAMESPACE: the runtime's directory may stay.
remove_images() {
    for image in $(ctr -n "$1" images ls -q 2>/dev/null); do
        confirm_change "remove the image $image" && run ctr -n "$1" images rm "$image" || :
    done
}

# keep_shared_runtime: if others have containers or images in the runtime, its data is no longer only ours.
keep_shared_runtime() {
    for other in $(ctr namespaces ls -q 2>/dev/null); do
        is_our_namespace "$other" && continue
        [ -n "$(ctr -n "$other" containers ls -q 2>/dev/null)$(ctr -n "$other" images ls -q 2>/dev/null)" ] || continue
        awk -F '\t' -v OFS='\t' -v runtime="$undo_detail" \
            '$1 == runtime && $2 == "data_dir" { $3 = "found" } { print }' "$records" >"$records.new"
        mv -f -- "$records.new" "$records"
        load_records
        return 0
    done
}

# is_our_namespace NAMESPACE
is_our_namespace() {
    awk -F '\t' -v space="$1/" '$2 == "containers" && index($4, space) == 1 { found = 1 } END { exit !found }' "$records"
}

# remove_container NAMESPACE NAME
remove_container() {
    waited=0
    while ctr -n "$1" tasks ls -q 2>/dev/null | grep -qxF -e "$2"; do
        [ "$waited" -lt 20 ] || die "the task $1/$2 does not end"
        run ctr -n "$1" tasks kill -s SIGKILL "$2" || :
        sleep 1
        run ctr -n "$1" tasks rm -f "$2" || :
        waited=$((waited + 1))
    done
    run_or_die ctr -n "$1" containers rm "$2"
}
