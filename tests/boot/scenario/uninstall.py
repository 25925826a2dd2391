"""Taking the panel away."""

from testbed import addresses

from .idempotence import settle, tail


def installed_traces(environment):
    """What only the panel has on a host."""
    machine = environment.machine
    # What the installer links from the system's own folders leads into the panel's.
    left = machine.sh("find /usr/local /opt/cni /etc/systemd -lname '/opt/panel/*' 2>/dev/null || true").split()
    if "panel" in machine.sh("nft list tables 2>/dev/null || true"):
        left.append("nft table panel")
    return left


def uninstall_removes_all_entries_and_keeps_nginx_running(environment, delivery):
    machine = environment.machine
    code, output = delivery.run("uninstall")
    assert code == 0, f"uninstall ended {code}\n{tail(output)}"
    left = [entry["path"] for entry in delivery.bundle.entries() if machine.path(entry["path"]).exists()]
    left += installed_traces(environment)
    for unit in delivery.bundle.units():
        if machine.succeeds(f"systemctl cat {unit} >/dev/null 2>&1"):
            left.append(unit)
    left += [f"failed: {unit}" for unit in machine.failed_units()]
    if machine.succeeds("ip link show openfaas0 >/dev/null 2>&1"):
        left.append("bridge openfaas0")
    rules = machine.sh("{ iptables-save; ip6tables-save; } 2>/dev/null | grep -E 'openfaas|[ =]10[.]62[.]|CNI-' || true").strip()
    if rules:
        left.append(f"rules: {rules.splitlines()[0]}")
    for name in ("containerd", "containerd-shim", "faasd", "code-server", "pai"):
        found = machine.sh(f"ps -eo args= | grep -F {name} | grep -v grep || true").strip()
        left += [f"process: {line}" for line in found.splitlines() if "journal" not in line]
    assert not left, f"left behind: {left[:8]}"
    assert machine.succeeds("nginx -t >/dev/null 2>&1"), f"nginx -t: {machine.call('nginx -t')[1]}"
    assert machine.succeeds("systemctl is-active nginx.service"), "nginx does not run"
    assert environment.client().opens(80), "nothing listens on port 80"


def uninstall_keeps_certificates_and_data(environment, delivery):
    machine = environment.machine
    assert machine.succeeds(f"test -s /etc/letsencrypt/live/{addresses.DOMAIN}/fullchain.pem"), "the certificate is gone"
    kept = "/var/lib/faasd/secrets/basic-auth-password" if delivery.bundle.panel == "faasd" else "/etc/panel/secrets/password"
    assert machine.path(kept).exists(), f"{kept} is gone"


def status_reports_missing_installation(_environment, delivery):
    code, _ = delivery.run("status")
    assert code != 0, "status is content"


def default_site_is_restored(environment, _delivery):
    assert environment.machine.path("/etc/nginx/sites-available/default").exists(), "sites-available/default is gone"
    assert environment.machine.succeeds("test -e /etc/nginx/sites-enabled/default"), "sites-enabled/default was not put back"


def install_succeeds_after_uninstall(environment, delivery):
    code, output = delivery.reapply()
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(environment, delivery)


CHECKS = [
    uninstall_removes_all_entries_and_keeps_nginx_running,
    uninstall_keeps_certificates_and_data,
    status_reports_missing_installation,
    default_site_is_restored,
    install_succeeds_after_uninstall,
]
