"""A machine without a network and without an ACME server: it installs from what `panel.sh fetch` wrote on another one, and
the certificate is one's own."""

import contextlib
import json
import os
import shutil
import tarfile

from testbed import addresses, shell

from .idempotence import settle, tail

CERTIFICATE = "/etc/ssl/own/fullchain.pem"
KEY = "/etc/ssl/own/privkey.pem"
CHANGES = {"tls": {"acme": "none", "server": None, "ca": None, "certificate": CERTIFICATE, "key": KEY}}
# Programs that fetch uses to get images; without them it asks the registry with curl.
IMAGE_TOOLS = ("skopeo", "crane")
NOBODY = 65534


def fetch(environment):
    """Run the bundle's `panel.sh fetch` on this machine, which has a network, as an ordinary user."""
    home = environment.scratch / "connected"
    command = [
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--inh-caps=-all",
        "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={home}", f"TMPDIR={home}",
        f"CURL_CA_BUNDLE={environment.authority.root}", f"SSL_CERT_FILE={environment.authority.root}",
        "sh", home / "bundle/panel.sh", "fetch", home / "assets",
    ]  # fmt: skip
    try:
        output = shell.run(*command, timeout=600)
    finally:
        (environment.out / "requests-fetch.log").write_text("".join(f"{host} {name}\n" for host, name in environment.web.requests))
    assert "complete:" in output, f"fetch does not say that it is complete\n{tail(output)}"
    return output


def fetch_writes_all_downloads_and_images_as_an_ordinary_user(environment, delivery):
    home = environment.scratch / "connected"
    shutil.copytree(delivery.bundle.folder, home / "bundle")
    # Other users may read the bundle and the certificate, and write here alone.
    shell.run("chmod", "-R", "a+rX", home, environment.authority.folder, environment.scratch)
    os.chown(home, NOBODY, NOBODY)
    resolver = environment.scratch / "resolv.conf"
    resolver.write_text(f"nameserver {addresses.OUTSIDE}\n")
    shell.run("mount", "--bind", resolver, "/etc/resolv.conf")
    try:
        with hidden(environment, IMAGE_TOOLS):
            fetch(environment)
        archives = sorted((home / "assets/images").glob("*.tar"))
        kinds = [kind_of(archive) for archive in archives]
        assert kinds and set(kinds) == {"oci"}, f"kinds of archives from the registry: {kinds}"
        # What is there is kept: only the images that are missing are fetched again, by skopeo.
        again = archives[: len(archives) // 2]
        assert again and shutil.which("skopeo"), "skopeo is not installed; .ci/install installs it"
        for archive in again:
            archive.unlink()
        before = len(environment.web.requests)
        fetch(environment)
        kinds = [kind_of(archive) for archive in archives]
        assert kinds == ["docker"] * len(again) + ["oci"] * (len(archives) - len(again)), f"kinds of archives: {kinds}"
        mirrored = [name for host, name in environment.web.requests[before:] if host == addresses.MIRROR and not name.endswith(SUMS)]
        assert not mirrored, f"downloaded again: {mirrored}"
    finally:
        shell.run("umount", "/etc/resolv.conf")
    shell.run("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=home / "assets")
    environment.machine.copy(home / "assets", "/root/assets")
    return f"{len(archives)} images, {len(again)} of them by skopeo"


@contextlib.contextmanager
def hidden(environment, programs):
    """These programs cannot be run meanwhile. The mounts are those of this job alone."""
    empty = environment.scratch / "empty"
    empty.touch(0o644)
    paths = [path for path in map(shutil.which, programs) if path]
    for path in paths:
        shell.run("mount", "--bind", empty, path)
    try:
        yield
    finally:
        for path in paths:
            shell.run("umount", path)


# Files of checksums are small, and read again.
SUMS = (".sha256", ".sha256sum")


def kind_of(archive):
    """Which program's form an archive of an image has."""
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    return "docker" if "manifest.json" in names else "oci" if "oci-layout" in names else "none"


def copy_certificate_to_guest(environment):
    """What an operator copies to the machine besides the assets."""
    machine = environment.machine
    certificate, key = environment.authority.issue(addresses.DOMAIN, addresses.ALIAS)
    machine.write(CERTIFICATE, certificate.read_text())
    machine.write(KEY, key.read_text(), 0o600)
    environment.trusted = environment.authority.root.read_text()


def install_succeeds_without_network(environment, delivery):
    copy_certificate_to_guest(environment)
    environment.web.requests.clear()
    # The way out is gone; what the guest asks of the mirror, a registry or the ACME server would fail.
    environment.machine.sh("ip route del default && : > /etc/resolv.conf")
    code, output = delivery.run("install --assets /root/assets")
    assert code == 0, f"install ended {code}\n{tail(output)}"
    settle(environment, delivery)
    assert not environment.web.requests, f"asked: {environment.web.requests[:5]}"
    listed = environment.machine.sh("ctr --namespace openfaas images list --quiet")
    for image in sorted(image["name"] for image in json.loads((delivery.bundle.folder / "assets.lock").read_text())["images"]):
        assert image in listed.split(), f"{image} is not imported: {listed}"


def network_is_restored(environment, _delivery):
    environment.machine.sh(f"ip route add default via {addresses.OUTSIDE} && echo nameserver {addresses.OUTSIDE} > /etc/resolv.conf")


def purge_leaves_no_data(environment, delivery):
    code, output = delivery.run("uninstall --purge")
    assert code == 0, f"uninstall --purge ended {code}\n{tail(output)}"
    left = environment.machine.sh("ls -d /var/lib/faasd /var/lib/faasd-provider /opt/panel /var/lib/panel /home/coder 2>/dev/null || true").split()
    assert not left, f"left: {left}"
    assert not environment.machine.succeeds("getent passwd coder"), "the IDE's account is left"
    assert environment.machine.path(CERTIFICATE).exists() and environment.machine.path(KEY).exists(), "the operator's own certificate is gone"


FIRST = [fetch_writes_all_downloads_and_images_as_an_ordinary_user, install_succeeds_without_network, network_is_restored]
LAST = [purge_leaves_no_data]
