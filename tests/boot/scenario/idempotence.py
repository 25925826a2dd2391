"""A second apply, a hand at a file, a restart of everything, a power cut: the same panel afterwards."""

import json

from testbed import shell

from .delivery import PASSWORD_FILE


class Snapshot:
    """What a second apply must leave alone: files by inode and times, units by invocation."""

    FOLDERS = "/etc /usr/local /opt /var/lib/panel /var/cache/panel /var/lib/faasd /var/lib/faasd-provider /var/www /data"
    # Containers' own data, and the one file that every run writes.
    LIVING = ("*/nats/*", "*/prometheus/*", "/data/h5*", "/data/pai_mate_workspaces/*")

    def __init__(self, environment, bundle):
        machine = environment.machine
        left_out = " ".join(f"-not -path '{pattern}'" for pattern in self.LIVING)
        listing = machine.sh(f"find {self.FOLDERS} {left_out} -printf '%p\\t%y %i %m %u:%g %T@ %l\\n' 2>/dev/null || true")
        self.files = dict(line.split("\t", 1) for line in listing.splitlines())
        self.units = {}
        for unit in [*bundle.units(), "nginx.service"]:
            self.units[unit] = machine.sh(f"systemctl show -p InvocationID,ActiveState,NRestarts {unit}").strip()

    def differences(self, later):
        """(paths, units) that are not as they were."""
        paths = sorted(path for path in self.files.keys() | later.files.keys() if self.files.get(path) != later.files.get(path))
        units = sorted(unit for unit in self.units if self.units[unit] != later.units[unit])
        return paths, units


class Reloads:
    """Which units systemd reloads from now on, by what it writes into its journal."""

    RELOADED = "7b05ebc668384222baa8881179cfda54"

    def __init__(self, environment):
        self._machine = environment.machine
        shown = self._machine.sh("journalctl --sync; journalctl -q -n 1 -o cat --show-cursor")
        self._cursor = shown.strip().splitlines()[-1].removeprefix("-- cursor: ")

    def units(self):
        """Their names."""
        # Filtered here: with a match of its own, journalctl 252 also skips the first entry behind the cursor.
        lines = self._machine.sh(
            f"journalctl --sync; journalctl -q -o json --output-fields=UNIT,MESSAGE_ID --after-cursor='{self._cursor}'"
        )
        entries = [json.loads(line) for line in lines.splitlines()]
        return {entry["UNIT"] for entry in entries if entry.get("MESSAGE_ID") == self.RELOADED}


def second_apply_changes_nothing(environment, delivery):
    before = Snapshot(environment, delivery.bundle)
    code, output = delivery.reapply()
    assert code == 0, f"the second apply ended {code}\n{tail(output)}"
    paths, units = before.differences(Snapshot(environment, delivery.bundle))
    assert not paths, f"changed: {paths[:10]}"
    assert not units, f"restarted: {units}"
    return f"{len(before.files)} paths, {len(before.units)} units"


def ansible_check_mode_changes_nothing(environment, delivery):
    before = Snapshot(environment, delivery.bundle)
    _, output = delivery.play("--check", "--diff")
    paths, units = before.differences(Snapshot(environment, delivery.bundle))
    assert not paths, f"changed: {paths[:10]}\n{tail(output)}"
    assert not units, f"restarted: {units}"


def ansible_reports_no_change(_environment, delivery):
    # The last run was the second apply.
    assert delivery.changed == 0, f"the second run says changed={delivery.changed}"
    changed, output = delivery.play("--check", "--diff")
    assert changed == 0, f"--check says changed={changed}\n{tail(output)}"


def no_unit_was_started_twice(environment, delivery):
    again = {}
    for unit in delivery.bundle.units():
        restarts = environment.machine.sh(f"systemctl show -p NRestarts --value {unit}").strip()
        if restarts not in ("", "0"):
            again[unit] = restarts
    assert not again, f"restarts: {again}"


def no_secret_was_printed(environment, delivery):
    secret = environment.machine.path(PASSWORD_FILE[delivery.bundle.panel]).read_text().strip()
    assert secret not in delivery.output, "the password was printed"
    journal = environment.machine.sh("journalctl --no-pager -o cat || true")
    assert secret not in journal, "the password is in the journal"


def manual_edit_is_reverted_and_only_its_unit_restarts(environment, delivery):
    machine, path = environment.machine, "/etc/code-server/config.yaml"
    content = machine.path(path).read_bytes()
    before = Snapshot(environment, delivery.bundle)
    machine.sh(f"echo '# edited by hand' >> {path}")
    reported = delivery.bundle.impact("--root", machine.path("/"))
    reloads = Reloads(environment)
    code, output = delivery.reapply()
    assert code == 0, f"the apply ended {code}\n{tail(output)}"
    assert machine.path(path).read_bytes() == content, f"{path} was not put back"
    _, units = before.differences(Snapshot(environment, delivery.bundle))
    assert units == ["code-server.service"], f"restarted: {units}"
    assert reported == (set(units), reloads.units()), f"`panelgen diff --root` told {reported}; reloaded: {reloads.units()}"


def all_units_can_be_restarted(environment, delivery):
    units = [unit for unit in delivery.bundle.units() if unit.endswith(".service") and long_running(environment, unit)]
    environment.machine.sh(f"systemctl restart {' '.join([*units, 'nginx.service'])}", timeout=180)
    settle(environment, delivery)


def all_units_start_after_power_cut(environment, delivery):
    environment.machine.cut_power()
    environment.machine.boot()
    settle(environment, delivery)


def long_running(environment, unit):
    """Whether systemd keeps it running: not a oneshot that has ended."""
    return environment.machine.succeeds(f"systemctl is-active --quiet {unit}")


def settle(environment, delivery):
    """Wait until the front door and what is behind it answer; then nothing may have failed."""
    probe = {"faasd": ["/faasd/healthz"], "pai": ["/pai/"], "none": []}[delivery.bundle.panel]
    for path in (*probe, "/codeserver/healthz"):
        def answers(path=path):
            try:
                return environment.client().https(path, timeout=5).status == 200
            except OSError:
                return False

        assert shell.until(60, answers, every=0.5), f"{path} does not answer"
    failed = shell.until(15, lambda: not environment.machine.failed_units(), every=1) or environment.machine.failed_units()
    assert failed is True, f"failed units: {failed}"


def tail(text, lines=10):
    """The end of an output."""
    return "\n".join(text.strip().splitlines()[-lines:])
