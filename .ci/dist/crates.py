"""The crates that end up in the binary, read from `cargo metadata` and Cargo.lock."""
import json
import pathlib
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def linked(target):
    """The program's package, every package linked into it (sorted), and the edges between them, for one target."""
    # Metadata unites the features that tests ask for with those of the program; the tree does not.
    command = ["cargo", "tree", "--locked", "--package", "panelgen", "--edges", "normal,no-proc-macro", "--target", target]
    command += ["--prefix", "none", "--format", "{p}"]
    lines = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    in_tree = {tuple(line.split()[:2]) for line in lines if line}
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    by_id = {package["id"]: package for package in metadata["packages"]}
    # A build script or a macro runs while the program is made; its text is not in the program.
    edges = {
        node["id"]: [
            edge["pkg"]
            for edge in node["deps"]
            if any(kind["kind"] is None for kind in edge["dep_kinds"]) and label(by_id[edge["pkg"]]) in in_tree
        ]
        for node in metadata["resolve"]["nodes"]
    }
    root = next(package for package in metadata["packages"] if package["name"] == "panelgen")
    reached, waiting = set(), [root["id"]]
    while waiting:
        package = waiting.pop()
        if package not in reached:
            reached.add(package)
            waiting += edges[package]
    packages = sorted((by_id[each] for each in reached), key=lambda package: (package["name"], package["version"]))
    return root, packages, edges


def label(package):
    """A package as `cargo tree` names it."""
    return package["name"], f"v{package['version']}"


def lock_checksums():
    """The SHA-256 of each crate's archive, by name and version."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(each["name"], each["version"]): each["checksum"] for each in lock["package"] if "checksum" in each}
