
# ---- Uninstall: networks

# undo_network: the detail is NETWORK/PREFIX, the subject the bridge. Removes the bridge, its address leases, and the rules
# that the CNI plugins made for containers which were removed without calling the plugins.
undo_network() {
    if ip link show "$undo_subject" >/dev/null 2>&1 && confirm_change "remove the bridge $undo_subject"; then
        run_or_die ip link delete "$undo_subject"
    fi
    [ -z "$dry_run" ] || return 0
    network=${undo_detail%/*}
    rm -rf -- "$root/var/run/cni/$network"
    command -v iptables >/dev/null || return 0
    iptables -w -t nat -S POSTROUTING 2>/dev/null | grep -F -e "$network" |
        sed -n 's/.* -j \(CNI-[0-9a-f]*\)$/\1/p' >"$work/chains"
    delete_rules nat POSTROUTING "$network"
    delete_rules filter CNI-FORWARD " ${undo_detail#*/}"
    while read -r chain <&4; do
        iptables -w -t nat -F "$chain" && iptables -w -t nat -X "$chain" || :
    done 4<"$work/chains"
    # The plugins' shared chains are removed only if they hold no rules of the operator or of other networks.
    [ -z "$(rules_of CNI-FORWARD | grep -v -e '-j CNI-ADMIN$')$(rules_of CNI-ADMIN)" ] || return 0
    delete_rules filter FORWARD ' -j CNI-FORWARD'
    for chain in CNI-FORWARD CNI-ADMIN; do
        iptables -w -F "$chain" 2>/dev/null && iptables -w -X "$chain" || :
    done
}

# rules_of CHAIN
rules_of() { iptables -w -S "$1" 2>/dev/null | grep '^-A' || :; }

# delete_rules TABLE CHAIN TEXT: by number, from the last one, so that no rule has to be quoted again.
delete_rules() {
    iptables -w -t "$1" -S "$2" 2>/dev/null | grep '^-A' | grep -nF -e "$3" | cut -d : -f 1 | sort -rn |
        while read -r number; do iptables -w -t "$1" -D "$2" "$number" || :; done
}
