#!/bin/sh
# shellcheck disable=SC2317,SC2329
#   the verbs are called by the rows of the plan, which shellcheck cannot follow
# shellcheck disable=SC2015
#   `a && b || die` means that die is for both
#
# panel.sh makes this host the panel that its bundle describes, tells how it is, and takes it away again.
# It may be run again at any time: what is right already is left alone.
#
# The program is the same on every host; what differs stands in the block "host data" below. A plan is read by
# giving it a verb: `plan_files place` calls `place COMPONENT MODE …` once for each row. The columns are
#
#   plan_packages    COMPONENT PACKAGE
#   plan_accounts    COMPONENT USER HOME SHELL             a system account; removed by --purge if made here
#   plan_files       COMPONENT MODE OWNER SHA256 TYPE ON-CHANGE PATH
#                                                          TYPE file or directory; SHA256 - compares with root/
#   plan_secrets     COMPONENT MODE OWNER ON-CHANGE PATH   made here once, from /dev/urandom, unless plan_files
#                                                          has the path and root/ the file
#   plan_downloads   COMPONENT NAME VERSION KIND SHA256 SUM-URL URL DEST ON-CHANGE
#                                                          KIND bin: one program, put at DEST/NAME
#                                                          tar:N an archive that is DEST, N leading folders off
#                                                          into:N the same, but DEST holds other files too
#                                                          SHA256 -: SUM-URL has it, and without one it is refused
#   plan_links       COMPONENT LINK TARGET                 LINK ends in /: every program in TARGET gets a link there
#   plan_images      COMPONENT NAMESPACE REFERENCE         imported when --assets has them, else left to be pulled
#   plan_units       COMPONENT UNIT WANTED SECONDS PROBE   WANTED up, called (by others, never enabled) or
#                                                          shared (kept up, but not ours to stop);
#                                                          PROBE is - or a URL, tried against 127.0.0.1
#   plan_aside       COMPONENT KIND SUBJECT                KIND path or unit: steps aside while we are here
#   plan_containers  COMPONENT NAMESPACE NAME              what uninstall removes; NAME may be '*'
#   plan_networks    COMPONENT BRIDGE NETWORK PREFIX       a bridge, its CNI network, the start of its addresses
#   plan_tables      COMPONENT FAMILY TABLE                nftables
#   plan_data        COMPONENT PATH                        kept by uninstall, removed by --purge
#   plan_doors       COMPONENT TITLE URL USER SECRET       where to log in; USER and SECRET may be -
#
# COMPONENTS stands in the order in which they come up. ON-CHANGE is said in the words of MANIFEST.json.
# An empty plan is `:`.
#
# For tests: PANEL_ROOT is put before every path of the host, and PATH is then taken as it is.

#--- host data: begin (from here to the end mark this file is generated)
COMPONENTS='firewall runc cni containerd faasd code-server nginx certbot'
DOMAIN=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddd.example.org
NAMES=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddd.example.org
ACME=webroot
ISSUE_UNIT=certbot-issue.service
DEPLOY_HOOK=/etc/letsencrypt/renewal-hooks/deploy/panel-nginx
CERTIFICATE=''
CERTIFICATE_KEY=''
MANAGER=apt
DATA=/data
plan_packages() {
    "$@" firewall nftables
    "$@" runc ca-certificates
    "$@" runc curl
    "$@" cni iptables
    "$@" cni ca-certificates
    "$@" cni curl
    "$@" containerd ca-certificates
    "$@" containerd curl
    "$@" faasd ca-certificates
    "$@" faasd curl
    "$@" code-server git
    "$@" code-server ca-certificates
    "$@" code-server curl
    "$@" nginx nginx
    "$@" nginx openssl
    "$@" certbot certbot
}
plan_accounts() {
    "$@" code-server coder /home/coder /bin/bash
}
plan_files() {
    "$@" firewall 0644 root:root ebd5d5be594ab99b89ccd1ad0b9bade0eef161546dc08e065ada1745ec8a2749 file 'restart panel-firewall' /etc/nftables.d/panel.nft
    "$@" firewall 0644 root:root d0e52f7baec973f9e0a46e6512d792c511a08ea0738f2966c2448790f8efc4ae file 'daemon-reload, restart panel-firewall' /etc/systemd/system/panel-firewall.service
    "$@" cni 0755 root:root - directory none /etc/cni/net.d
    "$@" cni 0644 root:root 2f8780800a375bf8fa70d459d5032d1e8dafbd8d583682f8845751b798931956 file none /etc/cni/net.d/10-openfaas.conflist
    "$@" cni 0644 root:root dd9d5a4043de1e580391bdad6d9c03b978faff922ab5dd89a3f74502b43b6376 file 'restart systemd-modules-load' /etc/modules-load.d/panel.conf
    "$@" cni 0644 root:root 5f33e08a7da871bbfd713b7de7930d7fb4ade67238bea07bc86d97e1ae5cfe08 file 'sysctl --system' /etc/sysctl.d/90-panel-forwarding.conf
    "$@" containerd 0644 root:root 0c3e16a50034c5c4fac0a98bc66cdb297dabe93da3bec1ccdfbf507dfab096bb file 'daemon-reload, restart containerd' /etc/systemd/system/containerd.service
    "$@" faasd 0644 root:root f73156dd48b20765356d755597b1f2a3f1f77bb054c9c23a076ea4cb43c6c477 file 'daemon-reload, restart faasd-provider' /etc/systemd/system/faasd-provider.service
    "$@" faasd 0644 root:root 5e472b97a1dbfce758a1c8cf58af2a04f14ac5d214fd4d69bad56a6c1ef406fe file 'daemon-reload, restart faasd' /etc/systemd/system/faasd.service
    "$@" faasd 0755 root:root - directory none /var/lib/faasd
    "$@" faasd 0644 root:root 12f451d0dcd53f4642ece1e077192ac59c9cd9f5756ae1684c266acb397717c2 file 'restart faasd' /var/lib/faasd/docker-compose.yaml
    "$@" faasd 0644 root:root f601325e1053c3d11dc58fdc0c4771bb4853e87028e71c2cd72e62b2bfd756ce file 'restart faasd' /var/lib/faasd/prometheus.yml
    "$@" faasd 0644 root:root 27dbe9d4d2c1b04fc54c0e6051a5c3d4bf78572690c4b732f5cdd5d2cc8ac385 file 'restart faasd' /var/lib/faasd/resolv.conf
    "$@" faasd 0700 root:root - directory none /var/lib/faasd/secrets
    "$@" faasd 0644 root:root 8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918 file 'restart faasd-provider, restart faasd' /var/lib/faasd/secrets/basic-auth-user
    "$@" faasd 0755 root:root - directory none /var/lib/faasd-provider
    "$@" code-server 0644 root:root 896a54fc80f87b38d5658963bc5d3de912747b8fc62ac7b8fafe3020c61d4d72 file 'restart code-server' /etc/code-server/config.yaml
    "$@" code-server 0644 root:root 139b470583ff400e0ec3c15aa54dfea77658e33de072989141f23ca8b255678e file 'daemon-reload, restart code-server' /etc/systemd/system/code-server.service
    "$@" code-server 0755 root:root 91f33976ab2106108d7e02326aa1ab6cc4dd61ad0e7d2d8cbfe3faa93c8bd408 file 'restart code-server' /usr/local/libexec/panel/code-server
    "$@" nginx 0644 root:root e9f1400c218bb41da92e35da7ac9f3ab6ce20d07fe6995c1b5f933b64edc6a22 file 'reload nginx' /etc/nginx/conf.d/default.conf
    "$@" certbot 0755 root:root 6c49ca4a57d9d133f38ad74be5553a9c07d72bac14a9ffcba65bd9e627a267a3 file none /etc/letsencrypt/renewal-hooks/deploy/panel-nginx
    "$@" certbot 0644 root:root 6924170afe9a7923acf44a2fe17e1775eab12b5362ede145b448a0c765d9ce9a file daemon-reload /etc/systemd/system/certbot-issue.service
    "$@" certbot 0644 root:root 58924e6e921dae70cfc52bf6751c0954836e7d963355d0d58067b740fff8377b file daemon-reload /etc/systemd/system/certbot-renew.service
    "$@" certbot 0644 root:root 15d0dfe6a3189b2c8fb9a4603fe4481e1fe20c09d3a4fead2c6dca9513c6a64d file 'daemon-reload, restart certbot-renew.timer' /etc/systemd/system/certbot-renew.timer
    "$@" certbot 0644 root:root 66505e66485919c0dbef787d4b2c14fcaf05e9c570c3f9a43a813541d83d2a8c file daemon-reload /etc/systemd/system/certbot.timer.d/10-panel.conf
    "$@" certbot 0755 root:root - directory none /var/www/acme
}
plan_secrets() {
    "$@" faasd 0644 root:root 'restart faasd-provider, restart faasd' /var/lib/faasd/secrets/basic-auth-password
    "$@" code-server 0644 root:root 'restart code-server' /var/lib/faasd/secrets/basic-auth-password
}
plan_downloads() {
    "$@" runc runc 1.4.3 bin f6ae8efc0fa40079e1475e97cbe9d1bd3f106a28d6af78a11d9f1bd565515e60 - https://github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64 /opt/panel/runc-1.4.3 none
    "$@" cni cni-plugins 1.9.1 tar:0 b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303 - https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz /opt/panel/cni-plugins-1.9.1 none
    "$@" containerd containerd 2.3.4 tar:0 9d68969855fbf676cdb8ed758e420fb048d61f984f61de3e53eddfebe484d168 - https://github.com/containerd/containerd/releases/download/v2.3.4/containerd-2.3.4-linux-amd64.tar.gz /opt/panel/containerd-2.3.4 'restart containerd'
    "$@" faasd faasd 0.19.0 bin - https://github.com/openfaas/faasd/releases/download/0.19.0/faasd.sha256 https://github.com/openfaas/faasd/releases/download/0.19.0/faasd /opt/panel/faasd-0.19.0 'restart faasd-provider, restart faasd'
    "$@" faasd faas-cli 0.17.8 bin - https://github.com/openfaas/faas-cli/releases/download/0.17.8/faas-cli.sha256 https://github.com/openfaas/faas-cli/releases/download/0.17.8/faas-cli /opt/panel/faas-cli-0.17.8 none
    "$@" code-server code-server 4.133.0 tar:1 a4e0f8f8c76e7de8e7424289f74e507af4c97bfe104c3e8ee272b8cc7b46c6f1 - https://github.com/coder/code-server/releases/download/v4.133.0/code-server-4.133.0-linux-amd64.tar.gz /opt/panel/code-server-4.133.0 'restart code-server'
}
plan_links() {
    "$@" runc /usr/local/sbin/runc /opt/panel/runc-1.4.3/runc
    "$@" cni /opt/cni/bin/ /opt/panel/cni-plugins-1.9.1
    "$@" containerd /usr/local/bin/ /opt/panel/containerd-2.3.4/bin
    "$@" faasd /usr/local/bin/faasd /opt/panel/faasd-0.19.0/faasd
    "$@" faasd /usr/local/bin/faas-cli /opt/panel/faas-cli-0.17.8/faas-cli
    "$@" faasd /usr/local/bin/faas /opt/panel/faas-cli-0.17.8/faas-cli
    "$@" code-server /usr/local/bin/code-server /opt/panel/code-server-4.133.0/bin/code-server
}
plan_images() {
    "$@" faasd openfaas ghcr.io/openfaas/gateway:0.27.5
    "$@" faasd openfaas ghcr.io/openfaas/queue-worker:0.14.1
    "$@" faasd openfaas docker.io/library/nats-streaming:0.25.6
    "$@" faasd openfaas docker.io/prom/prometheus:v2.49.1
}
plan_units() {
    "$@" firewall panel-firewall.service up 30 -
    "$@" containerd containerd.service up 60 -
    "$@" faasd faasd-provider.service up 60 -
    "$@" faasd faasd.service up 300 http://127.0.0.1:8080/healthz
    "$@" code-server code-server.service up 60 http://127.0.0.1:5000/healthz
    "$@" nginx nginx.service shared 30 https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddd.example.org/
    "$@" certbot certbot-renew.timer up 30 -
    "$@" certbot certbot-renew.service called 0 -
    "$@" certbot certbot-issue.service called 0 -
}
plan_aside() {
    "$@" nginx path /etc/nginx/sites-enabled/default
    "$@" certbot unit certbot.timer
}
plan_containers() {
    "$@" faasd openfaas '*'
    "$@" faasd openfaas-fn '*'
}
plan_networks() {
    "$@" cni openfaas0 openfaas-cni-bridge 10.62.
}
plan_tables() {
    "$@" firewall inet panel
}
plan_data() {
    "$@" containerd /var/lib/containerd
    "$@" faasd /var/lib/faasd
    "$@" faasd /var/lib/faasd-provider
    "$@" code-server /home/coder
}
plan_doors() {
    "$@" faasd functions https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddd.example.org/faasd/ui/ admin /var/lib/faasd/secrets/basic-auth-password
    "$@" code-server IDE https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddd.example.org/codeserver/ - /var/lib/faasd/secrets/basic-auth-password
}
#--- host data: end

