
# ---- Packages: Red Hat

has_package_dnf() { rpm -q --quiet "$1" 2>/dev/null; }

# add_with_dnf: EPEL is installed before the packages that come from it. --allowerasing replaces curl-minimal with curl.
add_with_dnf() {
    set --
    for package in $missing; do
        if [ "$package" = epel-release ]; then
            run dnf -y install epel-release || return 1
        else
            set -- "$@" "$package"
        fi
    done
    [ $# -eq 0 ] || run dnf -y --setopt=install_weak_deps=False --allowerasing install "$@"
}
