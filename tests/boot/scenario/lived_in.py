"""A host that is lived in: what was there before the panel is used, left alone or restored, never lost.

The guest has an account and data under names that the panel uses, a certificate of the old script for the panel's name, another
site with a certificate of its own, and keys in nginx's directory. docs/hosts.md has a row for each situation.
"""

import json
import time

from testbed import addresses, shell
from testbed.acme import Acme
from testbed.client import SteadyRequests

from .idempotence import settle, tail
from .renewal import make_due, make_not_due

OTHER = addresses.OTHER_SITE
CERTBOT = (
    f"REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt certbot -n --agree-tos --register-unsafely-without-email --server {Acme.directory}"
)
HOOK = "/etc/panel-alarm.curl"
CHANGES = {"certbot": {"alarm": {"webhook": HOOK}}}
# Keeps the body of a request.
RECEIVER = """
import http.server
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("/root/alarm", "wb").write(body)
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 9797), Receiver).serve_forever()
"""
# What the packages of the panel and their daemons write themselves; containerd sets the mode of its directory. A data
# directory with content of others is kept as a whole, with what containerd has written there since.
NOT_COMPARED = "etc/(passwd|group|shadow|gshadow|subuid|subgid)-|etc/letsencrypt/(accounts|csr|keys|archive|live|renewal/)|etc/[.]pwd[.]lock|var/lib/containerd [0-7]|var/lib/containerd/(io[.]containerd|tmpmounts)|home/coder/[.]local"
FOLDERS = "etc usr/local opt home var/lib/containerd var/lib/faasd var/lib/faasd-provider var/www"
listings = {}


def listing(environment, folders=FOLDERS):
    """A line for each path: its name, mode, owner, and checksum or target."""
    return environment.machine.sh(
        f"cd / && find {folders} -xdev "
        r"\( -type f -printf '%p %m %u:%g ' -exec sha256sum '{}' ';' -o -printf '%p %m %u:%g %l\n' \) 2>/dev/null "
        f"| sed 's/  .*//' | grep -vE '^({NOT_COMPARED})' | sort",
        timeout=120,
    ).splitlines()


def host_is_lived_in(environment):
    machine = environment.machine
    machine.sh(
        "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "
        "nginx certbot nftables iptables git curl openssl ca-certificates",
        timeout=400,
    )
    machine.sh("useradd -m -s /bin/bash coder && echo 'my thesis' > /home/coder/thesis.txt && chown coder: /home/coder/thesis.txt")
    machine.sh("mkdir -p /var/lib/containerd/theirs && echo volume > /var/lib/containerd/theirs/volume")
    machine.sh("mkdir -p /etc/nginx/tls/corp && echo KEY > /etc/nginx/tls/corp/privkey.pem && chmod 0600 /etc/nginx/tls/corp/privkey.pem")
    machine.sh("printf '# Written by hand, not by panelgen.\\n' > /etc/nftables.d.note && mkdir -p /etc/code-server && echo 'auth: none # no panelgen here' > /etc/code-server/config.yaml")
    machine.write(
        "/etc/nginx/sites-available/blog",
        f"server {{ listen 80; listen [::]:80; server_name {OTHER}; root /var/www/blog; }}\n",
    )
    machine.sh("mkdir -p /var/www/blog && echo hello > /var/www/blog/index.html && ln -s ../sites-available/blog /etc/nginx/sites-enabled/blog")
    machine.sh("systemctl restart nginx")
    machine.sh(f"{CERTBOT} certonly --webroot -w /var/www/blog -d {OTHER} --deploy-hook 'touch /var/www/blog/renewed'", timeout=120)
    # As the script of 2020 leaves it: the hook stops nginx at each renewal, and nothing starts it.
    machine.sh("systemctl stop nginx")
    machine.sh(f"{CERTBOT} certonly --standalone --pre-hook 'systemctl stop nginx' -d {addresses.DOMAIN} -d {addresses.ALIAS}", timeout=120)
    machine.sh("systemctl start nginx; rm -f /var/www/blog/renewed")
    listings["before"] = listing(environment)
    assert len(listings["before"]) > 300, f"only {len(listings['before'])} files"


def install_uses_what_is_there(environment, delivery):
    code, output = delivery.apply()
    assert code == 0, f"ended {code}\n{tail(output)}"
    settle(environment, delivery)
    machine = environment.machine
    assert machine.path("/home/coder/thesis.txt").read_text() == "my thesis\n", "the home of the account changed"


def saved_certificate_follows_the_configuration(environment):
    saved = environment.machine.path(f"/etc/letsencrypt/renewal/{addresses.DOMAIN}.conf").read_text()
    assert "authenticator = webroot" in saved, saved
    assert "systemctl stop nginx" not in saved, saved


def renewal_loses_no_request_and_renews_only_ours(environment):
    machine, client = environment.machine, environment.client()
    other = machine.sh(f"cat /etc/letsencrypt/live/{OTHER}/cert.pem")
    before = client.serial()
    make_due(environment)
    machine.sh(f"sed -i '1i renew_before_expiry = 9000 days' /etc/letsencrypt/renewal/{OTHER}.conf")
    with SteadyRequests(client.healthy) as steady:
        machine.sh("systemctl start certbot-renew.service", timeout=120)
        time.sleep(1)
    make_not_due(environment)
    assert not steady.failures, f"{len(steady.failures)} of {steady.sent} requests failed, {steady.failures[0]}"
    assert client.serial() != before, "the certificate was not renewed"
    assert machine.sh(f"cat /etc/letsencrypt/live/{OTHER}/cert.pem") == other, "the other site's certificate was renewed in the sandbox"
    machine.sh("systemctl start certbot.service", timeout=900)
    assert machine.sh(f"cat /etc/letsencrypt/live/{OTHER}/cert.pem") != other, "the other site's certificate is not renewed"
    assert machine.path("/var/www/blog/renewed").exists(), "the other site's hook did not run"
    machine.sh("rm /var/www/blog/renewed")
    machine.sh(f"sed -i '/renew_before_expiry/d' /etc/letsencrypt/renewal/{OTHER}.conf")
    assert environment.client().http("/", host=OTHER).text == "hello\n", "the other site is not served"