set -euf
umask 022
LC_ALL=C
export LC_ALL
tab=$(printf '\t')
newline='
'
root=${PANEL_ROOT:-}
[ -n "$root" ] || PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

state=$root/var/lib/panel      # what was put here, what waits, what stepped aside
cache=$root/var/cache/panel    # downloads
tls=/etc/nginx/tls             # the certificates nginx reads: links, first to the placeholder
before=$state/nginx-before     # nginx's files while their successors are on trial

order='' named='' dry='' purge='' assets='' # what the operator said
components='' scope='' kept_types=''              # what that means here
step=start percent=0 steps_done=0 steps_total=1  # where the run is
work='' files='' log_file='' imported='' late='' unsure=''

usage() {
    cat <<'USAGE'
usage: sh panel.sh install   [component…] [--assets DIR] [--dry-run]
       sh panel.sh status    [component…]
       sh panel.sh uninstall [component…] [--purge] [--dry-run]

  install     put the panel on this host, or only the components named; run it again to repair or to upgrade
  status      one line for each thing that is, or is not, as it should be; the exit code is 0 when all is well
  uninstall   stop and remove it; certificates, secrets and data stay

  --assets DIR  take downloads, their checksum files and DIR/images/*.tar from DIR instead of the network
  --dry-run     tell what would be changed, and change nothing
  --purge       with uninstall: remove certificates, secrets, accounts and data as well
  --help        this text
USAGE
    printf '\ncomponents: %s\n' "${COMPONENTS:-none}"
}

# ---- Talking

# say TEXT: one line for the operator, and for the log.
say() {
    printf '[%3d%%] %s: %s\n' "$percent" "$step" "$*"
    log "$step: $*"
}

log() {
    [ -z "$log_file" ] || printf '%s\n' "$*" >>"$log_file"
}

warn() {
    printf 'panel.sh: %s: %s\n' "$step" "$*" >&2
    log "$step: $*"
}

# die TEXT: the first real failure ends the run; `close` tells the web page which step it was.
die() {
    warn "$*"
    exit 1
}

# later TEXT: a failure that need not keep the rest from coming up; the run still ends non-zero.
later() {
    warn "$*"
    late="$late $step"
}

misused() {
    printf 'panel.sh: %s\nTry: sh panel.sh --help\n' "$*" >&2
    exit 2
}

# will TEXT: the gate before every change of the host. In a dry run it only says what would be done.
will() {
    if [ -n "$dry" ]; then
        say "would $*"
        return 1
    fi
    say "$*"
}

# run COMMAND…: what it says goes to the log, and its last lines are shown when it fails.
run() {
    log "+ $*"
    code=0
    "$@" >"$work/said" 2>&1 </dev/null 9>&- || code=$?
    [ -z "$log_file" ] || [ ! -s "$work/said" ] || cat "$work/said" >>"$log_file"
    [ "$code" -eq 0 ] || tail -n 12 "$work/said" >&2
    return "$code"
}

# must COMMAND…: without it there is no going on.
must() { run "$@" || die "\`$*\` failed"; }

# begin STEP: moves the progress on.
begin() {
    step=$1
    percent=$((steps_done * 100 / steps_total))
    steps_done=$((steps_done + 1))
    log "--- $(date '+%Y-%m-%d %H:%M:%S') $step"
    publish 0 success
}

# publish CODE MESSAGE: progress.json for the web page; whole or not at all, so it is valid at any moment.
publish() {
    [ "$order" = install ] && [ -z "$dry" ] || return 0
    make_parents '' "$DATA/h5/progress.json"
    printf '{"code":%d,"message":"%s","data":{"installType":"%s","progress":%d}}\n' "$1" "$2" "$step" "$percent" \
        >"$root$DATA/h5/.progress.json~"
    mv -f -- "$root$DATA/h5/.progress.json~" "$root$DATA/h5/progress.json"
}

# close: the last act of every run, however it ends.
close() {
    code=$?
    trap - EXIT
    if [ "$code" -ne 0 ] && [ -n "$log_file" ]; then
        (publish 1 "$step error") || :
        printf 'panel.sh: %s failed in step %s; more is in %s\n' "$order" "$step" "${log_file#"$root"}" >&2
    fi
    [ -z "$work" ] || rm -rf -- "$work"
    exit "$code"
}

# ---- Reading the plan

# each PLAN VERB: the rows of the chosen components, component after component.
each() {
    for each_component in $components; do
        "plan_$1" only "$each_component" "$2"
    done
}

# only COMPONENT VERB ROW…: lets the rows of one component through.
only() {
    if [ "$1" = "$3" ]; then
        shift
        "$@"
    fi
}

# listed PLAN PATH: does any row of a plan end with this path?
listed() {
    row_found=''
    "plan_$1" ends_with "$2"
    [ -n "$row_found" ]
}

ends_with() {
    sought=$1
    for last_word; do :; done
    [ "$sought" != "$last_word" ] || row_found=yes
}

chosen() { has_word "$1" "$components"; }

has_word() {
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

without() {
    for word in $2; do [ "$word" = "$1" ] || printf '%s ' "$word"; done
}

has_line() { grep -qxF -e "$1" -- "$2" 2>/dev/null; }

# ---- The record: what stands on this host because of us. One line each, COMPONENT TYPE DETAIL SUBJECT with tabs
# between, written before the deed, so that a run cut short can be taken back whole.

# record COMPONENT TYPE DETAIL SUBJECT
record() {
    see "$2" "$4"
    case $book in *"$newline$1$tab$2$tab$3$tab$4$newline"*) return 0 ;; esac
    case $book in *"$tab$4$newline"*) forget "$1" "$2" "$4" ;; esac
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$records"
    book=$book$1$tab$2$tab$3$tab$4$newline
}

# see TYPE SUBJECT: this bundle has it, so it is not stale.
see() { printf '%s\t%s\n' "$1" "$2" >>"$seen"; }

# forget COMPONENT TYPE SUBJECT: a file or a unit has one owner, a secret or a network may have two.
forget() {
    awk -F '\t' -v component="$1" -v type="$2" -v subject="$3" '
        !($2 == type && $4 == subject && ($1 == component || type !~ /^(network|containers|secret)$/))
    ' "$records" >"$records.new"
    mv -f -- "$records.new" "$records"
    read_record
}

# read_record: `book` is the record at hand, to look things up without a program.
read_record() { book=$newline$(cat -- "$records")$newline; }

# recorded TYPE SUBJECT [DETAIL]
recorded() {
    awk -F '\t' -v type="$1" -v subject="$2" -v detail="${3-*}" '
        $2 == type && $4 == subject && (detail == "*" || $3 == detail) { found = 1 }
        END { exit !found }
    ' "$records"
}

# stale COMPONENTS TYPE…: what an earlier bundle put here and this one has no more, newest first.
stale() {
    stale_of=$1
    shift
    awk -F '\t' -v of=" $stale_of " -v types=" $* " '
        FNR == NR { seen[$1, $2]; next }
        index(of, " " $1 " ") && index(types, " " $2 " ") && !(($2, $4) in seen)
    ' "$seen" "$records" | tac
}

# retire COMPONENTS TYPE…: takes the stale back.
retire() {
    stale "$@" >"$work/stale"
    undo_lines "$work/stale"
}

# unwind COMPONENTS TYPES…: the same, the last component first, and in it one group of types after the other.
unwind() {
    unwind_of=$1
    shift
    [ -n "$(stale "$unwind_of" "$@")" ] || return 0
    for unwound in $(reversed "$unwind_of"); do
        for types; do retire "$unwound" "$types"; done
    done
}

reversed() {
    backwards=''
    for word in $1; do backwards="$word $backwards"; done
    printf '%s\n' "$backwards"
}

# ---- What must follow a change. Noted before the change, dropped after the deed: the next run completes a run cut short.

# pend ON-CHANGE PATH
pend() {
    case $2 in */"${ISSUE_UNIT:--}") ! recorded file "$2" || note issue ;; esac # as for another ACME server
    pend_rest=$1,
    while [ -n "$pend_rest" ]; do
        pend_deed=${pend_rest%%,*}
        pend_rest=${pend_rest#*,}
        case ${pend_deed# } in
        none) ;;
        daemon-reload) note daemon-reload ;;
        'sysctl --system') note "sysctl $2" ;;
        'restart systemd-modules-load') note "modules $2" ;;
        'restart '* | 'reload '*)
            pend_deed=${pend_deed# }
            note "${pend_deed%% *} $(unit_of "${pend_deed#* }")"
            ;;
        *) die "the plan asks for \`$pend_deed\` after a change of $2, which this program does not know" ;;
        esac
    done
}

