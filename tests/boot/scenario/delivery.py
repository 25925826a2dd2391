"""The ways a bundle reaches a host. Each has `first` (a fresh guest to a panel) and `again`."""

import os
import pathlib
import re
import subprocess

from testbed import addresses, shell

PASSWORD_FILE = {
    "faasd": "/var/lib/faasd/secrets/basic-auth-password",
    "pai": "/etc/panel/secrets/password",
    "none": "/etc/panel/secrets/password",
}


class PanelSh:
    """The bundle's directory copied to the guest, and `sh panel.sh install`."""

    def __init__(self, environment, bundle):
        self.environment, self.bundle = environment, bundle
        self.home = f"/root/{bundle.name}"
        self.program = f"sh {self.home}/panel.sh"
        self.output = ""
        # What was said, and what came back: (command, output).
        self.transcript = []

    def copy_to_guest(self):
        """Copy what is needed to the guest."""
        if not self.environment.machine.path(self.home).exists():
            self.environment.machine.copy(self.bundle.folder, self.home)

    def prepare(self):
        """Before the guest's first boot."""
        self.copy_to_guest()

    def apply(self):
        """Make the panel; (exit code, output)."""
        return self.run("install")

    def reapply(self):
        """The same once more, with what the first left."""
        return self.run("install")

    def run(self, words):
        """One command of the installer, in a session of its own."""
        self.copy_to_guest()
        code, self.output = self.environment.machine.session(f"{self.program} {words}", self.environment.out / "panel.sh.log")
        self.transcript.append((f"panel.sh {words}", self.output))
        return code, self.output


class Sh(PanelSh):
    """One self-contained script."""

    def __init__(self, environment, bundle):
        super().__init__(environment, bundle)
        self.home = f"/root/{bundle.name}.sh"
        self.program = f"sh {self.home}"

    def copy_to_guest(self):
        if not self.environment.machine.path(self.home).exists():
            script = self.bundle.form("sh", self.environment.out / f"{self.bundle.name}.sh")
            self.environment.machine.write(self.home, script.read_bytes(), 0o700)


class CloudConfig(PanelSh):
    """User-data read by the guest's own cloud-init at its first boot, which leaves the bundle on the host."""

    def __init__(self, environment, bundle):
        super().__init__(environment, bundle)
        self.program = "sh /opt/panel/bundle/panel.sh"

    def copy_to_guest(self):
        """cloud-init has brought it."""

    def document(self):
        """The user-data."""
        return (self.bundle.folder / "cloud-config.yaml").read_bytes()

    def prepare(self):
        machine = self.environment.machine
        machine.write("/var/lib/cloud/seed/nocloud/user-data", self.document())
        machine.write("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: boot-test\nlocal-hostname: guest\n")

    def apply(self):
        """cloud-init runs by itself: wait for its end and read its verdict."""
        machine = self.environment.machine
        machine.sh("cloud-init status --wait >/dev/null || true", timeout=600)
        output = machine.path("/var/log/cloud-init-output.log").read_text(errors="replace")
        _, status = machine.call("cloud-init status --long")
        self.transcript.append(("cloud-init status", machine.call("cloud-init status")[1]))
        self.transcript.append(("tail -n 5 /var/log/cloud-init-output.log", "\n".join(output.splitlines()[-5:])))
        self.output = output
        # "done" is cloud-init's own word; a script that failed makes it "error".
        return (0 if re.search(r"^status: done", status, re.M) else 1), output + status


class Packed(CloudConfig):
    """The same as small as it gets: what it leaves only installs, so the operator copies the whole bundle later."""

    def __init__(self, environment, bundle):
        super().__init__(environment, bundle)
        self.program = f"sh {self.home}/panel.sh"

    copy_to_guest = PanelSh.copy_to_guest

    def document(self):
        return self.bundle.form("cloud-config.gz", self.environment.out / "user-data.gz").read_bytes()


class Ansible(PanelSh):
    """ansible-playbook on the operator's machine, over SSH."""

    def __init__(self, environment, bundle):
        super().__init__(environment, bundle)
        self.changed = None
        self._key = environment.scratch / "ssh-key"
        cache = os.environ.get("XDG_CACHE_HOME") or f"{os.environ.get('HOME', '/root')}/.cache"
        self._playbook = pathlib.Path(cache) / "panelgen/venv/bin/ansible-playbook"
        if not self._playbook.exists():
            raise shell.Failed(f"{self._playbook} is not there; .ci/install installs it")

    def prepare(self):
        if not self._key.exists():
            shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key)
        machine = self.environment.machine
        machine.write("/root/.ssh/authorized_keys", self._key.with_suffix(".pub").read_text(), 0o600)
        # The guest's cloud-init, as every cloud's, needs a seed; here it has nothing to do.
        machine.write("/var/lib/cloud/seed/nocloud/user-data", "#cloud-config\ndisable_root: false\n")
        machine.write("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: boot-test\nlocal-hostname: guest\n")

    def play(self, *flags):
        """(changed tasks, output) of one run; a failed run is an error."""
        project = self.bundle.folder / "ansible"
        inventories = sorted(project.glob("inventory*")) + sorted(project.glob("hosts*"))
        if not inventories:
            raise shell.Failed(f"{project} has no inventory")
        environment = os.environ | {
            "ANSIBLE_HOME": str(self.environment.scratch / "ansible"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_ARGS": f"-o UserKnownHostsFile=/dev/null -o ControlMaster=auto -o ControlPersist=60s -o ControlPath={self.environment.scratch}/ssh-%C",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [
                self._playbook, "-i", inventories[0], "site.yml", "--private-key", self._key, "-u", "root",
                "-e", f"ansible_host={addresses.GUEST}", *flags,
            ],
            cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=600, check=False,
        )  # fmt: skip
        words = done.stdout
        self.transcript.append((" ".join(["ansible-playbook", "site.yml", *flags]), words))
        with (self.environment.out / "ansible.log").open("a") as out:
            out.write(f"$ ansible-playbook site.yml {' '.join(flags)}\n{words}\n\n")
        if done.returncode != 0:
            raise shell.Failed(words)
        recap = re.search(r"ok=\d+ +changed=(\d+) +unreachable=0 +failed=0", words)
        if not recap:
            raise shell.Failed(f"no recap in the output of ansible-playbook\n{words[-500:]}")
        return int(recap.group(1)), words

    def apply(self):
        """Make the panel; (exit code, output)."""
        try:
            self.changed, self.output = self.play("--diff")
        except shell.Failed as failed:
            return 1, str(failed)
        return 0, self.output

    reapply = apply


BY_NAME = {"panel.sh": PanelSh, "sh": Sh, "cloud-config": CloudConfig, "cloud-config.gz": Packed, "ansible": Ansible}
