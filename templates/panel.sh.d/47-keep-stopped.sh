
# ---- Packages whose programs must not start yet

# keep_stopped: the package of the web server would start it with the distribution's site, which fails without IPv6 or
# beside another server on port 80, and then stays half configured. A mask in /run is gone after a reboot, too.
keep_stopped() {
    ! has_package_apt "$EDGE" || return 0
    masked_unit=$nginx_unit
    run systemctl mask --runtime "$masked_unit" || masked_unit=''
}

allow_start() {
    [ -z "$masked_unit" ] || run systemctl unmask --runtime "$masked_unit" || :
    masked_unit=''
}