note() {
    has_line "$1" "$pending" || printf '%s\n' "$1" >>"$pending"
}

due() { [ -s "$pending" ] && has_line "$1" "$pending"; }

settled() {
    due "$1" || return 0
    grep -vxF -e "$1" -- "$pending" >"$pending.new" || :
    mv -f -- "$pending.new" "$pending"
}

unit_of() {
    case $1 in
    *.service | *.timer | *.socket | *.path | *.target) printf '%s\n' "$1" ;;
    *) printf '%s.service\n' "$1" ;;
    esac
}

# ---- Files

# place COMPONENT MODE OWNER SHA256 TYPE ON-CHANGE PATH
place() {
    case $5 in
    directory)
        record "$1" directory "$6" "$7"
        place_directory "$@"
        ;;
    file)
        ! left_out "$@" || return 0
        as_planned "$@" || place_file "$@"
        record "$1" file "$6" "$7"
        ;;
    *) die "the plan calls $7 a $5" ;;
    esac
}

# left_out ROW: a secret that did not come along, as through user-data; then it is made here.
left_out() {
    [ "$4" = - ] && listed secrets "$7" && ! brought "$7"
}

brought() {
    unpack_files
    [ -f "$files$1" ]
}

place_directory() {
    has_rights "$root$7" "$2" "$3" && [ -d "$root$7" ] && return 0
    will "make $7/ ($2 $3)" || return 0
    make_parents "$1" "$7"
    [ -d "$root$7" ] || must mkdir -m 0700 -- "$root$7"
    give "$root$7" "$2" "$3"
}

# as_planned ROW: is this file there, with its content and its rights?
as_planned() {
    [ -f "$root$7" ] && [ ! -L "$root$7" ] && has_rights "$root$7" "$2" "$3" || return 1
    if [ "$4" = - ]; then
        unpack_files
        cmp -s -- "$files$7" "$root$7"
    else
        [ "$(sum_of "$root$7")" = "$4" ]
    fi
}

place_file() {
    will "write $7" || {
        pend "$6" "$7"
        return 0
    }
    unpack_files
    [ "$4" = - ] || [ "$(sum_of "$files$7")" = "$4" ] ||
        die "root$7 is not the file this panel.sh belongs to; render the bundle again"
    save_foreign file "$7"
    pend "$6" "$7"
    record "$1" file "$6" "$7"
    make_parents "$1" "$7"
    swap_in "$files$7" "$2" "$3" "$7"
}

# swap_in SOURCE MODE OWNER PATH: the file has its rights before it has its name, and is whole or not there.
swap_in() {
    name_fresh "$4"
    rm -f -- "$fresh"
    (umask 077 && must cp -- "$1" "$fresh") || exit 1
    give "$fresh" "$2" "$3"
    must mv -fT -- "$fresh" "$root$4"
}

# name_fresh PATH: `fresh` lies beside the path; no `*.conf`, no include of nginx and no runner of hooks picks it up.
name_fresh() { fresh=$root${1%/*}/.${1##*/}.panel~; }

# give PATH MODE OWNER: OWNER - is whoever runs this; the owner comes first, chown takes setuid away.
give() {
    [ "$3" = - ] || must chown "$3" "$1"
    must chmod "$2" "$1"
    if command -v restorecon >/dev/null; then restorecon "$1" >/dev/null 2>&1 || :; fi
}

