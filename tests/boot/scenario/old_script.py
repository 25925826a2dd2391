"""A host of the script of 2020: made by a replay of what it writes, adopted, taken over, and given back.

The replay (tests/old_host/replay) writes every file of the script and stubs in place of its programs. Here the programs of the
guests replace the stubs, certbot issues the certificate as the script did, and its units run.
"""

import io
import json
import pathlib
import subprocess
import tarfile
import urllib.request

from testbed import addresses, oci_image, shell
from testbed.acme import Acme
from testbed.client import basic

from . import function
from .idempotence import tail
from .lived_in import FOLDERS, listing
from .uninstall import installed_traces

REPLAY = pathlib.Path(__file__).parent.parent.parent / "old_host/replay"
MAIL = f"admin@{addresses.ZONE}"
PASSWORD = "the-password-of-2020"
# Packages of the script that the guests have; docker.io, which they lack, brings iptables.
PACKAGES = "nginx git bridge-utils iptables certbot python3-certbot-nginx"
IMAGES = [
    "docker.io/openfaas/basic-auth-plugin:0.18.18",
    "docker.io/library/nats-streaming:0.11.2",
    "docker.io/prom/prometheus:v2.14.0",
    "docker.io/openfaas/gateway:0.18.18",
    "docker.io/openfaas/queue-worker:0.11.2",
]
CLEAR_PASSWORD = "/root/.config/code-server/config.yaml"
LOGIN = f"printf %s {PASSWORD} | faas-cli login --password-stdin"
UNITS = ["nginx", "docker", "containerd", "faasd-provider", "faasd", "code-server"]
# What programs write themselves; the account of the IDE stays until --purge.
LIVING = ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid", "etc/ld.so.cache", "var/lib/faasd/hosts", "var/lib/faasd-provider/hosts", "var/lib/faasd-provider/resolv.conf", "root/.local/share/", "etc/cni/")
seen = {}


def paths(environment):
    """{path: mode, owner and content} of everything that the script or the bundle writes."""
    lines = listing(environment, f"{FOLDERS} root/.local root/.config root/.docker data usr/bin/dockerd")
    found = dict(line.split(" ", 1) for line in lines)
    return {f"/{path}": what for path, what in found.items() if not path.startswith(LIVING)}


def host_is_made_by_the_script_of_2020(environment):
    machine, assets = environment.machine, environment.assets
    machine.sh(f"apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install {PACKAGES}", timeout=400)
    sources = machine.path("/etc/apt/sources.list").read_bytes()
    shell.run("sh", REPLAY, machine.root, addresses.DOMAIN, "0", PASSWORD)
    # The guest is no Ubuntu 18.04, and its lineage is certbot's own.
    machine.path("/etc/apt/sources.list").write_bytes(sources)
    machine.sh(f"rm -r /etc/letsencrypt/renewal/{addresses.DOMAIN}.conf /etc/letsencrypt/accounts")
    for name, content in programs(assets):
        machine.write(name, content, 0o755)
    machine.sh("systemctl daemon-reload && sysctl -qw net.ipv4.conf.all.forwarding=1 && systemctl enable -q --now nginx")
    machine.sh(
        f"REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt certbot certonly --quiet --standalone --agree-tos --non-interactive "
        f"-m {MAIL} -d {addresses.DOMAIN} --server {Acme.directory} --pre-hook 'systemctl stop nginx'",
        timeout=120,
    )
    machine.sh("systemctl start certbot-renew.service; systemctl restart nginx", timeout=120)
    machine.sh("systemctl start containerd docker")
    machine.write("/root/images.tar", oci_image.archive(IMAGES))
    # The script imports them where faasd does not look, and faasd pulls them.
    for namespace in ("default", "openfaas"):
        machine.sh(f"ctr -n {namespace} images import /root/images.tar && ctr -n {namespace} images ls -q | grep -q gateway", timeout=120)
    machine.sh("rm /root/images.tar; systemctl start faasd-provider faasd code-server")
    assert shell.until(60, lambda: machine.succeeds(LOGIN)), machine.call(LOGIN)[1]
    deploy_at_the_open_gateway()
    function_of_the_script_answers(environment)
    assert not inactive(machine), inactive(machine)
    seen["before"] = paths(environment)
    return f"{len(seen['before'])} paths"


