"""One guest with everything around it, for one story."""

import pathlib
import tempfile

from . import place, shell
from .acme import Acme
from .asset import Assets
from .authority import Authority
from .client import Client
from .machine import Machine, lay_network
from .names import Names
from .web import Web


class World:
    """Built inside private namespaces (see run); `out` keeps the logs after everything else is gone."""

    def __init__(self, suite, tree, out):
        self.suite = suite
        self.out = pathlib.Path(out)
        _own_cgroup(self.out.name)
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="boot-"))
        shell.run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", self.scratch)
        lay_network()
        self.authority = Authority(self.scratch / "authority")
        self.names = Names()
        self.assets = Assets(self.out.parent / "assets" / suite, f"{tree}.binaries")
        self.web = Web(self.authority, self.assets.folder)
        self.acme = Acme(self.authority, self.out / "pebble.log")
        # A root that browsers trust besides the ACME server's, as PEM text.
        self.trusted = ""
        self.machine = Machine(tree, self.scratch, self.out / "console.log", self.authority.root)

    def client(self, address=place.GUEST):
        """Somebody on the internet who trusts what the ACME server signs (or `trusted`), and nothing else."""
        return Client(self.trusted or self.acme.root(), address)

    def keep_evidence(self):
        """What an operator would look at first, into the job's folder."""
        machine = self.machine
        machine.keep_journal(self.out / "journal.log")
        for path in ("/var/log/panel.log", "/var/log/cloud-init.log", "/var/log/cloud-init-output.log", "/var/log/nginx/error.log"):
            if machine.path(path).is_file():
                (self.out / path.rsplit("/", 1)[-1]).write_bytes(machine.path(path).read_bytes())
        (self.out / "asked.log").write_text("".join(f"{host} {path}\n" for host, path in self.web.asked))


def _own_cgroup(name):
    """Two guests in one cgroup would fight over it: each story gets its own."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if kind == "cgroup2":
            group = pathlib.Path(point) / f"panelgen-boot-{name}"
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text("0")
            return
    raise shell.Failed("no cgroup2 file system is mounted: systemd cannot run in a guest")
