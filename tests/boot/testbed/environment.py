"""One guest with everything around it, for one scenario."""

import pathlib
import tempfile

from . import addresses, shell
from .acme import Acme
from .assets import Assets
from .certificate_authority import CertificateAuthority
from .client import Client
from .machine import Machine, create_network, replace_network
from .dns_server import DnsServer
from .web_server import Web


class Environment:
    """Built inside private namespaces (see run); `out` keeps the logs after everything else is gone."""

    def __init__(self, suite, tree, out):
        self.suite = suite
        self.out = pathlib.Path(out)
        _own_cgroup(self.out.name)
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="boot-"))
        shell.run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", self.scratch)
        create_network()
        self.authority = CertificateAuthority(self.scratch / "authority")
        self.names = DnsServer()
        self.assets = Assets(self.out.parent / "assets" / suite, f"{tree}.binaries")
        self.web = Web(self.authority, self.assets.folder)
        self.acme = Acme(self.authority, self.out / "pebble.log")
        # A root that browsers trust besides the ACME server's, as PEM text.
        self.trusted = ""
        self.machine = Machine(tree, self.scratch, self.out / "console.log", self.authority.root)

    def replace_machine(self, suite, tree):
        """Another fresh guest at the same address, with the same name; the first one is switched off."""
        self.machine.cut_power()
        replace_network()
        self.suite = suite
        scratch = self.scratch / suite
        scratch.mkdir()
        self.machine = Machine(tree, scratch, self.out / f"console-{suite}.log", self.authority.root)

    def client(self, address=addresses.GUEST):
        """Somebody on the internet who trusts what the ACME server signs (or `trusted`), and nothing else."""
        return Client(self.trusted or self.acme.root(), address)

    def save_logs(self):
        """What an operator would look at first, into the job's folder."""
        machine = self.machine
        machine.keep_journal(self.out / "journal.log")
        for path in ("/var/log/panel.log", "/var/log/cloud-init.log", "/var/log/cloud-init-output.log", "/var/log/nginx/error.log"):
            if machine.path(path).is_file():
                (self.out / path.rsplit("/", 1)[-1]).write_bytes(machine.path(path).read_bytes())
        (self.out / "requests.log").write_text("".join(f"{host} {path}\n" for host, path in self.web.requests))


def _own_cgroup(name):
    """Give each scenario its own cgroup: two guests cannot share one."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if kind == "cgroup2":
            group = pathlib.Path(point) / f"panelgen-boot-{name}"
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text("0")
            return
    raise shell.Failed("no cgroup2 file system is mounted: systemd cannot run in a guest")
