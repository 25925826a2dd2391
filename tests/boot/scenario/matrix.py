"""The scenarios: which checks, in which order, on which guests."""

import pathlib
import subprocess
import traceback

from testbed import addresses, shell
from testbed.results import Abort, Results
from testbed.environment import Environment

from . import backup, idempotence, component, edge, function, ide, lived_in, manifest, offline, old_script, pai, power_cut, preflight, readme, renewal, recovery, trouble, uninstall, upgrade
from .bundle import TARGET, Bundle
from .delivery import BY_NAME, PASSWORD_FILE, PanelSh

ROOTFS = pathlib.Path(__file__).parent.parent / "rootfs"

SUITES = list(TARGET)
# Where a backup is restored.
MOVES_TO = "trixie"
DELIVERIES = list(BY_NAME)
PANELS = ["faasd", "pai", "none"]
SCENARIOS = ["life", "recovery", "powercut", "upgrade", "offline", "livedin", "backup", "trouble", "adopt"]

# Longest first: guests run side by side. A job's name says all about it.
JOBS = [
    "bookworm-ansible-faasd-life",
    "bookworm-ansible-faasd-recovery",
    "bookworm-ansible-pai-life",
    "bookworm-panel.sh-faasd-life",
    "bookworm-cloud-config-faasd-life",
    "bookworm-sh-faasd-life",
    "bookworm-panel.sh-faasd-powercut",
    "bookworm-panel.sh-faasd-upgrade",
    "bookworm-panel.sh-faasd-recovery",
    "bookworm-cloud-config-faasd-recovery",
    "bookworm-panel.sh-faasd-livedin",
    "bookworm-ansible-faasd-livedin",
    "bookworm-panel.sh-faasd-offline",
    "bookworm-panel.sh-faasd-backup",
    "bookworm-panel.sh-faasd-trouble",
    "bookworm-panel.sh-faasd-adopt",
    "bookworm-cloud-config.gz-pai-life",
    "bookworm-panel.sh-pai-life",
    "bookworm-panel.sh-none-life",
    "bullseye-ansible-pai-life",
    "bullseye-panel.sh-faasd-life",
    "bullseye-cloud-config-faasd-life",
    "bullseye-panel.sh-faasd-powercut",
    "bullseye-panel.sh-faasd-upgrade",
    "bullseye-panel.sh-faasd-recovery",
    "bullseye-panel.sh-faasd-offline",
    "trixie-ansible-faasd-life",
    "trixie-panel.sh-faasd-life",
    "trixie-cloud-config-faasd-life",
    "trixie-panel.sh-faasd-powercut",
    "trixie-panel.sh-faasd-upgrade",
    "trixie-panel.sh-faasd-recovery",
    "trixie-panel.sh-faasd-offline",
    "trixie-cloud-config.gz-pai-life",
    "noble-ansible-faasd-life",
    "noble-panel.sh-faasd-life",
    "noble-cloud-config-faasd-life",
    "noble-panel.sh-faasd-powercut",
    "noble-panel.sh-faasd-upgrade",
    "noble-panel.sh-faasd-recovery",
    "noble-panel.sh-faasd-offline",
    "noble-cloud-config.gz-pai-life",
]


def choose(words, reject):
    """the jobs that contain the words; an unknown word is an error."""
    chosen = JOBS
    named = [job for job in chosen if job in words]
    if named:
        chosen = named
    for kind in (SUITES, DELIVERIES, PANELS, SCENARIOS):
        wanted = [word for word in words if word in kind]
        if wanted:
            chosen = [job for job in chosen if any(word in parts(job) for word in wanted)]
    unknown = [word for word in words if word not in JOBS + SUITES + DELIVERIES + PANELS + SCENARIOS]
    if unknown:
        reject(f"unknown: {', '.join(unknown)}; known: {', '.join(SUITES + DELIVERIES + PANELS + SCENARIOS)}")
    if not chosen:
        reject(f"no job has {' and '.join(words)}; --list names them")
    return chosen


def parts(job):
    """(suite, delivery, panel, scenario) of a job's name."""
    suite, rest = job.split("-", 1)
    delivery, panel, scenario = rest.rsplit("-", 2)
    return suite, delivery, panel, scenario


def suites(job):
    """The suites of the guests of a job."""
    suite, _, _, scenario = parts(job)
    return {suite, MOVES_TO} if scenario == "backup" else {suite}


def run_job(job, panelgen, out):
    """Run one scenario inside this process's own namespaces; 0 when every check passed."""
    suite, delivery, panel, scenario = parts(job)
    results = Results(job, out / "trouble.log")
    environment = None
    try:
        environment = Environment(suite, rootfs_of(suite), out)
        environment.acme.start()
        bundle = Bundle(environment, panelgen, panel, **parameter_changes(delivery, scenario))
        delivery = BY_NAME[delivery](environment, bundle)
        delivery.prepare()
        {"life": run_life, "recovery": run_recovery, "powercut": run_power_cuts, "upgrade": run_upgrade, "offline": run_offline, "livedin": run_lived_in, "backup": run_backup, "trouble": run_trouble, "adopt": run_adopt}[scenario](results, environment, delivery, panelgen)
    except Abort:
        pass
    except Exception as wrong:
        traceback.print_exc()
        results.abort(str(wrong).splitlines()[0] if str(wrong) else repr(wrong))
    finally:
        if environment:
            try:
                environment.save_logs()
            except Exception:
                traceback.print_exc()
    return 1 if results.failed else 0


