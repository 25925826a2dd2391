"""A guest: a fresh system under systemd-nspawn, real systemd as PID 1, on a network of its own.

Everything is made inside the mount, network and process namespaces of the caller (see `run`), so
nothing is left when the caller is gone. The guest's disk is an overlay: a kept tree below, a tmpfs above.
"""

import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time

from . import addresses, shell

NAMESPACE = "guest"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def create_network():
    """The network around a guest, and the guest's end of it."""
    run = shell.run
    pathlib.Path("/run/netns").mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{addresses.METADATA}/32", "dev", "lo")
    connect_guest()


def replace_network():
    """A fresh network for another guest, without the bridges and rules of the guest before it."""
    shell.run("ip", "netns", "del", NAMESPACE)
    shell.run("ip", "link", "del", "outside", check=False)
    connect_guest()


def connect_guest():
    """A veth pair between the caller's network namespace (outside) and the guest's."""
    run = shell.run
    run("ip", "netns", "add", NAMESPACE)
    run("ip", "link", "add", "outside", "type", "veth", "peer", "name", "host0", "netns", NAMESPACE)
    run("ip", "addr", "add", f"{addresses.OUTSIDE}/24", "dev", "outside")
    run("ip", "addr", "add", f"{addresses.OUTSIDE6}/64", "dev", "outside", "nodad")
    run("ip", "link", "set", "outside", "up")
    inside = ("ip", "-n", NAMESPACE)
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "addr", "add", f"{addresses.GUEST}/24", "dev", "host0")
    run(*inside, "addr", "add", f"{addresses.GUEST6}/64", "dev", "host0", "nodad")
    run(*inside, "link", "set", "host0", "up")
    run(*inside, "route", "add", "default", "via", addresses.OUTSIDE)


