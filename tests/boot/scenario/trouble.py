"""A fresh guest with each trouble that preflight knows, one at a time. preflight and install name it and change nothing.

The findings are the snapshot: level, check, message and hint, to the letter. Only what a program of the guest says, and free
space, are patterns.
"""

import contextlib
import functools
import json
import re

from testbed import addresses

from .bundle import Bundle
from .delivery import PanelSh
from .idempotence import tail
from .preflight import changes_nothing

CHECKS = []

# A guest has no time service.
CLOCK = (
    "warning",
    "clock",
    "the clock is not synchronized; certificates depend on it",
    "enable a time service, such as systemd-timesyncd or chrony",
)


def finds(*findings):
    """A check out of a context manager that makes the trouble, and ends it. It may yield the delivery of another bundle.

    A finding is (level, check, message, hint); CLOCK is always one. Every finding above `ok` must be listed; an error ends preflight and install.
    """
    findings = [*findings, CLOCK]

    def decorate(make):
        make = contextlib.contextmanager(make)

        @functools.wraps(make)
        def check(environment, delivery, panelgen):
            with make(environment, delivery, panelgen) as other:
                delivery = other or delivery
                delivery.copy_to_guest()
                code, output = changes_nothing(environment, delivery, "preflight --format json")
                report = json.loads(output)
                rows = [tuple(row.get(key, "") for key in ("level", "check", "message", "hint")) for row in report["checks"]]
                for finding in findings:
                    assert any(matches(finding, row) for row in rows), f"{finding} is not in the report\n{shown(rows)}"
                unexpected = [row for row in rows if row[0] != "ok" and not any(matches(finding, row) for finding in findings)]
                assert not unexpected, f"unexpected findings\n{shown(unexpected)}"
                if not any(level == "error" for level, *_ in findings):
                    assert code == 0 and report["errors"] == 0, f"preflight ended {code}"
                    return f"{len(rows)} findings"
                assert code == 1 and report["errors"] > 0, f"preflight ended {code}\n{shown(rows)}"
                code, output = changes_nothing(environment, delivery, "install")
                assert code == 1, f"install ended {code}\n{tail(output)}"
                for level, name, message, _ in findings:
                    if level != "ok":
                        pattern = re.escape(level) + r" +" + re.escape(name) + " +" + quoted(message)
                        assert re.search(pattern, output), f"install does not print `{message}`\n{tail(output)}"
                assert "nothing was changed" in output, tail(output)
                return f"{len(rows)} findings"

        CHECKS.append(check)
        return check

    return decorate


def quoted(text):
    """A pattern: `…` in a finding is anything."""
    return ".*".join(re.escape(part) for part in text.split("…"))


def matches(finding, row):
    return all(re.fullmatch(quoted(expected), found) for expected, found in zip(finding, row, strict=True))


def shown(rows):
    return "\n".join(" | ".join(row) for row in rows if row[0] != "ok")


def other_bundle(environment, panelgen, name, **changes):
    """The same panel with other parameters."""
    return PanelSh(environment, Bundle(environment, panelgen, "faasd", name, **changes))


@contextlib.contextmanager
def undone(machine, do, undo):
    """A line of shell in the guest, and the line that takes it back."""
    machine.sh(do)
    try:
        yield
    finally:
        machine.sh(undo)


@contextlib.contextmanager
def replaced(path, content):
    """Another content of a file of the guest, or no file."""
    before = path.read_bytes() if path.exists() else None
    if content is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def guest_gets_programs_that_check_the_network(environment):
    """curl is part of the panel's packages; without it downloads and images are not checked."""
    environment.machine.sh(
        "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install curl nftables ufw", timeout=300
    )


@finds(("error", "system", "this host is debian-11, but the bundle is for debian-12", "render the bundle with --target and a name from `panelgen targets`"))
def wrong_system_is_rejected(environment, _delivery, _panelgen):
    with replaced(environment.machine.path("/usr/lib/os-release"), b"ID=debian\nVERSION_ID=11\n"):
        yield


@finds(
    ("error", "arch", "the processor is amd64, but the bundle is for arm64", "render the bundle with --arch amd64"),
    # The mirror has no programs for it.
    (
        "error",
        "downloads",
        f"https://{addresses.MIRROR}/panel/…arm64… cannot be had: the server answers 404",
        "correct the version or `mirror`, or use --assets",
    ),
)
def wrong_architecture_is_rejected(environment, _delivery, panelgen):
    yield other_bundle(environment, panelgen, "arm", arch="arm64")


@finds(
    (
        "error",
        "ports",
        "port 80 is in use by python3 of blocker.service, and nginx needs it",
        "stop it with `systemctl disable --now blocker.service`, or give one of the two another port",
    )
)
def taken_port_is_rejected(environment, _delivery, _panelgen):
    start = "systemd-run --quiet --unit=blocker python3 -m http.server 80; for _ in $(seq 100); do ! ss -Hltn 'sport = 80' | grep -q . || exit 0; sleep 0.1; done; exit 1"
    with undone(environment.machine, start, "systemctl stop blocker.service"):
        yield


@finds(
    ("warning", "dns", f"{addresses.DOMAIN} does not resolve", "add a DNS record with the address of this host"),
    (
        "warning",
        "dns",
        f"{addresses.ALIAS} resolves to {addresses.OUTSIDE} and this host has …",
        "correct the DNS record, unless the host is behind NAT or a proxy",
    ),
)
def absent_and_wrong_dns_records_are_warnings(environment, _delivery, _panelgen):
    with environment.names.changed({addresses.DOMAIN: None, addresses.ALIAS: addresses.OUTSIDE}):
        yield


