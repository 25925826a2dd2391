
# ---- Packages: Debian

# shellcheck disable=SC2016 # dpkg-query expands it
has_package_apt() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# add_with_apt: without questions and without restarting other services; edited configuration is kept. The apt of a first
# boot may hold the lock: it is waited for.
add_with_apt() {
    keep_stopped
    apt_code=0
    install_with_apt || apt_code=$?
    allow_start
    return "$apt_code"
}

install_with_apt() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    export DEBIAN_FRONTEND NEEDRESTART_SUSPEND
    run dpkg --force-confdef --force-confold --configure -a || : # completes an interrupted install
    waited=0
    until run apt-get -q update; do
        if ! grep -q 'Could not get lock' "$work/last_output" || [ "$waited" -ge 300 ]; then
            info "package lists not updated; continuing with the existing ones"
            break
        fi
        sleep 5
        waited=$((waited + 5))
    done
    set --
    for package in $missing; do set -- "$@" "$package"; done
    run apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install "$@"
}