# is_there PATH: a link that leads nowhere is there too.
is_there() { [ -e "$root$1" ] || [ -L "$root$1" ]; }

has_rights() {
    [ "$(stat -c '%a %U:%G' -- "$1" 2>/dev/null)" = "${2#0} $3" ]
}

sum_of() {
    sum_line=$(sha256sum 2>/dev/null <"$1") || return 0
    printf '%s\n' "${sum_line%% *}"
}

# make_parents COMPONENT PATH: the folders above a path; those we make we take back if they are empty then.
make_parents() {
    [ -n "${2%/*}" ] && [ ! -d "$root${2%/*}" ] || return 0
    make_parents "$1" "${2%/*}"
    [ -z "$1" ] || record "$1" made - "${2%/*}"
    must mkdir -- "$root${2%/*}"
}

# save_foreign TYPE PATH: somebody else's file at a path of ours comes back at uninstall.
save_foreign() {
    is_there "$2" || return 0
    ! recorded "$1" "$2" || return 0
    if head -n 3 -- "$root$2" 2>/dev/null | grep -q panelgen; then return 0; fi
    say "keep the $2 found here, to put it back at uninstall"
    keep_aside "$2" cp -a
}

# keep_aside PATH COMMAND…: copies or moves a path to the state directory.
keep_aside() {
    kept_path=$1
    shift
    must mkdir -p -- "$state/aside${kept_path%/*}"
    must rm -rf -- "$state/aside$kept_path"
    must "$@" -T -- "$root$kept_path" "$state/aside$kept_path"
}

put_back() {
    [ -e "$state/aside$1" ] || [ -L "$state/aside$1" ] || return 0
    ! is_there "$1" || return 0
    will "put $1 back" || return 0
    must mv -fT -- "$state/aside$1" "$root$1"
}

# unpack_files: `files` becomes the folder of the rendered files: root/ beside this script, or the archive at its end.
unpack_files() {
    [ -z "$files" ] || return 0
    case $0 in */*) home=${0%/*} ;; *) home=. ;; esac
    if grep -q '^#--- payload$' "$0" 2>/dev/null; then
        sed -e '1,/^#--- payload$/d' -e 's/^#//' "$0" | base64 -d >"$work/payload" &&
            tar -xf "$work/payload" -C "$work" || die "the archive at the end of $0 cannot be read"
        files=$work/root
    elif [ -f "$home/panel.sh" ] && [ -d "$home/root" ]; then
        files=$home/root
    else
        die "the rendered files are not here: root/ must lie beside panel.sh, and panel.sh must be run by its name"
    fi
}

# ---- Packages and accounts

add_packages() {
    missing=''
    each packages miss_package
    [ -n "$missing" ] || return 0
    will "install$missing" || return 0
    "add_by_$MANAGER" || die "the package manager could not install$missing"
}

miss_package() {
    has_word "$2" "$missing" || has_package "$2" || missing="$missing $2"
}

has_package() {
    case $MANAGER in
    apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf) rpm -q --quiet "$1" 2>/dev/null ;;
    *) die "\`$MANAGER\` is no package manager this program knows" ;;
    esac
}

# Debian: nobody is asked, no other service is restarted, edited configuration stays, a first boot's own apt is waited for.
add_by_apt() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    export DEBIAN_FRONTEND NEEDRESTART_SUSPEND
    run dpkg --force-confdef --force-confold --configure -a || : # for an install that was cut short
    waited=0
    until run apt-get -q update; do
        if ! grep -q 'Could not get lock' "$work/said" || [ "$waited" -ge 300 ]; then
            say "the package lists could not be refreshed; going on with those at hand"
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

# Red Hat: EPEL must be there before what comes from it; its minimal curl gives way to the whole one.
add_by_dnf() {
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

# add_account COMPONENT USER HOME SHELL
add_account() {
    getent passwd "$2" >/dev/null && return 0
    will "make the account $2" || return 0
    record "$1" account - "$2"
    must useradd --system --user-group --create-home --home-dir "$3" --shell "$4" "$2"
}

# make_secret COMPONENT MODE OWNER ON-CHANGE PATH: never printed, never on a command line, kept once it is there.
make_secret() {
    if listed files "$5" && brought "$5"; then return 0; fi
    ! recorded file "$5" || forget "$1" file "$5" # an earlier bundle may have brought it
    record "$1" secret - "$5"
    if [ -s "$root$5" ]; then
        has_rights "$root$5" "$2" "$3" && return 0
        will "give $5 its rights ($2 $3)" || return 0
        give "$root$5" "$2" "$3"
        return 0
    fi
    will "make a secret in $5" || return 0
    plan_secrets pend_reader "$5"
    make_parents "$1" "$5"
    (umask 077 && head -c 2048 /dev/urandom | tr -dc 'A-HJ-NP-Za-kmnp-z2-9' | head -c 24 >"$work/secret")
    [ "$(wc -c <"$work/secret")" -eq 24 ] || die "/dev/urandom gave too little"
    swap_in "$work/secret" "$2" "$3" "$5"
    rm -f -- "$work/secret"
}

# pend_reader PATH ROW: a secret may be in the plans of several who read it.
pend_reader() { [ "$1" != "$6" ] || pend "$5" "$6"; }

# ---- nginx

# The candidate takes the place of the old files, is tried, and leaves again when nginx refuses it: what nginx has in
# memory serves all the while. The first certificate is a throw-away one, so nginx never waits for an ACME server.
serve() {
    begin nginx
    if [ -z "$dry" ] && [ -f "$before/list" ]; then restore_before; fi
    if [ "$ACME" = none ] && [ -n "$CERTIFICATE" ] && ! own_certificate; then
        later "$CERTIFICATE and $CERTIFICATE_KEY must both be there, nginx cannot serve without; put them there and run this again"
        scope=$(without nginx "$scope") # what is there of nginx stays as it is
        return 0
    fi
    make_placeholder
    [ "$ACME" = none ] || link_certificate
    plan_files only nginx keep_before
    plan_aside only nginx step_aside
    plan_files only nginx place
    retire nginx file aside
    try_candidate
    open_firewalld nginx public service http
    open_firewalld nginx public service https
    allow_upstreams
    reload_units
    plan_units only nginx bring_up
}

own_certificate() { [ -s "$root$CERTIFICATE" ] && [ -s "$root$CERTIFICATE_KEY" ]; }

make_placeholder() {
    record nginx tree - "$tls"
    [ -s "$root$tls/placeholder/fullchain.pem" ] && [ -s "$root$tls/placeholder/privkey.pem" ] && return 0
    will "make a throw-away certificate, to serve with until there is a real one" || return 0
    make_parents nginx "$tls/placeholder/fullchain.pem"
    (umask 077 && must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj /CN=placeholder.invalid -keyout "$work/privkey.pem" -out "$work/fullchain.pem") || exit 1
    rm -f -- "$root$tls/placeholder/fullchain.pem" # so that a run cut short never leaves a pair that does not match
    swap_in "$work/privkey.pem" 0600 - "$tls/placeholder/privkey.pem"
    swap_in "$work/fullchain.pem" 0644 - "$tls/placeholder/fullchain.pem"
}

# link_certificate: a pair of links that leads nowhere leads to the placeholder.
link_certificate() {
    [ -s "$root$tls/$DOMAIN/fullchain.pem" ] && [ -s "$root$tls/$DOMAIN/privkey.pem" ] && return 0
    will "let $tls/$DOMAIN/ lead to the throw-away certificate" || return 0
    note 'reload nginx.service'
    make_parents nginx "$tls/$DOMAIN/fullchain.pem"
    for name in privkey fullchain; do
        relink "../placeholder/$name.pem" "$tls/$DOMAIN/$name.pem"
    done
}

# relink TARGET LINK: a link changes in one step, never away in between.
relink() {
    name_fresh "$2"
    rm -f -- "$fresh"
    must ln -s -- "$1" "$fresh"
    must mv -fT -- "$fresh" "$root$2"
}

# keep_before ROW: a file that is about to change stays at hand until nginx has accepted its successor.
keep_before() {
    [ "$5" = directory ] || as_planned "$@" || keep "$7"
}

# keep PATH
keep() {
    [ -z "$dry" ] || return 0
    if [ ! -d "$before" ]; then
        (umask 077 && must mkdir -- "$before") || exit 1
        must cp -- "$records" "$before/installed"
        : >"$before/list"
    fi
    kept=$(($(wc -l <"$before/list") + 1))
    ! is_there "$1" || must cp -a -T -- "$root$1" "$before/$kept"
    printf '%s\t%s\n' "$kept" "$1" >>"$before/list"
}

restore_before() {
    say "put nginx's files of before back"
    while IFS=$tab read -r kept path <&4; do
        if [ -e "$before/$kept" ] || [ -L "$before/$kept" ]; then
            name_fresh "$path"
            must cp -a -T -- "$before/$kept" "$fresh"
            must mv -fT -- "$fresh" "$root$path"
        else
            rm -f -- "$root$path"
        fi
    done 4<"$before/list"
    cp -- "$before/installed" "$records"
    read_record
    rm -rf -- "$before"
}

try_candidate() {
    [ -z "$dry" ] || return 0
    due 'reload nginx.service' || [ -d "$before" ] || return 0
    if run nginx -t; then
        rm -rf -- "$before"
        return 0
    fi
    [ ! -f "$before/list" ] || restore_before
    die "nginx refuses the new configuration (its reason is above); the one of before is back and serves on"
}

# step_aside COMPONENT KIND SUBJECT
step_aside() {
    see aside "$3"
    if [ "$2" = unit ]; then
        if ! systemctl is-enabled --quiet "$3" 2>/dev/null && ! systemctl is-active --quiet "$3"; then return 0; fi
        will "switch $3 off, ours takes its place" || return 0
        record "$1" aside unit "$3"
        must systemctl disable --now "$3"
    elif is_there "$3"; then
        will "move $3 aside" || return 0
        [ "$1" != nginx ] || keep "$3"
        pend 'reload nginx' "$3"
        record "$1" aside path "$3"
        keep_aside "$3" mv
    fi
}

# ---- The certificate

# certify: the running nginx answers the challenge. A failure here is told at the end, and mended by another run.
certify() {
    begin certificate
    [ "$ACME" != none ] || return 0
    if chosen certbot && { due issue || ! good_certificate; }; then issue; fi
    [ -x "$root$DEPLOY_HOOK" ] && [ -d "$root$tls/$DOMAIN" ] && ! is_live && good_certificate || return 0
    go_live
}

issue() {
    will "ask for a certificate for $NAMES" || return 0
    record certbot certificate - "$DOMAIN"
    if run systemctl start "$ISSUE_UNIT"; then
        settled issue
        return 0
    fi
    show_journal "$ISSUE_UNIT"
    later "no certificate yet: does $DOMAIN lead here, and can the ACME server be reached? Then run this again"
}

is_live() {
    case $(readlink -- "$root$tls/$DOMAIN/fullchain.pem") in '' | */placeholder/*) return 1 ;; esac
}

# go_live: the same hook that every renewal runs leads nginx to the certificate.
go_live() {
    will "let nginx serve the certificate of $DOMAIN" || return 0
    run env RENEWED_LINEAGE="/etc/letsencrypt/live/$DOMAIN" RENEWED_DOMAINS="$NAMES" "$root$DEPLOY_HOOK" && is_live ||
        later "$DEPLOY_HOOK could not lead nginx to the certificate"
}

# good_certificate: there, not run out, and for exactly the names we are to serve.
good_certificate() {
    certificate=$root/etc/letsencrypt/live/$DOMAIN/fullchain.pem
    [ -s "$certificate" ] && openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null 2>&1 || return 1
    openssl x509 -in "$certificate" -noout -ext subjectAltName 2>/dev/null |
        tr -d ' ' | tr , '\n' | sed -n 's/^DNS://p' | sort >"$work/names"
    for name in $NAMES; do printf '%s\n' "$name"; done | sort | cmp -s - "$work/names"
}

# ---- Programs

# add_program COMPONENT NAME VERSION KIND SHA256 SUM-URL URL DEST ON-CHANGE
add_program() {
    case $4 in bin) tree=$8/$2 ;; *) tree=$8 ;; esac
    id=$2/$3/$5
    if recorded tree "$tree" "$id" && [ -e "$root$tree" ]; then
        see tree "$tree"
        return 0
    fi
    will "fetch $2 $3" || {
        record "$1" tree "$id" "$tree"
        pend "$9" "$tree"
        return 0
    }
    obtain "$2" "$3" "$5" "$6" "$7"
    say "unpack $2 $3 to $tree"
    record "$1" tree unfinished "$tree" # the id is written when the program is whole
    make_parents "$1" "$tree"
    pend "$9" "$tree"
    name_fresh "$tree"
    rm -rf -- "$fresh"
    case $4 in
    bin)
        must cp -- "$archive" "$fresh"
        give "$fresh" 0755 -
        ;;
    tar:* | into:*)
        must mkdir -- "$fresh"
        must tar -xf "$archive" -C "$fresh" --no-same-owner --no-same-permissions --strip-components="${4#*:}"
        ;;
    *) die "the plan calls $2 a $4" ;;
    esac
    sync # the name must not reach the disk before the content
    case $4 in into:*) blend "$1" "$tree" ;; *) exchange "$tree" ;; esac
    if command -v restorecon >/dev/null; then restorecon -R "$root$tree" >/dev/null 2>&1 || :; fi
    record "$1" tree "$id" "$tree"
    find "$cache" -name "$2-*" ! -name "${archive##*/}" -exec rm -f -- {} + # earlier versions
}