@finds(
    ("error", "disk", "the file system of /opt/panel has 100 MB free, and programs and images need about … MB", "free some space, or extend the file system")
)
def low_disk_is_rejected(environment, _delivery, _panelgen):
    with undone(environment.machine, "mount -t tmpfs -o size=100m tmpfs /opt", "umount /opt"):
        yield


@finds(
    (
        "warning",
        "containers",
        "Docker is running, and the panel replaces the containerd.service that it uses",
        "remove Docker if it has no containers, or use another host",
    )
)
def docker_is_a_warning(environment, _delivery, _panelgen):
    with undone(environment.machine, "systemd-run --quiet --unit=docker sleep 1000", "systemctl stop docker.service"):
        yield


@finds(
    (
        "error",
        "containers",
        "containerd.service runs containers of others, in: moby; the panel replaces its program and its unit",
        "use another host, or move these containers away",
    )
)
def containers_of_others_are_rejected(environment, _delivery, _panelgen):
    tasks = "/run/containerd/io.containerd.runtime.v2.task"
    with undone(environment.machine, f"mkdir -p {tasks}/moby/a1b2", "rm -r /run/containerd"):
        yield


@finds(("ok", "firewalls", "ufw is active; install allows what the panel needs", ""))
def ufw_is_no_trouble(environment, _delivery, _panelgen):
    with undone(environment.machine, "ufw --force enable", "ufw --force disable"):
        yield


@finds(
    (
        "warning",
        "firewalls",
        "the nftables table inet corp drops packets by default",
        "let it accept ports 80 and 443 and the bridge of the functions",
    )
)
def packet_filter_of_others_is_a_warning(environment, _delivery, _panelgen):
    make = "nft 'add table inet corp; add chain inet corp forward { type filter hook forward priority 0; policy drop; }'"
    with undone(environment.machine, make, "nft delete table inet corp"):
        yield


@finds(
    (
        "error",
        "networks",
        "addresses that begin with 10.62. are in use: 10.62.0.0/24 dev corp …",
        "move that network to other addresses: those of the functions cannot be changed",
    )
)
def network_of_others_is_rejected(environment, _delivery, _panelgen):
    make = "ip link add corp type bridge && ip addr add 10.62.0.9/24 dev corp && ip link set corp up"
    with undone(environment.machine, make, "ip link del corp"):
        yield


@finds(
    (
        "error",
        "sites",
        "/etc/nginx/conf.d/corp.conf has a default_server, and so has the panel",
        "render with `--set nginx.default_server=false`, or remove the word `default_server` there",
    )
)
def default_server_of_others_is_rejected(environment, _delivery, _panelgen):
    machine = environment.machine
    with undone(machine, "mkdir -p /etc/nginx/conf.d", "rm -r /etc/nginx"):
        machine.write("/etc/nginx/conf.d/corp.conf", "server { listen 80 default_server; server_name corp.example; }\n")
        yield


@finds(("error", "packages", "the package nginx is held back", "run `apt-mark unhold nginx`"))
def held_package_is_rejected(environment, _delivery, _panelgen):
    with undone(environment.machine, "apt-mark hold nginx", "apt-mark unhold nginx"):
        yield


@finds(
    (
        "error",
        "downloads",
        f"https://{addresses.MIRROR}/panel/… cannot be reached: curl: …",
        "check the network, DNS and the proxy, set `mirror`, or use --assets",
    )
)
def unreachable_mirror_is_rejected(environment, _delivery, _panelgen):
    # An address of the guest's network that no machine has.
    with environment.names.changed({addresses.MIRROR: addresses.ABSENT}):
        yield


@finds(
    (
        "error",
        "downloads",
        f"https://{addresses.MIRROR}/panel/…code-server…9.9.9… cannot be had: the server answers 404",
        "correct the version or `mirror`, or use --assets",
    )
)
def absent_download_is_rejected(environment, _delivery, panelgen):
    yield other_bundle(environment, panelgen, "absent-download", code_server={"version": "9.9.9"})


@finds(
    (
        "error",
        "images",
        f"{addresses.REGISTRY}/openfaas/gateway:gone cannot be had: its registry answers 404",
        "set another image or registry; upstream removes old images",
    )
)
def absent_image_is_rejected(environment, _delivery, panelgen):
    environment.web.absent.add("openfaas/gateway")
    try:
        yield other_bundle(environment, panelgen, "absent-image", faasd={"images": {"gateway": f"{addresses.REGISTRY}/openfaas/gateway:gone"}})
    finally:
        environment.web.absent.clear()


@finds(
    (
        "error",
        "bundle",
        "root/etc/nginx/conf.d/default.conf differs from the rendered file",
        "change the parameters and render again; do not edit root/",
    ),
    ("error", "bundle", "root/etc/systemd/system/faasd.service is missing", "render the bundle again, and copy all of it"),
)
def changed_and_absent_files_of_the_bundle_are_rejected(environment, delivery, _panelgen):
    root = environment.machine.path(f"{delivery.home}/root/etc")
    site = root / "nginx/conf.d/default.conf"
    with replaced(site, site.read_bytes() + b"# edited\n"), replaced(root / "systemd/system/faasd.service", None):
        yield


@finds(("error", "bundle", "root/ is not readable", "copy the whole bundle, and run panel.sh by its own name"))
def bundle_without_files_is_rejected(environment, delivery, _panelgen):
    root = f"{delivery.home}/root"
    with undone(environment.machine, f"mv {root} {root}.away", f"mv {root}.away {root}"):
        yield