def parameter_changes(delivery, scenario):
    """What a job's parameters say besides the usual: the less usual ways are walked too."""
    if scenario == "offline":
        return offline.CHANGES
    if scenario == "livedin":
        return lived_in.CHANGES
    if delivery == "sh":
        return {"tls": {"acme": "standalone"}}
    return {}


def rootfs_of(suite):
    """The kept tree of a suite; `run` has made it before."""
    return subprocess.run([ROOTFS, suite], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def guest_boots(environment):
    failed = [unit for unit in environment.machine.boot(limit=600) if not unit.startswith("cloud-")]
    assert not failed, f"failed units: {failed}"


def install_succeeds(environment, delivery):
    code, output = delivery.apply()
    assert code == 0, f"ended {code}\n{idempotence.tail(output)}"
    idempotence.settle(environment, delivery)


def all_downloads_use_the_mirror(environment):
    unexpected_requests = environment.web.unexpected_requests()
    assert not unexpected_requests, f"requests outside the mirror: {unexpected_requests[:5]}"


def status_passes(_environment, delivery):
    code, output = delivery.run("status")
    assert code == 0, f"status ended {code}\n{idempotence.tail(output)}"


def last_lines_show_url_and_password_file(environment, delivery):
    last = "\n".join(delivery.output.strip().splitlines()[-25:])
    assert f"https://{addresses.DOMAIN}/" in last, f"the address is missing\n{idempotence.tail(last)}"
    assert PASSWORD_FILE[delivery.bundle.panel] in last, f"the password's file is missing\n{idempotence.tail(last)}"


def run_life(results, environment, delivery, _panelgen):
    """From a fresh guest to a panel, and everything that happens to a panel, and back."""
    panel, ansible = delivery.bundle.panel, hasattr(delivery, "play")
    results.check(guest_boots, environment, needed=True)
    if ansible:
        results.check(idempotence.ansible_check_mode_changes_nothing, environment, delivery)
    if type(delivery) is PanelSh:
        for check in preflight.CHECKS:
            results.check(check, environment, delivery)
    results.check(install_succeeds, environment, delivery, needed=True)
    if not ansible:
        results.check(last_lines_show_url_and_password_file, environment, delivery)
    results.check(manifest.host_has_every_manifest_entry, environment, delivery)
    results.check(idempotence.no_unit_was_started_twice, environment, delivery)
    results.check(idempotence.no_secret_was_printed, environment, delivery)
    results.check(all_downloads_use_the_mirror, environment)
    panel_works(results, environment, panel)
    if not ansible:
        results.check(status_passes, environment, delivery)
    for check in renewal.CHECKS:
        results.check(check, environment)
    results.check(idempotence.second_apply_changes_nothing, environment, delivery)
    if ansible:
        results.check(idempotence.ansible_reports_no_change, environment, delivery)
    suite, delivery_name, panel, _ = parts(environment.out.name)
    if suite == "bookworm" and panel == "faasd" and delivery_name != "sh":
        results.check(readme.readme_shows_the_real_output, environment, delivery, delivery_name)
    results.check(idempotence.manual_edit_is_reverted_and_only_its_unit_restarts, environment, delivery)
    if not ansible:
        for check in component.CHECKS:
            results.check(check, environment, delivery)
    results.check(idempotence.all_units_can_be_restarted, environment, delivery)
    results.check(idempotence.all_units_start_after_power_cut, environment, delivery)
    panel_works(results, environment, panel)
    for check in uninstall.CHECKS:
        results.check(check, environment, delivery)


def panel_works(results, environment, panel):
    """Everything that is seen from outside."""
    for check in edge.CHECKS:
        results.check(check, environment)
    for check in {"faasd": function.CHECKS, "pai": pai.CHECKS, "none": [edge.root_returns_404_when_panel_is_none]}[panel]:
        results.check(check, environment)
    for check in ide.CHECKS:
        results.check(check, environment, panel)


def run_recovery(results, environment, delivery, _panelgen):
    """First installs that meet trouble, ending with the whole panel."""
    _, delivery_name, _, _ = parts(environment.out.name)
    if delivery_name != "cloud-config":
        results.check(guest_boots, environment, needed=True)
    for check in recovery.CHECKS[delivery_name]:
        results.check(check, environment, delivery)
    panel_works(results, environment, delivery.bundle.panel)


def run_power_cuts(results, environment, delivery, _panelgen):
    """Power cuts in the middle of an install, ending with the whole panel."""
    results.check(guest_boots, environment, needed=True)
    for check in power_cut.CHECKS:
        results.check(check, environment, delivery)
    panel_works(results, environment, delivery.bundle.panel)


def run_upgrade(results, environment, delivery, panelgen):
    """One bundle after another."""
    panel = delivery.bundle.panel
    routes = [{"path": "/grafana/", "upstream": "http://127.0.0.1:3001"}]
    routed = type(delivery)(environment, Bundle(environment, panelgen, panel, "routed", routes=routes))
    newer = {"version": environment.assets.next_containerd, "sha256": environment.assets.sum(environment.assets.next_name)}
    upgraded = type(delivery)(environment, Bundle(environment, panelgen, panel, "upgraded", routes=routes, containerd=newer))
    results.check(guest_boots, environment, needed=True)
    results.check(install_succeeds, environment, delivery, needed=True)
    results.check(function.function_can_be_deployed_and_called, environment)
    results.check(upgrade.new_route_reloads_only_nginx, environment, delivery, routed)
    results.check(upgrade.new_containerd_restarts_its_dependents, environment, routed, upgraded)
    results.check(upgrade.status_passes_with_the_newer_bundle, environment, delivery, upgraded)
    panel_works(results, environment, panel)


def run_lived_in(results, environment, delivery, _panelgen):
    """A host with accounts, data, sites and certificates of its own, and back to what it was."""
    results.check(guest_boots, environment, needed=True)
    results.check(lived_in.host_is_lived_in, environment, needed=True)
    results.check(lived_in.install_uses_what_is_there, environment, delivery, needed=True)
    panel_works(results, environment, delivery.bundle.panel)
    results.check(status_passes, environment, delivery)
    for check, with_delivery in lived_in.CHECKS:
        results.check(check, environment, *([delivery] if with_delivery else []))


def run_offline(results, environment, delivery, _panelgen):
    """No network, no ACME server; and in the end nothing is left at all."""
    results.check(guest_boots, environment, needed=True)
    for check in offline.FIRST:
        results.check(check, environment, delivery, needed=True)
    results.check(manifest.host_has_every_manifest_entry, environment, delivery)
    panel_works(results, environment, delivery.bundle.panel)
    results.check(status_passes, environment, delivery)
    for check in offline.LAST:
        results.check(check, environment, delivery)


def run_backup(results, environment, delivery, panelgen):
    """A panel that moves to a newer Debian."""
    results.check(guest_boots, environment, needed=True)
    results.check(install_succeeds, environment, delivery, needed=True)
    results.check(backup.users_have_data, environment, delivery, needed=True)
    results.check(backup.backup_is_written_and_everything_runs_again, environment, delivery, needed=True)
    first = backup.saved(environment)
    environment.replace_machine(MOVES_TO, rootfs_of(MOVES_TO))
    # Another account has the number that the IDE's account has on the first host.
    shell.run("chroot", environment.machine.root, "useradd", "--system", "--user-group", "other")
    other = type(delivery)(environment, Bundle(environment, panelgen, delivery.bundle.panel, "other"))
    other.prepare()
    results.check(guest_boots, environment, needed=True)
    results.check(install_succeeds, environment, other, needed=True)
    results.check(backup.restore_replaces_what_the_other_host_has, environment, other, first, needed=True)
    results.check(backup.function_answers_without_being_deployed_again, environment, other)
    results.check(status_passes, environment, other)
    panel_works(results, environment, delivery.bundle.panel)
    results.check(backup.second_restore_is_rejected, environment, other)


def run_trouble(results, environment, delivery, panelgen):
    """Each trouble that preflight knows, and without them the whole panel."""
    results.check(guest_boots, environment, needed=True)
    results.check(trouble.guest_gets_programs_that_check_the_network, environment, needed=True)
    for check in trouble.CHECKS:
        results.check(check, environment, delivery, panelgen)
    results.check(install_succeeds, environment, delivery, needed=True)
    results.check(status_passes, environment, delivery)


def run_adopt(results, environment, delivery, panelgen):
    """A host of the script of 2020 that becomes the panel, and the script's again."""
    panel = delivery.bundle.panel
    results.check(guest_boots, environment, needed=True)
    results.check(old_script.host_is_made_by_the_script_of_2020, environment, needed=True)
    results.check(old_script.adopt_reads_the_parameters_of_the_host, environment, panelgen, needed=True)
    # The adopted parameters, what only the test's network needs, a mail address and a second name.
    adopted = type(delivery)(environment, Bundle(environment, panelgen, panel, "taken-over", old_script.seen["parameters"]))
    results.check(old_script.preflight_warns_of_docker_and_accepts_the_host, environment, adopted)
    results.check(old_script.install_takes_the_host_over, environment, adopted, needed=True)
    results.check(manifest.host_has_every_manifest_entry, environment, adopted)
    for check in old_script.AFTER:
        results.check(check, environment)
    panel_works(results, environment, panel)
    results.check(status_passes, environment, adopted)
    results.check(idempotence.second_apply_changes_nothing, environment, adopted)
    for check in renewal.CHECKS:
        results.check(check, environment)
    results.check(idempotence.all_units_start_after_power_cut, environment, adopted)
    results.check(old_script.uninstall_gives_the_host_back, environment, adopted)
    results.check(old_script.panel_of_the_script_runs_again, environment)