exchange() {
    rm -rf -- "$fresh.old"
    [ ! -e "$root$1" ] || must mv -fT -- "$root$1" "$fresh.old"
    must mv -fT -- "$fresh" "$root$1"
    rm -rf -- "$fresh.old"
}

# blend COMPONENT DEST: the archive may bring files at paths of ours; ours win.
blend() {
    must mkdir -p -- "$root$2"
    must cp -a --remove-destination -- "$fresh/." "$root$2/"
    rm -rf -- "$fresh"
    plan_files only "$1" place
}

# obtain NAME VERSION SHA256 SUM-URL URL: `archive` becomes a local file whose sum is the promised one.
obtain() {
    base=${5##*/}
    archive=$cache/$1-$2-$base
    must mkdir -p -- "$cache"
    must chmod 0700 "$cache"
    expected=$3
    [ "$3" != - ] || expect "$1" "$base" "$4"
    [ "$(sum_of "$archive")" != "$expected" ] || return 0
    rm -f -- "$archive"
    if [ "$(sum_of "$archive.part")" != "$expected" ]; then
        bring "$5" "$archive.part"
        # What was resumed may have begun as another file: that earns one attempt from the start.
        if [ -n "$resumed" ] && [ "$(sum_of "$archive.part")" != "$expected" ]; then
            rm -f -- "$archive.part"
            bring "$5" "$archive.part"
        fi
    fi
    found=$(sum_of "$archive.part")
    if [ "$found" != "$expected" ]; then
        rm -f -- "$archive.part"
        die "refused: $5 has the sha256 $found, expected was $expected; nothing of $1 was installed"
    fi
    must mv -fT -- "$archive.part" "$archive"
}

# expect NAME BASE SUM-URL: the sum that upstream publishes beside the file, for want of one in the lock.
expect() {
    [ "$3" != - ] || die "refused: no checksum is known for $1, neither in the bundle nor beside the download"
    rm -f -- "$archive.sum"
    bring "$3" "$archive.sum"
    expected=$(awk -v name="$2" '
        { sub(/^[*]/, "", $2); sub(/.*\//, "", $2) }
        length($1) == 64 && $1 !~ /[^0-9a-f]/ && (NF == 1 || $2 == name) { print $1; exit }' "$archive.sum")
    [ -n "$expected" ] || die "refused: $3 has no sha256 of $2"
}

# bring URL FILE: from --assets or the network; `resumed` tells whether FILE had a beginning already.
bring() {
    resumed=''
    if [ -n "$assets" ]; then
        [ -f "$assets/${1##*/}" ] || die "$assets has no ${1##*/}"
        must cp -- "$assets/${1##*/}" "$2"
        return 0
    fi
    [ ! -s "$2" ] || resumed=yes
    fetch "$1" "$2" && return 0
    case $resumed$code in
    yes22 | yes33 | yes36) ;; # the server cannot, or need not, go on from there
    *) die "cannot download $1" ;;
    esac
    rm -f -- "$2"
    resumed=''
    fetch "$1" "$2" || die "cannot download $1"
}

# fetch URL FILE: https stays https through every redirect; plain http only from a mirror that the operator named so.
fetch() {
    case $1 in
    https://*) schemes='=https' ;;
    http://*) schemes='=http,https' ;;
    *) die "$1 is neither https nor http" ;;
    esac
    run curl -q --fail --silent --show-error --location --proto "$schemes" --connect-timeout 30 --retry 3 \
        --speed-limit 1024 --speed-time 60 --continue-at - --output "$2" --url "$1"
}

# add_link COMPONENT LINK TARGET
add_link() {
    case $2 in
    */)
        [ -d "$root$3" ] || [ -n "$dry" ] || die "$3 is not there to link to"
        [ -d "$root$3" ] || {
            unsure=yes
            will "link the programs of $3 into $2" || return 0
        }
        find "$root$3" -mindepth 1 -maxdepth 1 -type f -perm -0100 | sort >"$work/programs"
        while IFS= read -r program <&4; do
            point "$1" "$2${program##*/}" "${3%/}/${program##*/}"
        done 4<"$work/programs"
        ;;
    *) point "$1" "$2" "$3" ;;
    esac
}

