
# ---- Preflight: the host itself

# os_release KEY
os_release() {
    sed -n "s/^$1=//p" "$root/etc/os-release" 2>/dev/null | tr -d "\"'" | head -n 1
}

preflight_system() {
    system=$(os_release ID)
    case " $system $(os_release ID_LIKE) " in
    *' rhel '* | *' ol '*)
        system=rhel-$(os_release VERSION_ID)
        system=${system%%.*}
        ;;
    *) system=$system-$(os_release VERSION_ID) ;;
    esac
    if [ "$system" = "$TARGET" ]; then
        report ok system "this host is $system"
    else
        report error system "this host is ${system%-}, but the bundle is for $TARGET" "render the bundle with --target and a name from \`panelgen targets\`"
    fi
    case $(uname -m) in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) machine=$(uname -m) ;;
    esac
    if [ "$machine" = "$ARCH" ]; then
        report ok arch "the processor is $machine"
    else
        report error arch "the processor is $machine, but the bundle is for $ARCH" "render the bundle with --arch $machine"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        report ok root "running as root"
    elif [ -z "$dry_run" ]; then
        report error root "not running as root" "run it with sudo"
    fi
    if [ -d "$root/run/systemd/system" ]; then
        report ok systemd "systemd is running"
    else
        report error systemd "systemd is not running" "use a host that was booted with systemd, not a container image or a chroot"
    fi
}

# preflight_resources: the needs of the components that are not installed yet.
preflight_resources() {
    needed_memory=0 needed_disk=0
    for_rows needs add_need
    memory=$(awk '/^(MemTotal|SwapTotal):/ { sum += $2 } END { print int(sum / 1024) }' "$root/proc/meminfo" 2>/dev/null) || memory=''
    if [ "${memory:-$needed_memory}" -lt "$needed_memory" ]; then
        report warning memory "memory and swap are $memory MB, and the panel uses about $needed_memory MB" "add memory or a swap file"
    else
        report ok memory "memory and swap are ${memory:-unknown} MB"
    fi
    for directory in "$INSTALL" /var; do
        parent=$directory
        while [ ! -d "$root$parent" ]; do parent=${parent%/*}; done
        free=$(df -Pk "$root$parent/" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }') || free=''
        if [ "${free:-$needed_disk}" -lt "$needed_disk" ]; then
            report error disk "the file system of $directory has $free MB free, and programs and images need about $needed_disk MB" "free some space, or extend the file system"
        else
            report ok disk "the file system of $directory has ${free:-an unknown number of} MB free"
        fi
    done
}

# add_need: a row of plan_needs.
add_need() {
    needed_memory=$((needed_memory + need_memory))
    if is_installed "$need_component"; then return 0; fi
    needed_disk=$((needed_disk + need_disk))
}

preflight_packages() {
    missing=''
    for_rows packages add_missing_package
    unavailable=''
    for package in $missing; do "unavailable_package_$MANAGER" "$package"; done
    [ -n "$unavailable" ] || report ok packages "${missing:+to be installed:}${missing:-nothing is missing}"
}

# shellcheck disable=SC2016 # dpkg-query expands it
unavailable_package_apt() {
    if [ "$(dpkg-query -W -f '${db:Status-Want}' "$1" 2>/dev/null)" = hold ]; then
        unavailable=yes
        report error packages "the package $1 is held back" "run \`apt-mark unhold $1\`"
    elif [ "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')" = '(none)' ]; then
        unavailable=yes
        report warning packages "no configured repository has the package $1" "enable the repository that has it, or update the package lists"
    fi
}

# unavailable_package_dnf: packages can be excluded, also by the plugin versionlock.
unavailable_package_dnf() {
    grep -qsE "^(exclude|excludepkgs) *=.*(^|[ =,])$1([ ,*]|\$)" "$root/etc/dnf/dnf.conf" || return 0
    unavailable=yes
    report error packages "the package $1 is excluded in /etc/dnf/dnf.conf" "remove it from \`excludepkgs\`"
}

preflight_clock() {
    year=$(date +%Y)
    if [ "$year" -lt 2026 ]; then
        report error clock "the clock is wrong: it is in the year $year" "set it, and enable a time service"
    elif [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = no ]; then
        report warning clock "the clock is not synchronized; certificates depend on it" "enable a time service, such as systemd-timesyncd or chrony"
    else
        report ok clock "the clock is plausible"
    fi
}