def account_has_the_configured_mail(environment):
    shown = environment.machine.sh(f"REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt certbot -n show_account --server {Acme.directory}", timeout=60)
    assert f"ops@{addresses.ZONE}" in shown, shown


def failed_renewal_calls_the_webhook(environment):
    machine = environment.machine
    machine.write("/root/receiver.py", RECEIVER)
    machine.sh("systemd-run --unit=receiver python3 /root/receiver.py")
    machine.write(HOOK, 'url = "http://127.0.0.1:9797/"\n')
    make_due(environment)
    environment.acme.stop()
    try:
        assert not machine.succeeds("systemctl start certbot-renew.service", timeout=180), "a failed renewal is called a success"
        assert shell.until(20, lambda: machine.succeeds("test -s /root/alarm")), machine.sh("journalctl -n 20 -u certbot-alarm")
    finally:
        environment.acme.restart()
        make_not_due(environment)
        machine.sh(f"systemctl stop receiver; rm {HOOK}; systemctl reset-failed certbot-renew.service")
    text = json.loads(machine.path("/root/alarm").read_text())["text"]
    assert addresses.DOMAIN in text, text
    assert machine.succeeds("test $(systemctl show -p ExecMainStatus --value certbot-alarm) = 0"), "the alarm failed"


def rules_are_replaced_without_a_gap(environment):
    machine = environment.machine
    gaps = machine.sh(
        "(for i in $(seq 300); do nft list table inet panel >/dev/null 2>&1 || echo gap; done > /run/gaps) & p=$!; "
        "for i in 1 2 3; do systemctl restart panel-firewall; systemctl reload panel-firewall; sleep 0.3; done; wait $p; cat /run/gaps",
        timeout=120,
    )
    assert not gaps, f"{len(gaps.splitlines())} looks found no table"


def rules_survive_every_action_of_nftables(environment):
    machine = environment.machine
    for action in ("enable --now", "reload", "restart", "stop", "start"):
        machine.sh(f"systemctl {action} nftables")
        for table in ("inet panel", "ip panel"):
            assert machine.succeeds(f"nft list table {table}"), f"`systemctl {action} nftables` removes the table {table}"
    machine.sh("systemctl disable --now nftables")


def provider_is_closed_without_rules(environment):
    machine, client = environment.machine, environment.client()
    machine.sh("cp /etc/nftables.d/panel.nft /run/panel.nft; echo garbage >> /etc/nftables.d/panel.nft; nft delete table inet panel")
    machine.call("systemctl restart panel-firewall")
    machine.call("timeout 20 systemctl restart faasd-provider")
    time.sleep(3)
    is_open = client.opens(8081, timeout=4)
    machine.sh("cp /run/panel.nft /etc/nftables.d/panel.nft; systemctl reset-failed; systemctl restart panel-firewall; systemctl restart faasd-provider")
    assert not is_open, "port 8081 is open from outside while the rules cannot be loaded"
    assert machine.succeeds("sleep 2; systemctl is-active faasd-provider"), "the provider does not come back with the rules"


def account_of_the_ide_cannot_redirect_root(environment):
    machine = environment.machine
    found = machine.sh("runuser -u coder -- find /run -writable -type d -not -path '/run/lock*' 2>/dev/null || true").split()
    assert not [path for path in found if "code-server" in path], f"the account can write in {found}"
    commands = machine.sh("systemctl show -p ExecStartPre --value code-server")
    assert "/home/" not in commands and "/run/code-server/" not in commands, commands


def purge_leaves_the_host_as_it_was(environment, delivery):
    machine = environment.machine
    code, output = delivery.run("uninstall --purge")
    assert code == 0, f"ended {code}\n{tail(output)}"
    after = set(listing(environment))
    before = set(listings["before"])
    lost, left = sorted(before - after), sorted(after - before)
    assert not lost, f"lost or changed: {lost[:8]}"
    assert not left, f"left behind: {left[:8]}"
    assert machine.succeeds(f"test -s /etc/letsencrypt/live/{addresses.DOMAIN}/fullchain.pem"), "the certificate that was there is gone"
    assert environment.client().http("/", host=OTHER).text == "hello\n", "the other site is not served"
    assert machine.succeeds("systemctl is-active certbot.timer"), "the distribution's timer does not run"


CHECKS = [
    (saved_certificate_follows_the_configuration, False),
    (renewal_loses_no_request_and_renews_only_ours, False),
    (account_has_the_configured_mail, False),
    (failed_renewal_calls_the_webhook, False),
    (rules_are_replaced_without_a_gap, False),
    (rules_survive_every_action_of_nftables, False),
    (provider_is_closed_without_rules, False),
    (account_of_the_ide_cannot_redirect_root, False),
    (purge_leaves_the_host_as_it_was, True),
]
