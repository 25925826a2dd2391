"""A tiny container image under any reference: for the registry and for image archives.

The image has directories, the merged-/usr links and one Python program, fakes/container.py.
Its interpreter is the host's: the stand-in faasd binds /usr into each container, read-only.
"""

import gzip
import hashlib
import io
import json
import pathlib
import tarfile

PROGRAM = pathlib.Path(__file__).parent.parent / "fakes" / "container.py"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ARCHITECTURE = "amd64"


def digest(content):
    """The name of some bytes in a registry."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Image:
    """Manifest, config and layer for one role: `gateway`, `function` or an idle server."""

    def __init__(self, reference):
        role = reference.rsplit("/", 1)[-1].split("@")[0].split(":")[0]
        layer = _layer()
        self.config = json.dumps(
            {
                "architecture": ARCHITECTURE,
                "os": "linux",
                "config": {
                    # Upstream's gateway and queue-worker run as the user `app`; prometheus as nobody.
                    "User": {"gateway": "100:65533", "queue-worker": "100:65533", "prometheus": "65534"}.get(role, ""),
                    "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                    "Entrypoint": ["/usr/bin/python3", "/app/container.py"],
                    "Cmd": [role],
                },
                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
                "history": [{"created_by": "boot test"}],
            },
            sort_keys=True,
        ).encode()
        self.layer = gzip.compress(layer, mtime=0)
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "size": len(self.config), "digest": digest(self.config)},
                "layers": [{"mediaType": LAYER, "size": len(self.layer), "digest": digest(self.layer)}],
            },
            sort_keys=True,
        ).encode()

    def blobs(self):
        """Digest → bytes of everything but the manifest."""
        return {digest(self.config): self.config, digest(self.layer): self.layer}


def archive(references):
    """An OCI image layout as one tar, as `docker save` and `ctr image export` write them."""
    out = io.BytesIO()
    entries, blobs = [], {}
    for reference in references:
        image = Image(reference)
        blobs.update(image.blobs())
        blobs[digest(image.manifest)] = image.manifest
        entries.append(
            {
                "mediaType": MANIFEST,
                "digest": digest(image.manifest),
                "size": len(image.manifest),
                "platform": {"architecture": ARCHITECTURE, "os": "linux"},
                "annotations": {
                    "io.containerd.image.name": reference,
                    "org.opencontainers.image.ref.name": reference.rsplit(":", 1)[-1],
                },
            }
        )
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(tar, "index.json", json.dumps(index).encode())
        for name, content in sorted(blobs.items()):
            _add(tar, "blobs/" + name.replace(":", "/"), content)
    return out.getvalue()


def _layer():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("usr", "etc", "tmp", "app", "proc", "sys", "dev", "run", "run/secrets", "home"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
        for name in ("bin", "sbin", "lib", "lib64"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{name}"
            tar.addfile(entry)
        _add(tar, "etc/passwd", b"root:x:0:0::/root:/bin/sh\napp:x:100:65533::/home/app:/bin/sh\n")
        # Older C libraries ask the name server before /etc/hosts when nobody says otherwise.
        _add(tar, "etc/nsswitch.conf", b"hosts: files dns\n")
        _add(tar, "etc/group", b"root:x:0:\napp:x:65533:\n")
        _add(tar, "app/container.py", PROGRAM.read_bytes(), 0o755)
    return out.getvalue()


def _add(tar, name, content, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
