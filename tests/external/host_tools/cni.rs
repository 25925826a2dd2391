//! The real CNI plugins make networks of the rendered list and take them away again.

use super::case::{CASES, Case, distinct};
use super::private_root::PrivateRoot;
use crate::support::tools;

const LIST: &str = "/etc/cni/net.d/10-openfaas.conflist";

/// What faasd 0.19.0 writes over ours at each start: the same bytes, so nothing changes when it does. Before
/// 0.10 the `dataDir` was not there.
const FAASD: &str = r#"
{
    "cniVersion": "0.4.0",
    "name": "openfaas-cni-bridge",
    "plugins": [
      {
        "type": "bridge",
        "bridge": "openfaas0",
        "isGateway": true,
        "ipMasq": true,
        "ipam": {
            "type": "host-local",
            "subnet": "10.62.0.0/16",
            "dataDir": "/var/run/cni",
            "routes": [
                { "dst": "0.0.0.0/0" }
            ]
        }
      },
      {
        "type": "firewall"
      }
    ]
}
"#;

/// Runs the list as libcni does: each plugin in turn gets the list's name and version and the result before it.
const TRAFFIC: &str = r#"
list=/etc/cni/net.d/10-openfaas.conflist
export CNI_PATH=/usr/lib/cni
mkdir -p /var/run/cni /run/netns
cni() { # cni COMMAND NAMESPACE
  result=null
  count=$(jq '.plugins | length' $list)
  order=$(seq 0 $((count - 1)))
  [ "$1" = ADD ] || order=$(seq $((count - 1)) -1 0)
  for index in $order; do
    network=$(jq -c --argjson i "$index" --argjson prev "$result" \
      '.plugins[$i] + {cniVersion, name} + (if $prev == null then {} else {prevResult: $prev} end)' $list)
    type=$(printf %s "$network" | jq -r .type)
    answer=$(printf %s "$network" |
      CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth1 "$CNI_PATH/$type") ||
      { echo "$1 $type: $answer"; exit 1; }
    [ "$1" = DEL ] || result=$answer
  done
  [ "$1" = DEL ] || printf %s "$result" | jq -r '.ips[0].address' | cut -d/ -f1
}
rules() { iptables-save -t nat | grep -c 'openfaas-cni-bridge' || :; }
ip netns add one
ip netns add two
one=$(cni ADD one)
two=$(cni ADD two)
echo "addresses $one $two"
echo "rules with two: $(rules)"
ip netns exec one ping -q -c 1 -W 3 10.62.0.1 >/dev/null && echo "one reaches its gateway"
ip netns exec one ping -q -c 1 -W 3 "$two" >/dev/null && echo "one reaches two"
ip -4 -o address show dev openfaas0 | grep -o 'inet [0-9./]*'
for name in one two two; do cni DEL $name; done
echo "rules with none: $(rules)"
ls /var/run/cni/openfaas-cni-bridge | grep '^10' || echo "no address is taken"
"#;

fn lists() -> Vec<(&'static str, Vec<&'static str>)> {
    let files = CASES.iter().filter_map(|case| Some((case.name.as_str(), case.file(LIST)?)));
    distinct(files).into_iter().collect()
}

#[test]
fn the_list_is_what_faasd_itself_writes() {
    let before = FAASD.replace("            \"dataDir\": \"/var/run/cni\",\n", "");
    for (text, cases) in lists() {
        let case: &Case = CASES.iter().find(|case| case.name == cases[0]).unwrap();
        let old = case.panel.faasd.release.version.as_str().starts_with("0.9.");
        assert_eq!(text, if old { &before } else { FAASD }, "{}", cases.join(", "));
    }
}

#[test]
fn real_plugins_make_the_network_and_leave_nothing_behind() {
    if !tools::all(&["/usr/lib/cni/bridge", "/usr/lib/cni/firewall", "iptables-save", "jq", "ping"]) {
        return;
    }
    for (_, cases) in lists() {
        let case = CASES.iter().find(|case| case.name == cases[0]).unwrap();
        let Some(room) = PrivateRoot::with(case) else { return };
        let said = room.run(TRAFFIC);
        assert!(said.exit == Some(0), "{}: {}{}", cases.join(", "), said.text(), said.stderr);
        for claim in [
            "one reaches its gateway",
            "one reaches two",
            "inet 10.62.0.1/16",
            "rules with none: 0",
            "no address is taken",
        ] {
            assert!(
                said.text().contains(claim),
                "{}: not {claim:?}: {}{}",
                case.name,
                said.text(),
                said.stderr
            );
        }
        assert!(!said.text().contains("rules with two: 0"), "the count of rules counts: {}", said.text());
    }
}
