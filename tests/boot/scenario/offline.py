"""A machine without a network and without an ACME server: everything is in a directory, the certificate is one's own."""

import re

from testbed import addresses
from testbed.oci_image import archive

from .idempotence import settle, tail

CERTIFICATE = "/etc/ssl/own/fullchain.pem"
KEY = "/etc/ssl/own/privkey.pem"
CHANGES = {"mirror": None, "tls": {"acme": "none", "server": None, "ca": None, "certificate": CERTIFICATE, "key": KEY}}


def copy_assets_to_guest(environment, delivery):
    """What an operator copies to the machine: downloads, image archives, the certificate."""
    machine = environment.machine
    machine.copy(environment.assets.folder, "/root/assets")
    compose = (delivery.bundle.folder / "root/var/lib/faasd/docker-compose.yaml").read_text()
    images = re.findall(r"^\s*image:\s*['\"]?([^\s'\"]+)", compose, re.M)
    assert images, "no image in docker-compose.yaml"
    machine.path("/root/assets/images").mkdir()
    machine.write("/root/assets/images/openfaas.tar", archive(images))
    certificate, key = environment.authority.issue(addresses.DOMAIN, addresses.ALIAS)
    machine.write(CERTIFICATE, certificate.read_text())
    machine.write(KEY, key.read_text(), 0o600)
    environment.trusted = environment.authority.root.read_text()


def install_succeeds_without_network(environment, delivery):
    copy_assets_to_guest(environment, delivery)
    # The way out is gone; what the guest asks of the mirror, a registry or the ACME server would fail.
    environment.machine.sh("ip route del default && : > /etc/resolv.conf")
    code, output = delivery.run("install --assets /root/assets")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(environment, delivery)
    assert not environment.web.requests, f"asked: {environment.web.requests[:5]}"


def network_is_restored(environment, _delivery):
    environment.machine.sh(f"ip route add default via {addresses.OUTSIDE} && echo nameserver {addresses.OUTSIDE} > /etc/resolv.conf")


def purge_leaves_no_data(environment, delivery):
    code, output = delivery.run("uninstall --purge")
    assert code == 0, f"uninstall --purge ended {code}\n{tail(output)}"
    left = environment.machine.sh("ls -d /var/lib/faasd /var/lib/faasd-provider /opt/panel /var/lib/panel /home/coder 2>/dev/null || true").split()
    assert not left, f"left: {left}"
    assert not environment.machine.succeeds("getent passwd coder"), "the IDE's account is left"
    assert environment.machine.path(CERTIFICATE).exists() and environment.machine.path(KEY).exists(), "the operator's own certificate is gone"


FIRST = [install_succeeds_without_network, network_is_restored]
LAST = [purge_leaves_no_data]
