
# ---- Kernel: settings and modules

# configure_kernel: applies only the files of the plan, not those of others.
configure_kernel() {
    grep -E '^(sysctl|modules) ' "$pending" >"$work/kernel" || return 0
    while read -r kind path <&4; do
        if confirm_change "apply $path"; then "apply_$kind" "$root$path"; fi
        dequeue "$kind $path"
    done 4<"$work/kernel"
}

apply_sysctl() { run_or_die sysctl -q -p "$1"; }

# apply_modules: a module that cannot be loaded may be built in, or belong to the host of this container.
apply_modules() {
    grep -v '^[#;]' "$1" | while read -r module; do
        [ -z "$module" ] || run modprobe -q "$module" || info "module $module not loaded; continuing without it"
    done
}