point() {
    if [ "$(readlink -- "$root$2")" != "$3" ]; then make_link "$@"; fi
    record "$1" link "$3" "$2"
}

make_link() {
    will "link $2 to $3" || return 0
    save_foreign link "$2"
    record "$1" link "$3" "$2"
    make_parents "$1" "$2"
    relink "$3" "$2"
}

# ---- Units

# bring_up COMPONENT UNIT WANTED SECONDS PROBE: restarts only what read something that changed.
bring_up() {
    [ "$3" != called ] || return 0
    if ! systemctl is-enabled --quiet "$2" 2>/dev/null && will "enable $2"; then
        must systemctl enable "$2"
    fi
    bring_verb=''
    if ! systemctl is-active --quiet "$2"; then
        bring_verb=start
    elif due "restart $2"; then
        bring_verb=restart
    elif due "reload $2"; then
        bring_verb=reload
    fi
    if [ -n "$bring_verb" ] && will "$bring_verb $2"; then
        run systemctl "$bring_verb" "$2" || fallen "$2" "cannot $bring_verb $2"
        wait_up "$2" "$4" "$5"
    fi
    settled "restart $2"
    settled "reload $2"
}

# wait_up UNIT SECONDS PROBE: polls. A unit without a probe must be seen active twice, a second apart: one that falls
# over at once and waits for its restart does not pass.
wait_up() {
    waited=0
    until is_up "$1" "$3"; do
        ! systemctl is-failed --quiet "$1" || fallen "$1" "$1 has failed"
        [ "$waited" -lt "$2" ] || fallen "$1" "$1 is not up after $2 seconds"
        sleep 1
        waited=$((waited + 1))
    done
}

is_up() {
    systemctl is-active --quiet "$1" || return 1
    if [ "$2" = - ]; then
        sleep 1
        systemctl is-active --quiet "$1"
    else
        answers "$2"
    fi
}

# answers URL: at this host, whatever the name leads to. Over http the answer must be a good one; over https any answer
# will do, since the certificate may be the throw-away one and the page behind it another unit's affair.
answers() {
    case $1 in https:*) set -- "$1" --insecure ;; *) set -- "$1" --fail ;; esac
    curl -q --silent --noproxy '*' --max-time 5 --connect-to ::127.0.0.1: --output /dev/null "$2" --url "$1" 2>/dev/null
}

fallen() {
    show_journal "$1"
    die "$2"
}

show_journal() {
    run journalctl -u "$1" -n 20 --no-pager -o cat || return 0
    cat -- "$work/said" >&2
}

reload_units() {
    due daemon-reload || return 0
    if will "let systemd read its units again"; then must systemctl daemon-reload; fi
    settled daemon-reload
}

# set_kernel: our own files only; what others want of the kernel is theirs to apply.
set_kernel() {
    grep -E '^(sysctl|modules) ' "$pending" >"$work/kernel" || return 0
    while read -r kind path <&4; do
        if will "apply $path"; then "apply_$kind" "$root$path"; fi
        settled "$kind $path"
    done 4<"$work/kernel"
}

apply_sysctl() { must sysctl -q -p "$1"; }

# A module that cannot be loaded may be built in, or belong to the host of this container.
apply_modules() {
    grep -v '^[#;]' "$1" | while read -r module; do
        [ -z "$module" ] || run modprobe -q "$module" || say "the module $module could not be loaded; going on without"
    done
}

# settle_rest: what readers outside the chosen components, or earlier runs cut short, still wait for.
settle_rest() {
    grep -E '^(restart|reload) ' "$pending" >"$work/rest" || return 0
    while read -r verb unit <&4; do
        if systemctl is-active --quiet "$unit" && will "$verb $unit"; then must systemctl "$verb" "$unit"; fi
        settled "$verb $unit"
    done 4<"$work/rest"
}

# load_image COMPONENT NAMESPACE REFERENCE: archives come with --assets; without them the images are pulled as usual.
load_image() {
    [ -n "$assets" ] && [ -d "$assets/images" ] || return 0
    ! has_image "$2" "$3" || return 0
    if ! has_word "$2" "$imported"; then
        imported="$imported $2"
        find "$assets/images" -type f -name '*.tar*' | sort >"$work/images"
        while IFS= read -r image <&4; do
            will "import ${image##*/} into $2" || continue
            must ctr -n "$2" images import "$image"
        done 4<"$work/images"
    fi
    [ -n "$dry" ] || has_image "$2" "$3" || say "$3 is not among the archives; it will be pulled"
}

has_image() {
    ctr -n "$1" images ls -q 2>/dev/null | grep -qxF -e "$2"
}

# ---- What Red Hat's family locks by itself

# open_firewalld COMPONENT ZONE KIND NAME
open_firewalld() {
    see firewalld "$3=$4"
    firewalld_runs || return 0
    ! firewall-cmd --quiet --permanent --zone="$2" "--query-$3=$4" || return 0
    will "let firewalld open $3 $4 in zone $2" || return 0
    record "$1" firewalld "$2" "$3=$4"
    must firewall-cmd --permanent --zone="$2" "--add-$3=$4"
    must firewall-cmd --zone="$2" "--add-$3=$4"
}

firewalld_runs() {
    command -v firewall-cmd >/dev/null && firewall-cmd --quiet --state 2>/dev/null
}

# allow_upstreams: SELinux lets nginx connect to its upstreams.
allow_upstreams() {
    command -v getsebool >/dev/null || return 0
    case $(getsebool httpd_can_network_connect 2>/dev/null) in *off) ;; *) return 0 ;; esac
    will "set the SELinux boolean httpd_can_network_connect" || return 0
    must setsebool -P httpd_can_network_connect 1
}

# trust_bridge COMPONENT BRIDGE NETWORK PREFIX
trust_bridge() {
    open_firewalld "$1" trusted interface "$2"
}

# ---- Install

# The order: nginx comes up before anything that can fail far away, and asks for its certificate when all else stands.
install_panel() {
    count_steps
    for component in $components; do record "$component" component - "$component"; done # their order, for the way back
    begin packages
    add_packages
    begin accounts
    each accounts add_account
    note_rows
    unwind "$scope" unit containers 'network table'
    if chosen nginx; then serve; fi
    begin files
    for component in $components; do
        [ "$component" = nginx ] || plan_files only "$component" place
    done
    each secrets make_secret
    retire "$scope" file directory
    set_kernel
    begin programs
    each downloads add_program
    each links add_link
    [ -n "$unsure" ] || retire "$scope" link # a dry run does not know what an archive holds
    reload_units
    for component in $components; do
        [ "$component" = nginx ] || start_component "$component"
    done
    certify
    retire "$scope" aside firewalld
    settle_rest
    retire "$scope" tree component
    finish
}

count_steps() {
    steps_total=5
    for component in $components; do steps_total=$((steps_total + 1)); done
}

# note_rows: what exists only while it runs is recorded here, what is kept until --purge too.
note_rows() {
    each units note_unit
    each containers note_container
    each networks note_network
    each tables note_table
    each data note_data
}
note_unit() { record "$1" unit "$3" "$2"; }
note_container() { record "$1" containers "$2" "$2/$3"; }
note_network() { record "$1" network "$3/$4" "$2"; }
note_table() { record "$1" table "$2" "$3"; }
note_data() { record "$1" data - "$2"; }

