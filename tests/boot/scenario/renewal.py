"""Renewal by the timer's own service, seen by a client that never stops asking."""

from testbed import addresses, shell
from testbed.client import SteadyRequests


def make_due(environment):
    """certbot reads this key of the lineage's own file: the certificate is due at once."""
    conf = f"/etc/letsencrypt/renewal/{addresses.DOMAIN}.conf"
    environment.machine.sh(f"sed -i '/renew_before_expiry/d' {conf} && sed -i '1i renew_before_expiry = 9000 days' {conf}")


def make_not_due(environment):
    environment.machine.sh(f"sed -i '/renew_before_expiry/d' /etc/letsencrypt/renewal/{addresses.DOMAIN}.conf")


def only_our_timer_renews_our_certificate(environment):
    machine = environment.machine
    assert machine.succeeds("systemctl is-enabled certbot-renew.timer && systemctl is-active certbot-renew.timer"), "certbot-renew.timer is not on"
    assert machine.succeeds("systemctl is-active certbot.timer"), "the distribution's timer does not run: who renews the certificates of others?"
    state = machine.sh("systemctl is-enabled certbot-renew.service || true").strip()
    assert state == "static", f"certbot-renew.service is {state}: only the timer may start it"


def renewal_sends_no_request_when_not_due(environment):
    before = environment.client().serial()
    environment.machine.sh("systemctl start certbot-renew.service", timeout=120)
    assert environment.client().serial() == before, "the certificate was renewed without need"


def renewal_fails_no_request_and_restarts_no_unit(environment):
    machine, client = environment.machine, environment.client()
    edge = machine.sh("systemctl show -p MainPID,InvocationID nginx.service")
    before = client.serial()
    make_due(environment)
    # Each request notes the certificate it was answered with: the client is there before, at and after the change.
    served = []

    with SteadyRequests(lambda: served.append(client.healthy().certificate)) as steady:
        shell.until(30, lambda: len(served) > 10)
        machine.sh("systemctl start certbot-renew.service", timeout=120)
        shell.until(30, lambda: len(served) - served.count(before) > 10)
    make_not_due(environment)
    assert not steady.failures, f"{len(steady.failures)} of {steady.sent} requests failed, {steady.failures[0]}"
    old = served.count(before)
    new = len(served) - old
    assert old > 10, f"only {old} requests were made before the change"
    assert new > 10, f"only {new} requests saw the new certificate"
    assert served == sorted(served, key=lambda certificate: certificate != before), "the old certificate came back"
    assert machine.sh("systemctl show -p MainPID,InvocationID nginx.service") == edge, "nginx was restarted, not reloaded"
    return f"{old} requests before the change, {new} after it, none failed"


def site_stays_up_when_renewal_fails(environment):
    machine, client = environment.machine, environment.client()
    before = client.serial()
    make_due(environment)
    environment.acme.stop()
    try:
        with SteadyRequests(client.healthy) as steady:
            assert not machine.succeeds("systemctl start certbot-renew.service", timeout=180), "a failed renewal is called a success"
    finally:
        environment.acme.restart()
        make_not_due(environment)
        machine.sh("systemctl reset-failed certbot-renew.service")
    assert not steady.failures, f"{len(steady.failures)} of {steady.sent} requests failed, {steady.failures[0]}"
    assert client.serial() == before, "the certificate changed"
    return f"{steady.sent} requests, none failed"


CHECKS = [
    only_our_timer_renews_our_certificate,
    renewal_sends_no_request_when_not_due,
    renewal_fails_no_request_and_restarts_no_unit,
    site_stays_up_when_renewal_fails,
]