def inactive(machine):
    """{unit: state} of the script's units that do not run."""
    states = machine.sh(f"systemctl is-active {' '.join(UNITS)} || true").split()
    return {unit: state for unit, state in zip(UNITS, states) if state != "active"}


def programs(assets):
    """(path, content) of the programs that the script downloads."""
    def unpack(name):
        with tarfile.open(fileobj=io.BytesIO((assets.folder / assets.names[name]).read_bytes())) as archive:
            return [(pathlib.Path(entry.name), archive.extractfile(entry).read()) for entry in archive if entry.isfile()]

    yield from ((f"/root/.local/bin/{path.name}", content) for path, content in unpack("containerd"))
    yield from ((f"/opt/cni/bin/{path.name}", content) for path, content in unpack("cni"))
    yield from ((f"/root/.local/lib/code-server-3.5.0/{'/'.join(path.parts[1:])}", content) for path, content in unpack("code_server"))
    yield "/root/.local/bin/faasd", (assets.folder / assets.names["faasd"]).read_bytes()
    yield "/root/.local/bin/faas-cli", (assets.folder / assets.names["faas_cli"]).read_bytes()
    # Docker's package has it.
    yield "/usr/sbin/runc", (assets.folder / assets.names["runc"]).read_bytes()


def deploy_at_the_open_gateway():
    """From outside: the script's gateway listens on every address."""
    wish = json.dumps({"service": "old", "image": function.IMAGE}).encode()
    request = urllib.request.Request(f"http://{addresses.GUEST}:8080/system/functions", wish, basic("admin", PASSWORD), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 202), f"deploying answers {answer.status}"


def function_of_the_script_answers(environment):
    answer = shell.until(60, lambda: environment.client().https("/old").status == 200)
    assert answer, f"/old answers {environment.client().https('/old').status}"