start_component() {
    begin "$1"
    plan_aside only "$1" step_aside
    plan_networks only "$1" trust_bridge
    plan_images only "$1" load_image
    plan_units only "$1" bring_up
}

finish() {
    if [ -n "$late" ]; then
        step=${late# }
        step=${step%% *}
        warn "everything else is in place; to complete it, mend the above and run: sh panel.sh install"
        exit 1
    fi
    step=panel percent=100
    publish 0 success
    if [ -n "$dry" ]; then
        say "nothing was changed"
        return 0
    fi
    say "done"
    each doors show_door
}

# show_door COMPONENT TITLE URL USER SECRET: the path of the secret, never the secret.
show_door() {
    case $4$5 in
    --) printf '\n%s: %s\n' "$2" "$3" ;;
    -*) printf '\n%s: %s\n  the password is in %s (readable by root)\n' "$2" "$3" "$5" ;;
    *) printf '\n%s: %s\n  the user is %s, the password is in %s (readable by root)\n' "$2" "$3" "$4" "$5" ;;
    esac
}

# ---- Status

show_status() {
    bad=0
    for component in $components; do
        if ! is_installed "$component"; then
            tell no "$component" "not installed"
            continue
        fi
        plan_files only "$component" check_file
        plan_downloads only "$component" check_program
        check_links "$component"
        plan_secrets only "$component" check_secret
        plan_units only "$component" check_unit
        case $component$ACME in certbot* | nginxnone) check_certificate ;; esac
    done
    ! grep -qvx issue "$pending" || tell no panel "an install was cut short; run it again"
    return "$bad"
}

# tell yes|no COMPONENT TEXT
tell() {
    case $1 in yes) verdict=ok ;; *) verdict=BAD bad=1 ;; esac
    printf '%-4s %-12s %s\n' "$verdict" "$2" "$3"
}

# is_installed COMPONENT: kept secrets and data alone do not make it so.
is_installed() {
    awk -F '\t' -v component="$1" '
        $1 == component && $2 !~ /^(component|data|secret|account|certificate|made)$/ { found = 1 } END { exit !found }' "$records"
}

# in_sight PATH: what lies in root's own folders cannot be judged by others.
in_sight() {
    [ "$(id -u)" -eq 0 ] || [ -r "$root$1" ] || { [ -x "$root${1%/*}" ] && [ ! -e "$root$1" ]; }
}

check_file() {
    if ! in_sight "$7"; then return 0; fi
    case $5 in
    directory) [ -d "$root$7" ] || tell no "$1" "$7/ is missing" ;;
    *)
        if [ ! -e "$root$7" ]; then
            tell no "$1" "$7 is missing"
        elif [ "$4" != - ] && ! as_planned "$@"; then
            tell no "$1" "$7 is not as it was installed"
        fi
        ;;
    esac
}

check_program() {
    case $4 in bin) tree=$8/$2 ;; *) tree=$8 ;; esac
    if [ -e "$root$tree" ] && recorded tree "$tree" "$2/$3/$5"; then
        tell yes "$1" "$2 $3 in $8"
    else
        tell no "$1" "$2 $3 is not in $8"
    fi
}

# check_links COMPONENT: those that were made here; an archive may hold more programs than the plan can name.
check_links() {
    awk -F '\t' -v component="$1" '$1 == component && $2 == "link"' "$records" >"$work/links"
    while IFS=$tab read -r of type target link <&4; do
        [ "$(readlink -- "$root$link")" = "$target" ] || tell no "$of" "the $type $link does not lead to $target"
    done 4<"$work/links"
}

check_secret() {
    if in_sight "$5" && [ ! -s "$root$5" ]; then tell no "$1" "$5 is missing"; fi
}

check_unit() {
    [ "$3" != called ] || return 0
    unit_state=$(systemctl is-active "$2" 2>/dev/null) || :
    if [ "$unit_state" != active ]; then
        tell no "$1" "$2 is ${unit_state:-unknown}"
    elif [ "$5" != - ] && ! answers "$5"; then
        tell no "$1" "$2 is active, but does not answer at $5"
    else
        tell yes "$1" "$2 is active"
    fi
}

# check_certificate: the one that is in nginx's hands.
check_certificate() {
    if [ "$ACME" = none ]; then
        own_certificate || tell no nginx "$CERTIFICATE or $CERTIFICATE_KEY is missing"
    elif ! is_live; then
        tell no certbot "the certificate of $DOMAIN is still the throw-away one; sh panel.sh install asks for it again"
    elif [ "$(id -u)" -eq 0 ] && ! good_certificate; then
        tell no certbot "the certificate of $DOMAIN is missing, has run out, or is not for $NAMES"
    else
        tell yes certbot "the certificate of $DOMAIN is in use"
    fi
}

# ---- Uninstall: the record read backwards

uninstall_panel() {
    count_steps
    for component in $(reversed "$components"); do
        begin "$component"
        unwind "$component" unit
        if [ "$component" = containerd ]; then unwind "$all" containers; fi # without it nobody can end them
        unwind "$component" containers 'network table firewalld link' tree 'file directory' \
            account 'secret data certificate' made aside component
    done
    step=systemd
    reload_units
    step=nginx
    if due 'reload nginx.service'; then settle_nginx; fi
    step=panel percent=100
    if [ -n "$dry" ]; then
        say "nothing was changed"
        return 0
    fi
    leave
    say "done; packages stay installed, and the log is ${log_file#"$root"}"
}

# leave: when nothing of the panel is left, neither does its own book-keeping stay.
leave() {
    for component in $all; do
        ! is_installed "$component" || return 0
    done
    : >"$pending"
    rm -f -- "$root$DATA/h5/progress.json"
    rmdir -- "$root$DATA/h5" 2>/dev/null || :
    [ -s "$records" ] || rm -rf -- "$state"
    [ -z "$purge" ] || rm -rf -- "$cache"
}

# settle_nginx: whatever we took away, nginx is left with a configuration it accepts.
settle_nginx() {
    settled 'reload nginx.service'
    systemctl is-active --quiet nginx.service && will "reload nginx" || return 0
    run nginx -t || die "nginx refuses what is left of its configuration, and serves the old one until it is restarted"
    must systemctl reload nginx.service
}

undo_lines() {
    while IFS=$tab read -r of type detail subject <&3; do
        "undo_$type" "$of" "$detail" "$subject"
        has_word "$type" "$kept_types" || forget "$of" "$type" "$subject"
    done 3<"$1"
}

undo_unit() {
    [ "$2" != shared ] || return 0
    settled "restart $3"
    settled "reload $3"
    case $(systemctl is-active "$3" 2>/dev/null) in
    '' | inactive | failed | unknown) systemctl is-enabled --quiet "$3" 2>/dev/null || return 0 ;;
    *) ;; # waiting for its own restart is not stopped
    esac
    will "stop $3" || return 0
    run systemctl disable --now "$3" || run systemctl stop "$3" || :
    ! systemctl is-active --quiet "$3" || die "$3 does not stop"
    systemctl reset-failed "$3" >/dev/null 2>&1 || :
}

