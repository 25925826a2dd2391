
# ---- Packages

add_packages() {
    missing=''
    for_rows packages add_missing_package
    [ -n "$missing" ] || return 0
    confirm_change "install$missing" || return 0
    "add_with_$MANAGER" || die "the package manager failed to install$missing"
}

# add_missing_package: a row of plan_packages.
add_missing_package() {
    has_word "$package_name" "$missing" || "has_package_$MANAGER" "$package_name" || missing="$missing $package_name"
}
