"""The downloads a bundle asks for, under upstream's names and in upstream's layout.

containerd, runc and the CNI plugins are the real ones of the guest's own suite. What no package
registry has (faasd, faas-cli, code-server, pai) is a stand-in from fakes/.
"""

import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import re
import tarfile

STANDIN = pathlib.Path(__file__).parent.parent / "fakes"
ARCH = "amd64"
# Versions of the stand-ins; the mirror has one file per name, whatever version asks for it.
FAASD = "0.19.0"
FAAS_CLI = "0.17.8"
CODE_SERVER = "4.133.0"


class Assets:
    """A directory of downloads for one suite, with each one's version and sum."""

    def __init__(self, folder, binaries):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        binaries = pathlib.Path(binaries)
        self.versions = {
            "containerd": _version(binaries, "containerd"),
            "runc": _version(binaries, "runc"),
            "cni": _version(binaries, "containernetworking-plugins"),
            "faasd": FAASD,
            "faas_cli": FAAS_CLI,
            "code_server": CODE_SERVER,
        }
        # The same containerd under the next number: something to upgrade to.
        self.next_containerd = re.sub(r"\d+$", lambda last: str(int(last.group()) + 1), self.versions["containerd"])
        code_server = f"code-server-{CODE_SERVER}-linux-{ARCH}"
        self.names = {
            "containerd": f"containerd-{self.versions['containerd']}-linux-{ARCH}.tar.gz",
            "runc": f"runc.{ARCH}",
            "cni": f"cni-plugins-linux-{ARCH}-v{self.versions['cni']}.tgz",
            "faasd": "faasd",
            "faas_cli": "faas-cli",
            "code_server": f"{code_server}.tar.gz",
        }
        self.next_name = f"containerd-{self.next_containerd}-linux-{ARCH}.tar.gz"

        def containerd(more=None):
            names = ("containerd", "containerd-shim", "containerd-shim-runc-v1", "containerd-shim-runc-v2", "ctr")
            programs = [binaries / "usr/bin" / name for name in names]
            return _tar_gz({f"bin/{program.name}": program.read_bytes() for program in programs if program.exists()} | (more or {}))

        self._write(self.names["containerd"], containerd)
        # The same bytes under another name would have the same sum; one more entry makes it another file.
        self._write(self.next_name, lambda: containerd({"bin/next": b"#!/bin/sh\n"}))
        self._write(self.names["runc"], (binaries / "usr/sbin/runc").read_bytes)
        plugins = sorted((binaries / "usr/lib/cni").iterdir())
        self._write(self.names["cni"], lambda: _tar_gz({f"./{plugin.name}": plugin.read_bytes() for plugin in plugins}))
        self._write(self.names["faasd"], (STANDIN / "faasd").read_bytes)
        self._write(self.names["faas_cli"], (STANDIN / "faas-cli").read_bytes)
        self._write(self.names["code_server"], lambda: _tar_gz({
            f"{code_server}/bin/code-server": (STANDIN / "code-server").read_bytes(),
            f"{code_server}/package.json": json.dumps({"name": "code-server", "version": CODE_SERVER}).encode(),
        }))  # fmt: skip
        self._write("pai-mate-latest.tar.xz", lambda: _tar_xz({
            "bin/start.sh": (STANDIN / "pai-start").read_bytes(),
            "bin/update.sh": (STANDIN / "pai-update").read_bytes(),
            "bin/npm": (STANDIN / "pai-npm").read_bytes(),
            "package.json": b'{"name": "pai-mate", "version": "1.0.0"}\n',
        }))  # fmt: skip
        self._write("pai_agent", (STANDIN / "pai_agent").read_bytes)
        # Upstream's static build, which older C libraries need, is this suite's own build here.
        for name in (self.names["containerd"], self.next_name):
            self._write(name.replace("containerd-", "containerd-static-", 1), (self.folder / name).read_bytes)

    def sum(self, name):
        """sha256 of one file."""
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()

    def keys(self):
        """`{component: {version, sha256}}` as panel.yaml takes them."""
        keys = {key: {"version": self.versions[key], "sha256": self.sum(name)} for key, name in self.names.items()}
        pai = {"mate_sha256": self.sum("pai-mate-latest.tar.xz"), "agent_sha256": self.sum("pai_agent")}
        return {**keys, "pai": pai}

    def _write(self, name, make):
        """A file of the mirror, made when it is not there yet: the jobs of one run share them."""
        path = self.folder / name
        if path.exists():
            return
        content = make()
        # Upstream's sums lie beside the files, under either name.
        for suffix in (".sha256", ".sha256sum"):
            path.with_name(name + suffix).write_text(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        unfinished = path.with_name(f".{name}.{os.getpid()}")
        unfinished.write_bytes(content)
        unfinished.rename(path)


def _version(binaries, package):
    """Upstream's version of an unpacked package, from the first line of its changelog."""
    changelog = next((binaries / "usr/share/doc" / package).glob("changelog.Debian*.gz"))
    first = gzip.decompress(changelog.read_bytes()).decode().split("\n", 1)[0]
    return re.search(r"\((?:\d+:)?(\d+\.\d+\.\d+)", first).group(1)


def _tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644 if name.endswith(".json") else 0o755
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _tar_gz(files):
    return gzip.compress(_tar(files), compresslevel=1, mtime=0)


def _tar_xz(files):
    return lzma.compress(_tar(files))