# undo_containers COMPONENT NAMESPACE NAMESPACE/NAME: containerd must run to let go of its tasks; it may do so for a moment.
undo_containers() {
    borrowed=''
    if ! systemctl is-active --quiet containerd.service; then
        [ -n "$(ls -A "$root/run/containerd/io.containerd.runtime.v2.task/$2" 2>/dev/null)" ] || return 0
        will "start containerd.service for a moment" || return 0
        must systemctl start containerd.service
        borrowed=yes
    fi
    for name in $(ctr -n "$2" containers ls -q 2>/dev/null); do
        case ${3#*/} in '*' | "$name") if will "remove the container $2/$name"; then remove_container "$2" "$name"; fi ;; esac
    done
    [ -z "$borrowed" ] || must systemctl stop containerd.service
}

remove_container() {
    waited=0
    while ctr -n "$1" tasks ls -q 2>/dev/null | grep -qxF -e "$2"; do
        [ "$waited" -lt 20 ] || die "the task $1/$2 does not end"
        run ctr -n "$1" tasks kill -s SIGKILL "$2" || :
        sleep 1
        run ctr -n "$1" tasks rm -f "$2" || :
        waited=$((waited + 1))
    done
    must ctr -n "$1" containers rm "$2"
}

# undo_network COMPONENT NETWORK/PREFIX BRIDGE: the bridge, its address leases, and the rules that the plugins made for
# containers which were taken away without asking them.
undo_network() {
    if ip link show "$3" >/dev/null 2>&1 && will "remove the bridge $3"; then
        must ip link delete "$3"
    fi
    [ -z "$dry" ] || return 0
    rm -rf -- "$root/var/run/cni/${2%/*}"
    command -v iptables >/dev/null || return 0
    iptables -w -t nat -S POSTROUTING 2>/dev/null | grep -F -e "${2%/*}" | sed -n 's/.* -j \(CNI-[0-9a-f]*\)$/\1/p' >"$work/chains"
    drop_rules nat POSTROUTING "${2%/*}"
    drop_rules filter CNI-FORWARD " ${2#*/}"
    while read -r chain <&4; do
        iptables -w -t nat -F "$chain" && iptables -w -t nat -X "$chain" || :
    done 4<"$work/chains"
    # The chains that the plugins share go with the last who used them: an operator's rules, and another's, stay.
    [ -z "$(rules_of CNI-FORWARD | grep -v -e '-j CNI-ADMIN$')$(rules_of CNI-ADMIN)" ] || return 0
    drop_rules filter FORWARD ' -j CNI-FORWARD'
    for chain in CNI-FORWARD CNI-ADMIN; do
        iptables -w -F "$chain" 2>/dev/null && iptables -w -X "$chain" || :
    done
}

rules_of() { iptables -w -S "$1" 2>/dev/null | grep '^-A' || :; }

# drop_rules TABLE CHAIN TEXT: by number, from the last: no rule has to be quoted again.
drop_rules() {
    iptables -w -t "$1" -S "$2" 2>/dev/null | grep '^-A' | grep -nF -e "$3" | cut -d : -f 1 | sort -rn |
        while read -r number; do iptables -w -t "$1" -D "$2" "$number" || :; done
}

undo_table() {
    nft list table "$2" "$3" >/dev/null 2>&1 || return 0
    will "remove the nftables table $2 $3" || return 0
    must nft delete table "$2" "$3"
}

undo_firewalld() {
    firewalld_runs || return 0
    will "let firewalld close ${3%%=*} ${3#*=} in zone $2" || return 0
    run firewall-cmd --permanent --zone="$2" "--remove-$3" && run firewall-cmd --zone="$2" "--remove-$3" || :
}

undo_link() {
    if [ "$(readlink -- "$root$3")" = "$2" ] && will "remove $3"; then rm -f -- "$root$3"; fi
    put_back "$3"
}

# undo_file COMPONENT ON-CHANGE PATH: of what must follow, an uninstall needs only the rereading.
undo_file() {
    if [ "$order" = install ]; then
        [ "$1" != nginx ] || keep "$3"
        pend "$2" "$3"
    else
        case $2 in *daemon-reload*) note daemon-reload ;; esac
        case $2 in *'reload nginx'*) note 'reload nginx.service' ;; esac
    fi
    if is_there "$3" && will "remove $3"; then must rm -f -- "$root$3"; fi
    put_back "$3"
}

undo_directory() { [ -n "$dry" ] || rmdir -- "$root$3" 2>/dev/null || :; }

undo_made() { undo_directory "$@"; }

undo_component() { :; }

undo_tree() {
    name_fresh "$3"
    [ -n "$dry" ] || rm -rf -- "$fresh" "$fresh.old"
    [ -e "$root$3" ] && will "remove $3" || return 0
    remove_tree "$3"
    rmdir -- "$root${3%/*}" 2>/dev/null || :
}

# remove_tree PATH: never a folder of the first level, never a way around. A mount point stays, empty.
remove_tree() {
    case $1 in *..* | *//*) die "refused to remove $1" ;; /?*/?*) ;; *) die "refused to remove $1" ;; esac
    rm -rf -- "$root$1" 2>/dev/null || [ -z "$(ls -A -- "$root$1")" ] || die "cannot remove $1"
}

undo_aside() {
    if [ "$2" = unit ]; then
        will "switch $3 on again" || return 0
        run systemctl enable --now "$3" || say "$3 could not be switched on again"
    else
        [ "$1" != nginx ] || note 'reload nginx.service'
        put_back "$3"
    fi
}

undo_account() {
    [ -n "$purge" ] && getent passwd "$3" >/dev/null && will "remove the account $3 with its home" || return 0
    run userdel -r "$3" || ! getent passwd "$3" >/dev/null || die "cannot remove the account $3"
}

# undo_secret COMPONENT - PATH: the last one who reads it takes it along.
undo_secret() {
    [ -n "$purge" ] || return 0
    forget "$1" secret "$3"
    recorded secret "$3" || undo_data "$@"
}

undo_data() {
    [ -n "$purge" ] && [ -e "$root$3" ] && will "remove $3" || return 0
    remove_tree "$3"
}

undo_certificate() {
    [ -n "$purge" ] && will "remove the certificate of $3" || return 0
    run certbot delete --non-interactive --cert-name "$3" || say "certbot could not remove the certificate of $3"
}

# ---- The run

read_words() {
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help)
            usage
            exit 0
            ;;
        -n | --dry-run) dry=yes ;;
        --purge) purge=yes ;;
        --assets)
            [ $# -ge 2 ] || misused "--assets needs a directory"
            assets=$2
            shift
            ;;
        --assets=*) assets=${1#*=} ;;
        -*) misused "there is no option \`$1\`" ;;
        install | status | uninstall) if [ -z "$order" ]; then order=$1; else misused "one command at a time"; fi ;;
        *)
            [ -n "$order" ] || misused "there is no command \`$1\`"
            named="$named $1"
            ;;
        esac
        shift
    done
    [ -n "$order" ] || misused "say install, status or uninstall"
    [ -z "$purge" ] || [ "$order" = uninstall ] || misused "--purge belongs to uninstall"
    [ -z "$assets" ] || [ "$order" = install ] || misused "--assets belongs to install"
    [ -z "$assets" ] || [ -d "$assets" ] || misused "$assets is not a directory"
}

# resolve_scope: no component named means all of them, those of an earlier bundle included. Named ones keep the order
# in which they come up, not the order on the command line.
resolve_scope() {
    all=$COMPONENTS
    recorded_components=$(awk -F '\t' '!seen[$1]++ { print $1 }' "$records")
    for component in $recorded_components; do
        has_word "$component" "$all" || all="$all $component"
    done
    known=$COMPONENTS
    [ "$order" != uninstall ] || known=$all
    for component in $named; do
        has_word "$component" "$known" || misused "this panel has no component \`$component\`; it has: $known"
    done
    for component in $all; do
        has_word "$component" "${named:-$all}" || continue
        scope="$scope $component"
        ! has_word "$component" "$known" || components="$components $component"
    done
}

require_root() {
    [ "$(id -u)" -eq 0 ] || die "$order changes this host and must be run as root (with --dry-run it need not)"
}

require_tools() {
    for tool in systemctl sha256sum stat awk tac tar flock; do
        command -v "$tool" >/dev/null || die "this host has no $tool"
    done
}

# open_state: a dry run works on a copy of the record, so that it can say what the real run would do.
open_state() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/panel.XXXXXX")
    seen=$work/seen
    echo - >"$seen"
    if [ "$order" = status ] || [ -n "$dry" ]; then
        records=$work/installed pending=$work/pending
        : >"$records"
        : >"$pending"
        [ ! -r "$state/installed" ] || cp -- "$state/installed" "$records"
        [ ! -r "$state/pending" ] || cp -- "$state/pending" "$pending"
    else
        open_real_state
    fi
    read_record
    [ -z "$dry" ] || [ "$(id -u)" -eq 0 ] || say "not run by root: what cannot be read counts as missing"
}

open_real_state() {
    require_root
    require_tools
    records=$state/installed pending=$state/pending
    must mkdir -p -- "$state/aside" "$root/run" "$root/var/log"
    must chmod 0700 "$state/aside"
    exec 9>"$root/run/panel.lock"
    flock -n 9 || die "another run of panel.sh is at work"
    : >>"$records"
    : >>"$pending"
    log_file=$root/var/log/panel.log
    (umask 077 && : >>"$log_file")
    chmod 0600 "$log_file"
    log "=== panel.sh $order$named"
}

main() {
    read_words "$@"
    trap close EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    open_state
    resolve_scope
    case $order in
    install) install_panel ;;
    status) show_status ;;
    uninstall)
        [ -n "$purge" ] || kept_types='account secret data certificate'
        uninstall_panel
        ;;
    esac
}

main "$@"
exit $?
