"""The stories: which claims, in which order, on which guests."""

import pathlib
import subprocess
import traceback

from lab import place
from lab.ledger import Abort, Ledger
from lab.world import World

from . import again, component, edge, function, ide, manifest, offline, pai, powercut, readme, renewal, setback, uninstall, upgrade
from .bundle import TARGET, Bundle
from .delivery import BY_NAME, PASSWORD_FILE

GUEST_TREE = pathlib.Path(__file__).parent.parent / "guest-tree"

SUITES = list(TARGET)
DELIVERIES = list(BY_NAME)
PANELS = ["faasd", "pai", "none"]
STORIES = ["life", "setback", "powercut", "upgrade", "offline"]

# Longest first: guests run side by side. A job's name says all about it.
JOBS = [
    "bookworm-ansible-faasd-life",
    "bookworm-ansible-faasd-setback",
    "bookworm-ansible-pai-life",
    "bookworm-panel.sh-faasd-life",
    "bookworm-cloud-config-faasd-life",
    "bookworm-sh-faasd-life",
    "bookworm-panel.sh-faasd-powercut",
    "bookworm-panel.sh-faasd-upgrade",
    "bookworm-panel.sh-faasd-setback",
    "bookworm-cloud-config-faasd-setback",
    "bookworm-panel.sh-faasd-offline",
    "bookworm-cloud-config.gz-pai-life",
    "bookworm-panel.sh-pai-life",
    "bookworm-panel.sh-none-life",
    "bullseye-ansible-pai-life",
    "bullseye-panel.sh-faasd-life",
    "bullseye-cloud-config-faasd-life",
    "bullseye-panel.sh-faasd-powercut",
    "bullseye-panel.sh-faasd-upgrade",
    "bullseye-panel.sh-faasd-setback",
    "bullseye-panel.sh-faasd-offline",
    "trixie-ansible-faasd-life",
    "trixie-panel.sh-faasd-life",
    "trixie-cloud-config-faasd-life",
    "trixie-panel.sh-faasd-powercut",
    "trixie-panel.sh-faasd-upgrade",
    "trixie-panel.sh-faasd-setback",
    "trixie-panel.sh-faasd-offline",
    "trixie-cloud-config.gz-pai-life",
    "noble-ansible-faasd-life",
    "noble-panel.sh-faasd-life",
    "noble-cloud-config-faasd-life",
    "noble-panel.sh-faasd-powercut",
    "noble-panel.sh-faasd-upgrade",
    "noble-panel.sh-faasd-setback",
    "noble-panel.sh-faasd-offline",
    "noble-cloud-config.gz-pai-life",
]


def choose(words, refuse):
    """The jobs that have the words; a word that no job has is refused."""
    chosen = JOBS
    named = [job for job in chosen if job in words]
    if named:
        chosen = named
    for kind in (SUITES, DELIVERIES, PANELS, STORIES):
        wanted = [word for word in words if word in kind]
        if wanted:
            chosen = [job for job in chosen if any(word in parts(job) for word in wanted)]
    unknown = [word for word in words if word not in JOBS + SUITES + DELIVERIES + PANELS + STORIES]
    if unknown:
        refuse(f"unknown: {', '.join(unknown)}; known: {', '.join(SUITES + DELIVERIES + PANELS + STORIES)}")
    if not chosen:
        refuse(f"no job has {' and '.join(words)}; --list names them")
    return chosen


def parts(job):
    """(suite, delivery, panel, story) of a job's name."""
    suite, rest = job.split("-", 1)
    delivery, panel, story = rest.rsplit("-", 2)
    return suite, delivery, panel, story


def tell(job, panelgen, out):
    """Tell one story inside this process's own namespaces; 0 when every claim held."""
    suite, delivery, panel, story = parts(job)
    ledger = Ledger(job, out / "trouble.log")
    world = None
    try:
        world = World(suite, tree_of(suite), out)
        world.acme.start()
        bundle = Bundle(world, panelgen, panel, **knobs(delivery, story))
        way = BY_NAME[delivery](world, bundle)
        way.prepare()
        {"life": life, "setback": setbacks, "powercut": outages, "upgrade": growth, "offline": apart}[story](ledger, world, way, panelgen)
    except Abort:
        pass
    except Exception as wrong:
        traceback.print_exc()
        ledger.abort(str(wrong).splitlines()[0] if str(wrong) else repr(wrong))
    finally:
        if world:
            try:
                world.keep_evidence()
            except Exception:
                traceback.print_exc()
    return 1 if ledger.failed else 0


def knobs(delivery, story):
    """What a job's parameters say besides the usual: the less usual ways are walked too."""
    if story == "offline":
        return offline.CHANGES
    if delivery == "sh":
        return {"tls": {"acme": "standalone"}}
    return {}


