"""A component by itself: uninstalled and installed again, without a change to the others."""

import json

from .idempotence import Snapshot, settle, tail


def ide_can_be_uninstalled_and_installed_alone(environment, delivery):
    before = Snapshot(environment, delivery.bundle)
    code, output = delivery.run("uninstall code-server")
    assert code == 0, f"uninstall code-server ended {code}\n{tail(output)}"
    assert not environment.machine.succeeds("systemctl is-active code-server.service"), "the IDE runs on"
    assert not environment.machine.path("/etc/code-server/config.yaml").exists(), "its configuration is left"
    _, units = before.differences(Snapshot(environment, delivery.bundle))
    assert set(units) <= {"code-server.service"}, f"touched: {units}"
    code, _ = delivery.run("status")
    assert code != 0, "status is content without the IDE"
    code, output = delivery.run("install code-server")
    assert code == 0, f"install code-server ended {code}\n{tail(output)}"
    settle(environment, delivery)
    _, units = before.differences(Snapshot(environment, delivery.bundle))
    assert set(units) <= {"code-server.service"}, f"touched: {units}"
    code, output = delivery.run("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


def unknown_component_is_rejected(_environment, delivery):
    code, output = delivery.run("install grafana")
    assert code != 0 and "grafana" in output, f"ended {code}\n{tail(output)}"


def status_is_json_for_machines(_environment, delivery):
    code, output = delivery.run("status --format json")
    status = json.loads(output)
    assert code == 0 and status["errors"] == 0, f"status ended {code}: {status}"
    # The day of the host decides which support has ended.
    others = [check for check in status["checks"] if check["level"] != "ok"]
    assert all(check["level"] == "warning" and "updates" in check["message"] for check in others), others
    return f"{len(status['checks'])} lines"


def logs_are_those_of_the_component(_environment, delivery):
    code, output = delivery.run("logs code-server")
    assert code == 0, f"logs ended {code}\n{tail(output)}"
    assert "code-server" in output and "nginx" not in output, tail(output)


CHECKS = [
    status_is_json_for_machines,
    logs_are_those_of_the_component,
    ide_can_be_uninstalled_and_installed_alone,
    unknown_component_is_rejected,
]