class Machine:
    """One guest. It can be killed as by a power cut and booted again with the same disk."""

    def __init__(self, tree, scratch, log, root_certificate):
        scratch = pathlib.Path(scratch)
        self.root = scratch / "root"
        self.containers = scratch / "containerd"
        self._log = pathlib.Path(log)
        self._nspawn = None
        self._leader = None
        for name in ("upper", "work", "root", "containerd"):
            (scratch / name).mkdir()
        options = f"lowerdir={tree},upperdir={scratch / 'upper'},workdir={scratch / 'work'}"
        shell.run("mount", "-t", "overlay", "overlay", "-o", options, self.root)
        self._trust(root_certificate)
        self.write("/etc/resolv.conf", f"nameserver {addresses.OUTSIDE}\n")
        self._copy_kernel_modules_list()
        self.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")

    def _trust(self, root_certificate):
        """The test authority's root, as an operator with a private mirror installs it."""
        self.write(addresses.ROOT_IN_GUEST, root_certificate.read_text())
        shell.run("chroot", self.root, "update-ca-certificates")

    def _copy_kernel_modules_list(self):
        """The guest cannot load modules: tell its modprobe that the running kernel has these built in."""
        folder = f"/lib/modules/{os.uname().release}"
        if not self.path(folder).exists():
            names = ("fs/overlayfs/overlay", "net/bridge/bridge", "net/bridge/br_netfilter", "drivers/net/veth")
            self.write(f"{folder}/modules.builtin", "".join(f"kernel/{name}.ko\n" for name in names))
            self.write(f"{folder}/modules.order", "")
            shell.run("chroot", self.root, "depmod", "-a", os.uname().release)

    def path(self, host_path):
        """Where a path of the guest's disk is, seen from outside."""
        return self.root / host_path.lstrip("/")

    def write(self, host_path, content, mode=0o644):
        """A file on the guest's disk."""
        path = self.path(host_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
        path.chmod(mode)

    def copy(self, source, host_path):
        """A directory onto the guest's disk, modes kept."""
        shutil.copytree(source, self.path(host_path), symlinks=True)

    def boot(self, limit=90):
        """Start PID 1 and wait until systemd has nothing left to start; return the failed units."""
        environment = os.environ | {
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
            "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1",
            "SYSTEMD_NSPAWN_USE_CGNS": "1",
        }
        with self._log.open("ab") as log:
            self._nspawn = subprocess.Popen(
                [
                    "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "-D", self.root,
                    f"--network-namespace-path=/run/netns/{NAMESPACE}",
                    "--capability=all", "--system-call-filter=@keyring bpf perf_event_open @mount",
                    # overlayfs does not lie on overlayfs: containerd's snapshots get a file system below.
                    f"--bind={self.containers}:/var/lib/containerd",
                    "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe", "-b",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            )  # fmt: skip
        self._leader = shell.until(20, self._find_leader)
        if not self._leader:
            raise shell.Failed(f"the guest did not start, see {self._log}")
        state = shell.until(limit, self._settled, every=0.5)
        if not state:
            jobs = self.sh("systemctl list-jobs --no-pager --no-legend || true")
            raise shell.Failed(f"the guest did not finish its boot in {limit} s, see {self._log}\n{jobs}")
        return self.failed_units()

    def failed_units(self):
        """Names of the units that systemd calls failed."""
        lines = self.sh("systemctl list-units --failed --plain --no-legend --no-pager").splitlines()
        return [line.split()[0] for line in lines if line.strip()]

    def cut_power(self):
        """Kill every process of the guest at once."""
        os.kill(self._leader, signal.SIGKILL)
        self._nspawn.wait(timeout=30)
        self._leader = None

    def argv(self, *argv):
        """The command line that runs argv inside the guest."""
        enter = ["nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]
        return [*enter, "env", "-i", f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", *argv]

    def sh(self, script, check=True, timeout=60):
        """Run a line of shell inside the guest; return what it printed."""
        return shell.run(*self.argv("sh", "-c", script), check=check, timeout=timeout)

    def succeeds(self, script, timeout=60):
        """Whether a line of shell succeeds inside the guest."""
        return self.call(script, timeout=timeout)[0] == 0

    def call(self, script, timeout=60):
        """(exit code, output with stderr) of a line of shell inside the guest."""
        done = subprocess.run(
            self.argv("sh", "-c", script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def session(self, script, log, timeout=600):
        """Run a script as an operator's session: a unit of its own, as sshd or cloud-init would start it.

        Everything it prints goes to log; returns (exit code, output).
        """
        scope = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--setenv=HOME=/root", "--working-directory=/root"]
        started = time.monotonic()
        done = subprocess.run(
            self.argv(*scope, "sh", "-c", script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
        with pathlib.Path(log).open("a") as out:
            out.write(f"$ {script}\n{done.stdout}[ended {done.returncode} after {time.monotonic() - started:.1f} s]\n\n")
        return done.returncode, done.stdout

    def start(self, script):
        """Start a script inside the guest and return its process: for a power cut in its middle."""
        return subprocess.Popen(
            self.argv("sh", "-c", script), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def keep_journal(self, path):
        """Write the guest's journal to a file outside."""
        if self._leader:
            pathlib.Path(path).write_text(self.sh("journalctl --no-pager -b || true", check=False))

    def quoted(self, text):
        """text as one word of shell."""
        return shlex.quote(text)

    def _find_leader(self):
        if self._nspawn.poll() is not None:
            raise shell.Failed(f"systemd-nspawn ended {self._nspawn.returncode}, see {self._log}")
        children = shell.run("pgrep", "-P", self._nspawn.pid, check=False).split()
        for child in children:
            # The guest's PID 1 is the child that has become systemd in the guest's own root.
            try:
                if pathlib.Path(f"/proc/{child}/comm").read_text().strip() in ("systemd", "init"):
                    return int(child)
            except OSError:
                continue
        return None

    def _settled(self):
        done = subprocess.run(self.argv("systemctl", "is-system-running"), capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.stdout.strip() in ("running", "degraded") else None
