"""What the tests of the files of a release share: a release page on this machine, and a repository with a bundle."""
import contextlib
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "panelgen/venv/bin"
NAME = pathlib.Path(sys.argv[0]).name
count = 0


def ok(condition, what, *shown):
    """One check. The first that fails ends the program."""
    global count
    if not condition:
        print(f"{NAME}: FAIL: {what}", *shown, sep="\n", file=sys.stderr)
        sys.exit(1)
    count += 1
    print(f"{NAME}: ok: {what}", file=sys.stderr)


def passed():
    print(f"{NAME}: {count} checks passed", file=sys.stderr)


def run(command, **given):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **given)


@contextlib.contextmanager
def serving(handler):
    """A server of this handler; its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def served(directory):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    return serving(functools.partial(Quiet, directory=str(directory)))


def read_yaml(path):
    """All documents of a YAML file. The YAML reader is in the tools' own Python."""
    program = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"
    return json.loads(subprocess.run([TOOLS / "python", "-c", program, path], check=True, stdout=subprocess.PIPE).stdout)


def releases(work, version, dist):
    """A directory as the release page has it."""
    page = work / "releases"
    page.mkdir()
    (page / f"v{version}").symlink_to(dist)
    return page


def unpacked(work, version, dist):
    """The directory with the program of the release."""
    archive = next(dist.glob(f"panelgen-{version}-{os.uname().machine}-*-musl.tar.gz"))
    subprocess.run(["tar", "-xzf", archive, "-C", work], check=True)
    return work / archive.name.removesuffix(".tar.gz")


def damaged(bundle, copy):
    """A copy of a bundle with one finding."""
    shutil.copytree(bundle, copy)
    unit = copy / "root/etc/systemd/system/faasd.service"
    unit.write_text(unit.read_text().replace("MemoryMax=500M", "MemoryMax=500MB"))
    return copy
