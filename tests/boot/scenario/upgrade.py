"""From one bundle to another: exactly what must restart does, and `panelgen diff` of the two had told it."""

from lab import shell
from lab.client import Steady

from . import function
from .again import Picture, Reloads, tail


def a_new_route_reloads_nginx_alone(world, delivery, newer):
    machine = world.machine
    machine.sh(
        "systemd-run --quiet --unit=dashboard --working-directory=/srv python3 -m http.server --bind 127.0.0.1 3001"
    )
    assert world.client().https("/grafana/packages/").status == 404, "the route is there already"
    before = Picture(world, delivery.bundle)
    edge = machine.sh("systemctl show -p MainPID nginx.service")
    told = newer.bundle.impact(delivery.bundle.folder)
    reloads = Reloads(world)
    with Steady(world.client().healthy) as steady:
        code, output = newer.say("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    assert not steady.failures, f"{len(steady.failures)} of {steady.asked} requests failed, {steady.failures[0]}"
    _, units = before.differences(Picture(world, delivery.bundle))
    assert not units, f"restarted: {units}"
    assert reloads.units() == {"nginx.service"}, f"reloaded: {reloads.units()}"
    assert told == (set(), {"nginx.service"}), f"`panelgen diff` told {told}"
    assert machine.sh("systemctl show -p MainPID nginx.service") == edge, "nginx has a new main process"
    # An upstream without a URI keeps the request's path.
    reply = world.client().https("/grafana/")
    asked = machine.sh("journalctl -u dashboard --no-pager -o cat || true")
    assert "GET /grafana/ " in asked, f"the new route answers {reply.status}, the upstream was asked: {asked[-300:]}"
    return f"{steady.asked} requests meanwhile, none failed"


def a_new_containerd_restarts_what_stands_on_it(world, delivery, newer):
    machine = world.machine
    before = Picture(world, delivery.bundle)
    told = newer.bundle.impact(delivery.bundle.folder)
    reloads = Reloads(world)
    with Steady(world.client().healthy) as steady:
        code, output = newer.say("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    assert not steady.failures, f"{len(steady.failures)} of {steady.asked} requests failed, {steady.failures[0]}"
    _, units = before.differences(Picture(world, delivery.bundle))
    # They require containerd, so systemd stops them with it; nothing else stands on it.
    assert set(units) == {"containerd.service", "faasd.service", "faasd-provider.service"}, f"restarted: {sorted(units)}"
    assert told == (set(units), reloads.units()), f"`panelgen diff` told {told}; reloaded: {reloads.units()}"
    running = machine.sh("readlink /proc/$(systemctl show -p MainPID --value containerd.service)/exe").strip()
    assert f"containerd-{world.assets.next_containerd}/" in running, f"{running} runs"
    assert shell.until(60, lambda: world.client().https("/faasd/healthz").status == 200, every=0.5), "the gateway does not answer"
    function.deploy(world)
    old = machine.path(f"/opt/panel/containerd-{world.assets.versions['containerd']}")
    assert not old.exists(), f"{old.name} is left"
    return f"{steady.asked} requests meanwhile, none failed"


def status_is_content_with_the_newer_bundle(_world, _delivery, newer):
    code, output = newer.say("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"
