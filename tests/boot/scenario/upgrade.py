"""From one bundle to another: the units that restart are exactly those that `panelgen diff` predicts."""

from testbed import shell
from testbed.client import SteadyRequests

from . import function
from .idempotence import Snapshot, Reloads, tail


def new_route_reloads_only_nginx(environment, delivery, newer):
    machine = environment.machine
    machine.sh(
        "systemd-run --quiet --unit=dashboard --working-directory=/srv python3 -m http.server --bind 127.0.0.1 3001"
    )
    assert environment.client().https("/grafana/packages/").status == 404, "the route is there already"
    before = Snapshot(environment, delivery.bundle)
    edge = machine.sh("systemctl show -p MainPID nginx.service")
    reported = newer.bundle.impact(delivery.bundle.folder)
    reloads = Reloads(environment)
    with SteadyRequests(environment.client().healthy) as steady:
        code, output = newer.run("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    assert not steady.failures, f"{len(steady.failures)} of {steady.sent} requests failed, {steady.failures[0]}"
    _, units = before.differences(Snapshot(environment, delivery.bundle))
    assert not units, f"restarted: {units}"
    assert reloads.units() == {"nginx.service"}, f"reloaded: {reloads.units()}"
    assert reported == (set(), {"nginx.service"}), f"`panelgen diff` told {reported}"
    assert machine.sh("systemctl show -p MainPID nginx.service") == edge, "nginx has a new main process"
    # An upstream without a URI keeps the request's path.
    reply = environment.client().https("/grafana/")
    asked = machine.sh("journalctl -u dashboard --no-pager -o cat || true")
    assert "GET /grafana/ " in asked, f"the new route answers {reply.status}, the upstream was asked: {asked[-300:]}"
    return f"{steady.sent} requests meanwhile, none failed"


def new_containerd_restarts_its_dependents(environment, delivery, newer):
    machine = environment.machine
    before = Snapshot(environment, delivery.bundle)
    reported = newer.bundle.impact(delivery.bundle.folder)
    reloads = Reloads(environment)
    with SteadyRequests(environment.client().healthy) as steady:
        code, output = newer.run("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    assert not steady.failures, f"{len(steady.failures)} of {steady.sent} requests failed, {steady.failures[0]}"
    _, units = before.differences(Snapshot(environment, delivery.bundle))
    # They require containerd, so systemd stops them with it; nothing else stands on it.
    assert set(units) == {"containerd.service", "faasd.service", "faasd-provider.service"}, f"restarted: {sorted(units)}"
    assert reported == (set(units), reloads.units()), f"`panelgen diff` told {reported}; reloaded: {reloads.units()}"
    running = machine.sh("readlink /proc/$(systemctl show -p MainPID --value containerd.service)/exe").strip()
    assert f"containerd-{environment.assets.next_containerd}/" in running, f"{running} runs"
    assert shell.until(60, lambda: environment.client().https("/faasd/healthz").status == 200, every=0.5), "the gateway does not answer"
    function.deploy(environment)
    old = machine.path(f"/opt/panel/containerd-{environment.assets.versions['containerd']}")
    assert not old.exists(), f"{old.name} is left"
    return f"{steady.sent} requests meanwhile, none failed"


def status_passes_with_the_newer_bundle(_environment, _delivery, newer):
    code, output = newer.run("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"
