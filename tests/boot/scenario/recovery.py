"""First installs that meet trouble: a damaged download, an ACME server that is down."""

import json

from testbed import addresses
from testbed.client import Client

from .idempotence import settle, tail


def status_reports_missing_installation(_environment, delivery):
    code, _ = delivery.run("status")
    assert code != 0, "status is content on a fresh host"


def dry_run_changes_nothing(environment, delivery):
    def look():
        return environment.machine.sh("find /etc /usr /opt /var/lib /data -printf '%p %i %T@\\n' 2>/dev/null | sort | sha256sum")

    delivery.copy_to_guest()
    before = look()
    code, output = delivery.run("install --dry-run")
    assert code == 0, f"--dry-run ended {code}\n{tail(output)}"
    assert look() == before, "something in /etc, /usr, /opt, /var/lib or /data changed"
    assert output.strip(), "--dry-run says nothing"


def damaged_download_is_rejected_by_name(environment, delivery):
    # Whichever of upstream's two builds this target takes.
    name = environment.assets.names["containerd"]
    static = name.replace("containerd-", "containerd-static-", 1)
    environment.web.damaged = {name, static}
    code, output = delivery.reapply()
    environment.web.damaged = set()
    assert code != 0, "install succeeded with a damaged download"
    assert name in output or static in output, f"{name} is not named\n{tail(output)}"
    unpacked = environment.machine.sh("find /opt/panel /usr/local -path /opt/panel/bundle -prune -o -name 'containerd*' -print").split()
    assert not unpacked, f"unpacked all the same: {unpacked[:5]}"


def progress_is_valid_json_after_failure(environment, _delivery):
    progress = json.loads(environment.machine.path("/data/h5/progress.json").read_text())
    assert progress["code"] != 0, f"progress.json says {progress}"
    assert progress["message"], "progress.json has no message"
    assert isinstance(progress["data"]["progress"], int), f"progress is {progress['data']['progress']!r}"


def all_but_the_certificate_is_up_when_acme_server_is_down(environment, delivery):
    environment.acme.stop()
    try:
        code, output = delivery.reapply()
    finally:
        environment.acme.restart()
    assert code != 0, "install succeeded without a certificate"
    all_but_the_certificate(environment, output)


def first_boot_starts_all_but_the_certificate_when_acme_server_is_down(environment, delivery):
    environment.acme.stop()
    try:
        environment.machine.boot(limit=600)
        code, output = delivery.apply()
    finally:
        environment.acme.restart()
    assert code != 0, "cloud-init is content without a certificate"
    all_but_the_certificate(environment, output)
    # cloud-init runs at first boot alone: its result stays.
    environment.machine.sh("systemctl reset-failed cloud-final.service")


def all_but_the_certificate(environment, output):
    """nginx with the temporary certificate, every service behind it, and no failed unit but the one that requests the certificate."""
    careless = Client("")
    assert b"placeholder.invalid" in careless.subject(addresses.DOMAIN), f"443 does not show the placeholder\n{tail(output)}"
    assert careless.http("/").status in (301, 308), "port 80 does not serve"
    assert careless.https("/faasd/healthz").status == 200, f"the gateway does not answer\n{tail(output)}"
    assert careless.https("/codeserver/healthz").status == 200, f"the IDE does not answer\n{tail(output)}"
    failed = [unit for unit in environment.machine.failed_units() if unit not in ("certbot-issue.service", "cloud-final.service")]
    assert not failed, f"failed units: {failed}"


def status_names_the_missing_certificate(_environment, delivery):
    code, output = delivery.run("status")
    assert code != 0, "status is content without a certificate"
    assert "certificate" in output.lower(), f"status does not speak of the certificate\n{tail(output)}"


def later_install_completes(environment, delivery):
    code, output = delivery.reapply()
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(environment, delivery)
    code, output = delivery.run("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


def progress_is_complete(environment, _delivery):
    progress = json.loads(environment.machine.path("/data/h5/progress.json").read_text())
    assert progress["code"] == 0 and progress["data"]["progress"] == 100, f"progress.json says {progress}"


CHECKS = {
    "panel.sh": [
        status_reports_missing_installation,
        dry_run_changes_nothing,
        damaged_download_is_rejected_by_name,
        progress_is_valid_json_after_failure,
        all_but_the_certificate_is_up_when_acme_server_is_down,
        status_names_the_missing_certificate,
        later_install_completes,
        progress_is_complete,
    ],
    # The guest boots inside the first check.
    "cloud-config": [
        first_boot_starts_all_but_the_certificate_when_acme_server_is_down,
        status_names_the_missing_certificate,
        later_install_completes,
        progress_is_complete,
    ],
    "ansible": [
        damaged_download_is_rejected_by_name,
        all_but_the_certificate_is_up_when_acme_server_is_down,
        status_names_the_missing_certificate,
        later_install_completes,
    ],
}
