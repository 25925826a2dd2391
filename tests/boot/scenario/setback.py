"""First installs that meet trouble: a damaged download, an ACME server that is down."""

import json

from lab import place
from lab.client import Client

from .again import settle, tail


def status_says_that_nothing_is_installed(_world, delivery):
    code, _ = delivery.say("status")
    assert code != 0, "status is content on a fresh host"


def a_dry_run_changes_nothing(world, delivery):
    def look():
        return world.machine.sh("find /etc /usr /opt /var/lib /data -printf '%p %i %T@\\n' 2>/dev/null | sort | sha256sum")

    delivery.bring()
    before = look()
    code, output = delivery.say("install --dry-run")
    assert code == 0, f"--dry-run ended {code}\n{tail(output)}"
    assert look() == before, "something in /etc, /usr, /opt, /var/lib or /data changed"
    assert output.strip(), "--dry-run says nothing"


def a_damaged_download_is_refused_and_named(world, delivery):
    # Whichever of upstream's two builds this target takes.
    name = world.assets.names["containerd"]
    static = name.replace("containerd-", "containerd-static-", 1)
    world.web.damaged = {name, static}
    code, output = delivery.again()
    world.web.damaged = set()
    assert code != 0, "install succeeded with a damaged download"
    assert name in output or static in output, f"{name} is not named\n{tail(output)}"
    unpacked = world.machine.sh("find /opt/panel /usr/local -path /opt/panel/bundle -prune -o -name 'containerd*' -print").split()
    assert not unpacked, f"unpacked all the same: {unpacked[:5]}"


def progress_is_valid_json_after_a_failure(world, _delivery):
    progress = json.loads(world.machine.path("/data/h5/progress.json").read_text())
    assert progress["code"] != 0, f"progress.json says {progress}"
    assert progress["message"], "progress.json has no message"
    assert isinstance(progress["data"]["progress"], int), f"progress is {progress['data']['progress']!r}"


def without_an_acme_server_all_but_the_certificate_is_up(world, delivery):
    world.acme.go_down()
    try:
        code, output = delivery.again()
    finally:
        world.acme.come_back()
    assert code != 0, "install succeeded without a certificate"
    all_but_the_certificate(world, output)


def a_first_boot_without_an_acme_server_brings_all_but_the_certificate(world, delivery):
    world.acme.go_down()
    try:
        world.machine.boot(limit=600)
        code, output = delivery.first()
    finally:
        world.acme.come_back()
    assert code != 0, "cloud-init is content without a certificate"
    all_but_the_certificate(world, output)
    # cloud-init runs at first boot alone: its verdict stays until somebody has read it.
    world.machine.sh("systemctl reset-failed cloud-final.service")


def all_but_the_certificate(world, output):
    """nginx on the placeholder, everything behind it, and no unit failed but the one that asked."""
    careless = Client("")
    assert b"placeholder.invalid" in careless.subject(place.DOMAIN), f"443 does not show the placeholder\n{tail(output)}"
    assert careless.http("/").status in (301, 308), "port 80 does not serve"
    assert careless.https("/faasd/healthz").status == 200, f"the gateway does not answer\n{tail(output)}"
    assert careless.https("/codeserver/healthz").status == 200, f"the IDE does not answer\n{tail(output)}"
    failed = [unit for unit in world.machine.failed_units() if unit not in ("certbot-issue.service", "cloud-final.service")]
    assert not failed, f"failed units: {failed}"


def status_names_the_missing_certificate(_world, delivery):
    code, output = delivery.say("status")
    assert code != 0, "status is content without a certificate"
    assert "certificate" in output.lower(), f"status does not speak of the certificate\n{tail(output)}"


def a_later_run_completes(world, delivery):
    code, output = delivery.again()
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(world, delivery)
    code, output = delivery.say("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


def progress_is_at_its_end(world, _delivery):
    progress = json.loads(world.machine.path("/data/h5/progress.json").read_text())
    assert progress["code"] == 0 and progress["data"]["progress"] == 100, f"progress.json says {progress}"


CLAIMS = {
    "panel.sh": [
        status_says_that_nothing_is_installed,
        a_dry_run_changes_nothing,
        a_damaged_download_is_refused_and_named,
        progress_is_valid_json_after_a_failure,
        without_an_acme_server_all_but_the_certificate_is_up,
        status_names_the_missing_certificate,
        a_later_run_completes,
        progress_is_at_its_end,
    ],
    # The guest boots inside the first claim.
    "cloud-config": [
        a_first_boot_without_an_acme_server_brings_all_but_the_certificate,
        status_names_the_missing_certificate,
        a_later_run_completes,
        progress_is_at_its_end,
    ],
    "ansible": [
        a_damaged_download_is_refused_and_named,
        without_an_acme_server_all_but_the_certificate_is_up,
        status_names_the_missing_certificate,
        a_later_run_completes,
    ],
}
