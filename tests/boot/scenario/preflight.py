"""A fresh guest before the panel: preflight accepts it, names what is wrong with it, and changes nothing."""

import json

from .idempotence import Snapshot, tail


def changes_nothing(environment, delivery, words):
    """(exit code, output) of a command that must leave the guest as it is."""
    before = Snapshot(environment, delivery.bundle)
    code, output = delivery.run(words)
    paths, units = before.differences(Snapshot(environment, delivery.bundle))
    assert not paths and not units, f"`{words}` changed {paths[:10]} {units}"
    return code, output


def rejects(environment, delivery, finding):
    """preflight and install end with the same finding."""
    for words in ["preflight", "install --offline"]:
        code, output = changes_nothing(environment, delivery, words)
        assert code != 0, f"`{words}` succeeded\n{tail(output)}"
        assert finding in output, f"`{words}` does not print `{finding}`\n{tail(output)}"


def preflight_accepts_a_fresh_guest_and_changes_nothing(environment, delivery):
    delivery.copy_to_guest()
    code, output = changes_nothing(environment, delivery, "preflight --format json")
    found = json.loads(output)
    assert code == 0 and found["errors"] == 0, f"preflight ended {code}: {found}"
    return f"{len(found['checks'])} findings, {found['warnings']} warnings"


def preflight_names_the_unit_that_uses_a_port(environment, delivery):
    machine = environment.machine
    machine.sh("systemd-run --quiet --unit=blocker python3 -m http.server 443")
    try:
        machine.sh("for _ in $(seq 100); do ! ss -Hltn 'sport = 443' | grep -q . || exit 0; sleep 0.1; done; exit 1")
        rejects(environment, delivery, "port 443 is in use by python3 of blocker.service, and nginx needs it")
    finally:
        machine.sh("systemctl stop blocker.service")


def preflight_rejects_another_system(environment, delivery):
    release = environment.machine.path("/usr/lib/os-release")
    own = release.read_text()
    release.write_text("ID=debian\nVERSION_ID=9\n")
    try:
        rejects(environment, delivery, "this host is debian-9, but the bundle is for")
    finally:
        release.write_text(own)


def preflight_finds_a_damaged_file_of_the_bundle(environment, delivery):
    path = environment.machine.path(f"{delivery.home}/root/etc/nginx/conf.d/default.conf")
    own = path.read_bytes()
    path.write_bytes(own + b"# edited\n")
    try:
        rejects(environment, delivery, "root/etc/nginx/conf.d/default.conf differs from the rendered file")
    finally:
        path.write_bytes(own)


CHECKS = [
    preflight_accepts_a_fresh_guest_and_changes_nothing,
    preflight_names_the_unit_that_uses_a_port,
    preflight_rejects_another_system,
    preflight_finds_a_damaged_file_of_the_bundle,
]
