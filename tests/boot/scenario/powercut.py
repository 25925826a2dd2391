"""The power goes in the middle of an install."""

import time

from lab import shell

from .again import a_second_apply_changes_nothing, settle, tail

# What the disk shows when the install is here: packages done, first archive unpacked, services starting.
MOMENTS = {
    "downloading": "ls /var/cache/panel/*containerd* >/dev/null 2>&1",
    "unpacking": "ls -d /opt/panel/runc-* /usr/local/bin/containerd >/dev/null 2>&1",
    "starting": "systemctl is-active --quiet containerd.service",
}


def cut_while(world, delivery, moment):
    """Start an install, cut the power at the moment, boot again."""
    delivery.bring()
    running = world.machine.start(f"{delivery.program} install >>/root/cut.log 2>&1")
    reached = shell.until(180, lambda: running.poll() is not None or world.machine.does(MOMENTS[moment]), every=0.05)
    assert reached and running.poll() is None, f"the install was never seen {moment} (ended {running.poll()})"
    time.sleep(0.1)
    world.machine.cut_power()
    running.wait()
    world.machine.boot()


def power_is_cut_while_downloading(world, delivery):
    cut_while(world, delivery, "downloading")


def power_is_cut_while_unpacking(world, delivery):
    cut_while(world, delivery, "unpacking")


def power_is_cut_while_starting(world, delivery):
    cut_while(world, delivery, "starting")


def the_next_run_completes(world, delivery):
    code, output = delivery.say("install")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(world, delivery)
    code, output = delivery.say("status")
    assert code == 0, f"status ended {code}\n{tail(output)}"


CLAIMS = [
    power_is_cut_while_downloading,
    power_is_cut_while_unpacking,
    power_is_cut_while_starting,
    the_next_run_completes,
    a_second_apply_changes_nothing,
]
