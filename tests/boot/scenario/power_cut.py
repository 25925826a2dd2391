"""The power goes in the middle of an install."""

import time

from testbed import shell

from .idempotence import second_apply_changes_nothing, settle, tail

# What the disk shows when the install is here: packages done, first archive unpacked, services starting.
MOMENTS = {
    "downloading": "ls /var/cache/panel/*containerd* >/dev/null 2>&1",
    "unpacking": "ls -d /opt/panel/runc-* /usr/local/bin/containerd >/dev/null 2>&1",
    "starting": "systemctl is-active --quiet containerd.service",
}


def cut_while(environment, delivery, moment):
    """Start an install, cut the power at the moment, boot again."""
    delivery.copy_to_guest()
    running = environment.machine.start(f"{delivery.program} install >>/root/cut.log 2>&1")
    reached = shell.until(180, lambda: running.poll() is not None or environment.machine.succeeds(MOMENTS[moment]), every=0.05)
    assert reached and running.poll() is None, f"the install was never seen {moment} (ended {running.poll()})"
    time.sleep(0.1)
    environment.machine.cut_power()
    running.wait()
    environment.machine.boot()


def power_cut_leaves_no_damage_when_downloading(environment, delivery):
    cut_while(environment, delivery, "downloading")


def power_cut_leaves_no_damage_when_unpacking(environment, delivery):
    cut_while(environment, delivery, "unpacking")


def power_cut_leaves_no_damage_when_starting(environment, delivery):
    cut_while(environment, delivery, "starting")


def next_install_completes(environment, delivery):
    code, output = delivery.run("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(environment, delivery)
    code, output = delivery.run("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


CHECKS = [
    power_cut_leaves_no_damage_when_downloading,
    power_cut_leaves_no_damage_when_unpacking,
    power_cut_leaves_no_damage_when_starting,
    next_install_completes,
    second_apply_changes_nothing,
]
