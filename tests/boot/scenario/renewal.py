"""Renewal by the timer's own service, seen by a client that never stops asking."""

from lab import place, shell
from lab.client import Steady


def make_due(world):
    """certbot reads this key of the lineage's own file: the certificate is due at once."""
    conf = f"/etc/letsencrypt/renewal/{place.DOMAIN}.conf"
    world.machine.sh(f"sed -i '/renew_before_expiry/d' {conf} && sed -i '1i renew_before_expiry = 9000 days' {conf}")


def make_not_due(world):
    world.machine.sh(f"sed -i '/renew_before_expiry/d' /etc/letsencrypt/renewal/{place.DOMAIN}.conf")


def the_timer_is_the_only_mechanism(world):
    machine = world.machine
    assert machine.does("systemctl is-enabled certbot-renew.timer && systemctl is-active certbot-renew.timer"), "certbot-renew.timer is not on"
    assert not machine.does("systemctl is-active certbot.timer"), "the distribution's timer runs beside it"
    state = machine.sh("systemctl is-enabled certbot-renew.service || true").strip()
    assert state == "static", f"certbot-renew.service is {state}: only the timer may start it"


def a_renewal_that_is_not_due_asks_nobody(world):
    before = world.client().serial()
    world.machine.sh("systemctl start certbot-renew.service", timeout=120)
    assert world.client().serial() == before, "the certificate was renewed without need"


def renewal_fails_no_request_and_restarts_nothing(world):
    machine, client = world.machine, world.client()
    edge = machine.sh("systemctl show -p MainPID,InvocationID nginx.service")
    before = client.serial()
    make_due(world)
    # Each request notes the certificate it was answered with: the client is there before, at and after the change.
    served = []

    with Steady(lambda: served.append(client.healthy().certificate)) as steady:
        shell.until(30, lambda: len(served) > 10)
        machine.sh("systemctl start certbot-renew.service", timeout=120)
        shell.until(30, lambda: len(served) - served.count(before) > 10)
    make_not_due(world)
    assert not steady.failures, f"{len(steady.failures)} of {steady.asked} requests failed, {steady.failures[0]}"
    old = served.count(before)
    new = len(served) - old
    assert old > 10, f"only {old} requests were made before the change"
    assert new > 10, f"only {new} requests saw the new certificate"
    assert served == sorted(served, key=lambda certificate: certificate != before), "the old certificate came back"
    assert machine.sh("systemctl show -p MainPID,InvocationID nginx.service") == edge, "nginx was restarted, not reloaded"
    return f"{old} requests before the change, {new} after it, none failed"


def a_failing_renewal_leaves_the_site_up(world):
    machine, client = world.machine, world.client()
    before = client.serial()
    make_due(world)
    world.acme.go_down()
    try:
        with Steady(client.healthy) as steady:
            assert not machine.does("systemctl start certbot-renew.service", timeout=180), "a failed renewal is called a success"
    finally:
        world.acme.come_back()
        make_not_due(world)
        machine.sh("systemctl reset-failed certbot-renew.service")
    assert not steady.failures, f"{len(steady.failures)} of {steady.asked} requests failed, {steady.failures[0]}"
    assert client.serial() == before, "the certificate changed"
    return f"{steady.asked} requests, none failed"


CLAIMS = [
    the_timer_is_the_only_mechanism,
    a_renewal_that_is_not_due_asks_nobody,
    renewal_fails_no_request_and_restarts_nothing,
    a_failing_renewal_leaves_the_site_up,
]
