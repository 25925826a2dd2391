"""A machine without a network and without an ACME server: everything is in a directory, the certificate is one's own."""

import re

from lab import place
from lab.image import archive

from .again import settle, tail

CERTIFICATE = "/etc/ssl/own/fullchain.pem"
KEY = "/etc/ssl/own/privkey.pem"
CHANGES = {"mirror": None, "tls": {"acme": "none", "server": None, "ca": None, "certificate": CERTIFICATE, "key": KEY}}


def carry_in(world, delivery):
    """What an operator copies to the machine: downloads, image archives, the certificate."""
    machine = world.machine
    machine.copy(world.assets.folder, "/root/assets")
    compose = (delivery.bundle.folder / "root/var/lib/faasd/docker-compose.yaml").read_text()
    images = re.findall(r"^\s*image:\s*['\"]?([^\s'\"]+)", compose, re.M)
    assert images, "no image in docker-compose.yaml"
    machine.path("/root/assets/images").mkdir()
    machine.write("/root/assets/images/openfaas.tar", archive(images))
    certificate, key = world.authority.issue(place.DOMAIN, place.ALIAS)
    machine.write(CERTIFICATE, certificate.read_text())
    machine.write(KEY, key.read_text(), 0o600)
    world.trusted = world.authority.root.read_text()


def the_panel_is_made_without_a_network(world, delivery):
    carry_in(world, delivery)
    # The way out is gone; what the guest asks of the mirror, a registry or the ACME server would fail.
    world.machine.sh("ip route del default && : > /etc/resolv.conf")
    code, output = delivery.say("install --assets /root/assets")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(world, delivery)
    assert not world.web.asked, f"asked: {world.web.asked[:5]}"


def the_network_comes_back(world, _delivery):
    world.machine.sh(f"ip route add default via {place.OUTSIDE} && echo nameserver {place.OUTSIDE} > /etc/resolv.conf")


def purge_leaves_no_data(world, delivery):
    code, output = delivery.say("uninstall --purge")
    assert code == 0, f"uninstall --purge ended {code}\n{tail(output)}"
    left = world.machine.sh("ls -d /var/lib/faasd /var/lib/faasd-provider /opt/panel /var/lib/panel /home/coder 2>/dev/null || true").split()
    assert not left, f"left: {left}"
    assert not world.machine.does("getent passwd coder"), "the IDE's account is left"
    assert world.machine.path(CERTIFICATE).exists() and world.machine.path(KEY).exists(), "the operator's own certificate is gone"


FIRST = [the_panel_is_made_without_a_network, the_network_comes_back]
LAST = [purge_leaves_no_data]