def adopt_reads_the_parameters_of_the_host(environment, panelgen):
    seen["parameters"] = environment.out / "adopted.yaml"
    root = environment.machine.root
    done = subprocess.run([panelgen, "adopt", "--root", root, "-o", seen["parameters"]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (environment.out / "adopt.txt").write_text(done.stdout)
    text = seen["parameters"].read_text()
    for expected in (
        f"\ndomain: {addresses.DOMAIN}\n", "\npanel: faasd\n", "\ntarget: debian-12\n", "\narch: amd64\n",
        "\n# /var/lib/faasd/secrets/basic-auth-password; it is also that of the IDE.\n",
        "\n# The certificate was renewed with nginx stopped. `install` changes its renewal to the running nginx.\n",
    ):  # fmt: skip
        assert expected in text, f"{expected.strip()} is missing\n{text}"
    assert PASSWORD not in text + done.stdout + done.stderr, "the password is printed"
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()[1:] if line]
    seen["fates"] = {path: fate for fate, path, _ in rows}
    seen["uncertain"] = {path for _, path, note in rows if " if its containerd has it" in note}
    assert {"replace", "keep", "remove"} == set(seen["fates"].values()), done.stdout
    absent = [path for path in seen["fates"] if not environment.machine.succeeds(f"test -e {path} -o -L {path}")]
    assert not absent, f"the report names what is absent: {absent}"
    return f"{len(rows)} paths in its report"


def preflight_warns_of_docker_and_accepts_the_host(_environment, delivery):
    code, output = delivery.run("preflight")
    assert code == 0 and "errors: 0," in output, f"ended {code}\n{tail(output, 30)}"
    assert "Docker is running, and the panel replaces the containerd.service that it uses" in output, tail(output, 30)


def install_takes_the_host_over(environment, delivery):
    code, output = delivery.apply()
    assert code == 0, f"ended {code}\n{tail(output)}"
    seen["after"] = paths(environment)


def programs_of_the_script_do_not_run(environment):
    """But the shims of functions that live on, which are no service."""
    listed = environment.machine.sh("for exe in /proc/[0-9]*/exe; do readlink $exe; done 2>/dev/null; ps -eo args=").splitlines()
    old = [line for line in listed if "/root/.local/" in line and "containerd-shim" not in line]
    assert not old, f"still running: {old}"
    runtimes = [line for line in listed if line.startswith("/") and line.endswith("/containerd")]
    assert len([line for line in runtimes if line.startswith("/opt/panel/")]) == 1, runtimes
    assert environment.machine.succeeds("systemctl is-active docker"), "Docker, which the report keeps, does not run"


def password_of_the_script_stays_valid(environment):
    assert function.password(environment) == PASSWORD, "the file of the password has another one"
    reply = environment.client().https("/faasd/system/functions", headers=basic("admin", PASSWORD))
    assert reply.status == 200, f"the gateway answers {reply.status}"


def roots(fates, wanted):
    """The paths of the report with this action."""
    return [path for path, fate in fates.items() if fate == wanted]


def within(changed, directories):
    """Those of the changed paths that are one of the directories, or in one."""
    return {path for path in changed if any(path == root or path.startswith(f"{root}/") for root in directories)}


def report_of_adopt_names_every_change(environment):
    """What the report keeps or leaves to the operator is as it was; what else changed, it calls replaced."""
    before, after, fates = seen["before"], seen["after"], seen["fates"]
    changed = {path for path in before if before[path] != after.get(path)}
    kept, left = roots(fates, "keep"), roots(fates, "remove")
    replaced = set(roots(fates, "replace"))
    displaced = environment.machine.path("/var/lib/panel/displaced")
    unchanged = [path for path in replaced - changed - seen["uncertain"] if not (displaced / path[1:]).exists()]
    assert not unchanged, f"the report says replaced, but unchanged: {unchanged}"
    assert not within(changed, left), f"the report leaves them to the operator, but changed: {within(changed, left)}"
    unnamed = sorted(changed - replaced - within(changed, [*kept, "/opt/cni/bin"]))
    assert not unnamed, f"changed without a word: {[(path, before[path], after.get(path)) for path in unnamed][:12]}"
    return f"{len(changed)} paths changed"


def operator_moves_the_clear_password_away(environment):
    """As the report says; then the password has one place."""
    assert seen["fates"][CLEAR_PASSWORD] == "remove"
    environment.machine.sh(f"mv {CLEAR_PASSWORD} /var/backups/")


def uninstall_gives_the_host_back(environment, delivery):
    machine = environment.machine
    machine.sh(f"mv /var/backups/config.yaml {CLEAR_PASSWORD}")
    code, output = delivery.run("uninstall")
    assert code == 0, f"ended {code}\n{tail(output)}"
    now, before = paths(environment), seen["before"]
    wrong = {path for path in before if now.get(path) != before[path]}
    wrong = sorted(wrong - within(wrong, roots(seen["fates"], "keep")))
    assert not wrong, f"not as before: {[(path, before[path], now.get(path)) for path in wrong][:12]}"
    lost = sorted(path for path, fate in seen["fates"].items() if not machine.succeeds(f"test -e {path} -o -L {path}"))
    assert not lost, f"lost: {lost}"
    added = [entry["path"] for entry in delivery.bundle.entries() if entry["path"] not in before and entry["path"] in now]
    added += installed_traces(environment)
    assert not added, f"left behind: {added}"


def panel_of_the_script_runs_again(environment):
    machine = environment.machine
    # systemd starts faasd again after 10 seconds if containerd was not ready.
    shell.until(60, lambda: not inactive(machine))
    assert not inactive(machine), inactive(machine)
    enabled = machine.sh(f"systemctl is-enabled {' '.join(UNITS)} certbot-renew.service certbot-renew.timer || true").split()
    assert enabled == ["enabled"] * (len(UNITS) + 1) + ["disabled"], enabled
    assert shell.until(60, lambda: machine.succeeds(LOGIN)), machine.call(LOGIN)[1]
    deploy_at_the_open_gateway()
    function_of_the_script_answers(environment)
    reply = environment.client().https("/codeserver/login")
    assert reply.status == 200, f"the IDE answers {reply.status}"
    saved = machine.path(f"/etc/letsencrypt/renewal/{addresses.DOMAIN}.conf").read_text()
    assert "authenticator = standalone" in saved and "pre_hook = systemctl stop nginx" in saved, saved


AFTER = [
    programs_of_the_script_do_not_run,
    password_of_the_script_stays_valid,
    function_of_the_script_answers,
    report_of_adopt_names_every_change,
    operator_moves_the_clear_password_away,
]