def tree_of(suite):
    """The kept tree of a suite; `run` has made it before."""
    return subprocess.run([GUEST_TREE, suite], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def the_guest_boots(world):
    failed = [unit for unit in world.machine.boot(limit=600) if not unit.startswith("cloud-")]
    assert not failed, f"failed units: {failed}"


def the_panel_is_made(world, way):
    code, output = way.first()
    assert code == 0, f"ended {code}\n{again.tail(output)}"
    again.settle(world, way)


def nothing_came_from_elsewhere(world):
    strangers = world.web.strangers()
    assert not strangers, f"asked outside the mirror: {strangers[:5]}"


def status_is_content(_world, way):
    code, output = way.say("status")
    assert code == 0, f"status ended {code}\n{again.tail(output)}"


def the_log_and_the_last_lines_tell_where_to_go(world, way):
    last = "\n".join(way.output.strip().splitlines()[-25:])
    assert f"https://{place.DOMAIN}/" in last, f"the address is not told\n{again.tail(last)}"
    assert PASSWORD_FILE[way.bundle.panel] in last, f"the password's place is not told\n{again.tail(last)}"


def life(ledger, world, way, _panelgen):
    """From a fresh guest to a panel, and everything that happens to a panel, and back."""
    panel, ansible = way.bundle.panel, hasattr(way, "play")
    ledger.claim(the_guest_boots, world, needed=True)
    if ansible:
        ledger.claim(again.a_trial_run_of_ansible_changes_nothing, world, way)
    ledger.claim(the_panel_is_made, world, way, needed=True)
    if not ansible:
        ledger.claim(the_log_and_the_last_lines_tell_where_to_go, world, way)
    ledger.claim(manifest.the_host_has_every_entry_of_the_manifest, world, way)
    ledger.claim(again.no_unit_had_to_be_started_twice, world, way)
    ledger.claim(again.no_secret_was_printed, world, way)
    ledger.claim(nothing_came_from_elsewhere, world)
    panel_works(ledger, world, panel)
    if not ansible:
        ledger.claim(status_is_content, world, way)
    for claim in renewal.CLAIMS:
        ledger.claim(claim, world)
    ledger.claim(again.a_second_apply_changes_nothing, world, way)
    if ansible:
        ledger.claim(again.ansible_itself_says_that_nothing_changed, world, way)
    suite, delivery, panel, _ = parts(world.out.name)
    if suite == "bookworm" and panel == "faasd" and delivery != "sh":
        ledger.claim(readme.readme_shows_what_was_said, world, way, delivery)
    ledger.claim(again.a_hand_edited_file_is_put_back_and_only_its_reader_restarts, world, way)
    if not ansible:
        for claim in component.CLAIMS:
            ledger.claim(claim, world, way)
    ledger.claim(again.everything_can_be_restarted, world, way)
    ledger.claim(again.everything_comes_back_after_a_power_cut, world, way)
    panel_works(ledger, world, panel)
    for claim in uninstall.CLAIMS:
        ledger.claim(claim, world, way)


def panel_works(ledger, world, panel):
    """Everything that is seen from outside."""
    for claim in edge.CLAIMS:
        ledger.claim(claim, world)
    for claim in {"faasd": function.CLAIMS, "pai": pai.CLAIMS, "none": [edge.the_root_is_a_plain_404]}[panel]:
        ledger.claim(claim, world)
    for claim in ide.CLAIMS:
        ledger.claim(claim, world, panel)


def setbacks(ledger, world, way, _panelgen):
    """First installs that meet trouble, ending with the whole panel."""
    _, delivery, _, _ = parts(world.out.name)
    if delivery != "cloud-config":
        ledger.claim(the_guest_boots, world, needed=True)
    for claim in setback.CLAIMS[delivery]:
        ledger.claim(claim, world, way)
    panel_works(ledger, world, way.bundle.panel)


def outages(ledger, world, way, _panelgen):
    """Power cuts in the middle of an install, ending with the whole panel."""
    ledger.claim(the_guest_boots, world, needed=True)
    for claim in powercut.CLAIMS:
        ledger.claim(claim, world, way)
    panel_works(ledger, world, way.bundle.panel)


def growth(ledger, world, way, panelgen):
    """One bundle after another."""
    panel = way.bundle.panel
    routes = [{"path": "/grafana/", "upstream": "http://127.0.0.1:3001"}]
    routed = type(way)(world, Bundle(world, panelgen, panel, "routed", routes=routes))
    newer = {"version": world.assets.next_containerd, "sha256": world.assets.sum(world.assets.next_name)}
    upgraded = type(way)(world, Bundle(world, panelgen, panel, "upgraded", routes=routes, containerd=newer))
    ledger.claim(the_guest_boots, world, needed=True)
    ledger.claim(the_panel_is_made, world, way, needed=True)
    ledger.claim(function.a_function_is_deployed_and_called, world)
    ledger.claim(upgrade.a_new_route_reloads_nginx_alone, world, way, routed)
    ledger.claim(upgrade.a_new_containerd_restarts_what_stands_on_it, world, routed, upgraded)
    ledger.claim(upgrade.status_is_content_with_the_newer_bundle, world, way, upgraded)
    panel_works(ledger, world, panel)


def apart(ledger, world, way, _panelgen):
    """No network, no ACME server; and in the end nothing is left at all."""
    ledger.claim(the_guest_boots, world, needed=True)
    for claim in offline.FIRST:
        ledger.claim(claim, world, way, needed=True)
    ledger.claim(manifest.the_host_has_every_entry_of_the_manifest, world, way)
    panel_works(ledger, world, way.bundle.panel)
    ledger.claim(status_is_content, world, way)
    for claim in offline.LAST:
        ledger.claim(claim, world, way)
