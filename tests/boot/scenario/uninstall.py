"""Taking the panel away."""

from lab import place

from .again import settle, tail


def uninstall_leaves_nothing_and_nginx_healthy(world, delivery):
    machine = world.machine
    code, output = delivery.say("uninstall")
    assert code == 0, f"uninstall ended {code}\n{tail(output)}"
    left = []
    left += [entry["path"] for entry in delivery.bundle.entries() if machine.path(entry["path"]).exists()]
    # What the installer links from the system's own folders leads into the panel's.
    left += machine.sh("find /usr/local /opt/cni /etc/systemd -lname '/opt/panel/*' 2>/dev/null || true").split()
    for unit in delivery.bundle.units():
        if machine.does(f"systemctl cat {unit} >/dev/null 2>&1"):
            left.append(unit)
    left += [f"failed: {unit}" for unit in machine.failed_units()]
    if machine.does("ip link show openfaas0 >/dev/null 2>&1"):
        left.append("bridge openfaas0")
    if "panel" in machine.sh("nft list tables 2>/dev/null || true"):
        left.append("nft table panel")
    rules = machine.sh("{ iptables-save; ip6tables-save; } 2>/dev/null | grep -E 'openfaas|[ =]10[.]62[.]|CNI-' || true").strip()
    if rules:
        left.append(f"rules: {rules.splitlines()[0]}")
    for name in ("containerd", "containerd-shim", "faasd", "code-server", "pai"):
        found = machine.sh(f"ps -eo args= | grep -F {name} | grep -v grep || true").strip()
        left += [f"process: {line}" for line in found.splitlines() if "journal" not in line]
    assert not left, f"left behind: {left[:8]}"
    assert machine.does("nginx -t >/dev/null 2>&1"), f"nginx -t: {machine.call('nginx -t')[1]}"
    assert machine.does("systemctl is-active nginx.service"), "nginx does not run"
    assert world.client().opens(80), "nothing listens on port 80"


def uninstall_keeps_certificates_and_data(world, delivery):
    machine = world.machine
    assert machine.does(f"test -s /etc/letsencrypt/live/{place.DOMAIN}/fullchain.pem"), "the certificate is gone"
    kept = "/var/lib/faasd/secrets/basic-auth-password" if delivery.bundle.panel == "faasd" else "/etc/panel/secrets/password"
    assert machine.path(kept).exists(), f"{kept} is gone"


def status_says_that_nothing_is_installed(_world, delivery):
    code, _ = delivery.say("status")
    assert code != 0, "status is content"


def the_distributions_default_site_is_back(world, _delivery):
    assert world.machine.path("/etc/nginx/sites-available/default").exists(), "sites-available/default is gone"
    assert world.machine.does("test -e /etc/nginx/sites-enabled/default"), "sites-enabled/default was not put back"


def install_works_again_after_it(world, delivery):
    code, output = delivery.again()
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(world, delivery)


CLAIMS = [
    uninstall_leaves_nothing_and_nginx_healthy,
    uninstall_keeps_certificates_and_data,
    status_says_that_nothing_is_installed,
    the_distributions_default_site_is_back,
    install_works_again_after_it,
]
