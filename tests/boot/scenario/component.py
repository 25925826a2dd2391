"""A component by itself: taken out, put back, and nobody else is touched."""

from .again import Picture, settle, tail


def the_ide_alone_is_taken_out_and_put_back(world, delivery):
    before = Picture(world, delivery.bundle)
    code, output = delivery.say("uninstall code-server")
    assert code == 0, f"uninstall code-server ended {code}\n{tail(output)}"
    assert not world.machine.does("systemctl is-active code-server.service"), "the IDE runs on"
    assert not world.machine.path("/etc/code-server/config.yaml").exists(), "its configuration is left"
    _, units = before.differences(Picture(world, delivery.bundle))
    assert set(units) <= {"code-server.service"}, f"touched: {units}"
    code, _ = delivery.say("status")
    assert code != 0, "status is content without the IDE"
    code, output = delivery.say("install code-server")
    assert code == 0, f"install code-server ended {code}\n{tail(output)}"
    settle(world, delivery)
    _, units = before.differences(Picture(world, delivery.bundle))
    assert set(units) <= {"code-server.service"}, f"touched: {units}"
    code, output = delivery.say("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


def an_unknown_component_is_refused(_world, delivery):
    code, output = delivery.say("install grafana")
    assert code != 0 and "grafana" in output, f"ended {code}\n{tail(output)}"


CLAIMS = [the_ide_alone_is_taken_out_and_put_back, an_unknown_component_is_refused]
