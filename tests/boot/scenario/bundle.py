"""Bundles, made by panelgen as an operator makes them."""

import json
import pathlib

from testbed import addresses, shell
from testbed.acme import Acme

TARGET = {"bullseye": "debian-11", "bookworm": "debian-12", "trixie": "debian-13", "noble": "ubuntu-24.04"}


class Bundle:
    """A rendered bundle directory, unmodified, with its manifest."""

    def __init__(self, environment, panelgen, panel, name="bundle", before=None, **changes):
        """`before` is a parameter file with the panel and the target; the test's own parameters come after it."""
        self.name = name
        self.panel = panel
        self.folder = environment.out / name
        self.parameters = environment.out / f"{name}.yaml"
        self._panelgen = panelgen
        said = {
            "domain": [addresses.DOMAIN, addresses.ALIAS],
            "mail": f"ops@{addresses.ZONE}",
            "panel": panel,
            "target": TARGET[environment.suite],
            "mirror": f"https://{addresses.MIRROR}/panel",
            "tls": {"server": Acme.directory, "ca": addresses.ROOT_IN_GUEST},
            **environment.assets.keys(),
        }
        for key, value in changes.items():
            said[key] = {**said[key], **value} if isinstance(value, dict) and isinstance(said.get(key), dict) else value
        said = {key: without_none(value) for key, value in said.items() if value is not None}
        for key in ("panel", "target") if before else ():
            del said[key]
        # JSON is YAML, and every parameter file of the test can be read by eye in out/.
        self.parameters.write_text(json.dumps(said, indent=2) + "\n")
        self._given = [word for path in (before, self.parameters) if path for word in ("-f", path)]
        shell.run(panelgen, "render", *self._given, "-o", f"{self.folder}/")
        self.manifest = json.loads((self.folder / "MANIFEST.json").read_text())

    def form(self, format_name, path):
        """The same parameters in another format."""
        shell.run(self._panelgen, "render", *self._given, "--format", format_name, "-o", path)
        return pathlib.Path(path)

    def impact(self, *there):
        """What `panelgen diff` says that this bundle does to the units of what is there: (those that it restarts,
        those that it reloads). `there` is another bundle's folder, or `--root` and a host's."""
        if there[0] == "--root":
            words = (self._panelgen, "diff", *self._given, "--format", "json", *there)
        else:
            words = (self._panelgen, "diff", "--format", "json", *there, self.folder)
        # 1 is "it differs": without --detailed-exitcode a shell could not tell it from trouble, which prints nothing.
        reported = json.loads(shell.run(*words, check=False))
        units = {"restart": set(), "reload": set()}
        for step in reported["impact"]["steps"]:
            act, _, unit = step["step"].partition(" ")
            if act in units:
                units[act].add(unit if "." in unit else f"{unit}.service")
        return units["restart"], units["reload"]

    def entries(self, kind="file"):
        """Manifest entries of one type."""
        return [entry for entry in self.manifest["entries"] if entry["type"] == kind]

    def units(self):
        """Names of the units this bundle owns."""
        folder = "/etc/systemd/system/"
        names = [entry["path"][len(folder) :] for entry in self.entries() if entry["path"].startswith(folder)]
        return [name for name in names if "/" not in name]


def without_none(value):
    """A key changed to None is one that is not said."""
    return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value
