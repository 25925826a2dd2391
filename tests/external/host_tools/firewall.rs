//! nft reads the rules, and packets meet them.

use super::case::{CASES, Case, distinct};
use super::private_root::PrivateRoot;
use crate::support::tools;

const RULES: &str = "/etc/nftables.d/panel.nft";

#[test]
fn nft_accepts_every_rule_set_twice_in_a_row() {
    if !tools::all(&["nft"]) {
        return;
    }
    let files = CASES.iter().filter_map(|case| Some((case.name.as_str(), case.file(RULES)?)));
    for (_, cases) in distinct(files) {
        let case = CASES.iter().find(|case| case.name == cases[0]).unwrap();
        let Some(room) = PrivateRoot::with(case) else { return };
        let script = format!(
            "nft -c -f {RULES}; nft -f {RULES}; nft list ruleset >/tmp/1; nft -f {RULES}; nft list ruleset >/tmp/2
            cmp /tmp/1 /tmp/2; nft list tables"
        );
        let said = room.run(&script);
        assert!(
            said.exit == Some(0) && said.stderr.is_empty(),
            "{}: {}{}",
            cases.join(", "),
            said.text(),
            said.stderr
        );
        let translates = case.panel.target.nft_nat();
        let tables = if translates { "table inet panel\ntable ip panel" } else { "table inet panel" };
        assert_eq!(said.text().trim(), tables, "tables of its own, and no other");
    }
}

/// A host with an outside, a function on openfaas0, and a metadata service.
const TRAFFIC: &str = r#"
ip netns add outside; ip netns add function; ip netns add cloud
ip link add wan type veth peer name eth0 netns outside
ip link add metadata type veth peer name eth0 netns cloud
ip link add openfaas0 type bridge
ip link add fn type veth peer name eth0 netns function
ip link set fn master openfaas0
ip address add 192.0.2.1/24 dev wan
ip address add 10.62.0.1/16 dev openfaas0
ip address add 169.254.169.1/24 dev metadata
for link in wan metadata openfaas0 fn; do ip link set $link up; done
ip -n outside address add 192.0.2.2/24 dev eth0
ip -n function address add 10.62.0.2/16 dev eth0
ip -n cloud address add 169.254.169.254/24 dev eth0
for name in outside function cloud; do ip -n $name link set eth0 up; ip -n $name link set lo up; done
ip -n function route add default via 10.62.0.1
ip -n outside route add default via 192.0.2.1
ip -n cloud route add default via 169.254.169.1
echo 1 >/proc/sys/net/ipv4/ip_forward
cat >/tmp/listen.py <<'PY'
import socket, sys, threading
def serve(listener):
    while True:
        listener.accept()[0].close()
for port in sys.argv[1:]:
    listener = socket.create_server(("0.0.0.0", int(port)))
    threading.Thread(target=serve, args=(listener,)).start()
PY
python3 /tmp/listen.py PROVIDER GATEWAY 80 22 5432 & 
ip netns exec cloud python3 /tmp/listen.py 80 &
try() { # try FROM ADDRESS PORT
  case $1 in host) enter= ;; *) enter="ip netns exec $1" ;; esac
  if $enter timeout 1 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; then echo "$WHEN: $1 $2:$3 open"; else echo "$WHEN: $1 $2:$3 closed"; fi
}
round() {
  WHEN=$1
  for port in PROVIDER GATEWAY 80 22 5432; do
    try outside 192.0.2.1 $port; try function 10.62.0.1 $port; try host 127.0.0.1 $port
  done
  try function 169.254.169.254 80; try host 169.254.169.254 80; try function 192.0.2.1 80; try function 169.254.169.1 80
}
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; exec 4<>/dev/tcp/169.254.169.254/80' 2>/dev/null && break; sleep 0.3
done
round before
nft -f /etc/nftables.d/panel.nft
round after
"#;

#[test]
fn the_providers_port_and_the_metadata_address_are_closed() {
    if !tools::all(&["nft", "python3", "bash", "timeout"]) {
        return;
    }
    let case = Case::of(
        "a firewall",
        "domain: panel.corp.example\nfaasd: {provider_port: 9081, gateway_port: 9080, host_ports: [5432]}",
    );
    let Some(room) = PrivateRoot::with(&case) else { return };
    let said = room.run(&TRAFFIC.replace("PROVIDER", "9081").replace("GATEWAY", "9080"));
    assert!(said.exit == Some(0) && said.stderr.is_empty(), "{}{}", said.text(), said.stderr);
    let expect = |words: &str| {
        assert!(said.text().lines().any(|line| line == words), "not {words:?}: {}", said.text());
    };
    for line in said.text().lines().filter(|line| line.starts_with("before")) {
        assert!(line.ends_with("open"), "the world without rules is open: {}", said.text());
    }
    expect("after: outside 192.0.2.1:9081 closed");
    expect("after: function 10.62.0.1:9081 open");
    expect("after: host 127.0.0.1:9081 open");
    expect("after: outside 192.0.2.1:9080 closed");
    expect("after: function 10.62.0.1:9080 closed");
    expect("after: host 127.0.0.1:9080 open");
    expect("after: outside 192.0.2.1:80 open");
    expect("after: function 169.254.169.254:80 closed");
    expect("after: function 169.254.169.1:80 closed");
    expect("after: host 169.254.169.254:80 open");
    expect("after: function 192.0.2.1:80 open");
    expect("after: function 10.62.0.1:22 closed");
    expect("after: outside 192.0.2.1:22 open");
    expect("after: function 10.62.0.1:5432 open");
}
