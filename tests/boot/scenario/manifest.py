"""The host against the bundle's own promise."""

import hashlib


def host_has_every_manifest_entry(environment, delivery):
    machine, wrong = environment.machine, []
    entries = delivery.bundle.manifest["entries"]
    listing = machine.sh("stat -c '%n\t%F\t%04a\t%U:%G' -- " + " ".join(machine.quoted(entry["path"]) for entry in entries) + " || true")
    found = {line.split("\t")[0]: line.split("\t")[1:] for line in listing.splitlines()}
    for entry in entries:
        kind = {"file": "regular file", "directory": "directory"}[entry["type"]]
        there = found.get(entry["path"])
        if there and there[0] == "regular empty file":
            there[0] = "regular file"
        if there != [kind, entry["mode"], entry["owner"]]:
            wrong.append(f"{entry['path']}: {there or 'missing'}, promised {kind} {entry['mode']} {entry['owner']}")
        elif entry["type"] == "file":
            content = hashlib.sha256(machine.path(entry["path"]).read_bytes()).hexdigest()
            if content != entry["sha256"]:
                wrong.append(f"{entry['path']}: other content than promised")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(entries)} entries differ", *wrong[:10]])
