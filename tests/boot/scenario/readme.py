"""README shows what the deliveries print: its sessions are compared with what they printed for this guest.

A ` ```console guest DELIVERY ` block is such a session; `…` stands for any text, alone on a line for any lines.
README shows its own domain and the default versions. The guest has another domain and the versions of its suite.
"""

import pathlib
import re

from testbed import addresses

README_DOMAIN = "example.com"
README = pathlib.Path(__file__).resolve().parents[3] / "README.md"

# What preflight reports of a guest, which has no time service.
CLOCK = re.compile(r"^warning clock .*\n +hint: .*\n", re.M)


def readme_shows_the_real_output(_environment, delivery, name):
    seen, wrong = {}, []
    steps = sessions(name)
    assert steps, f"README has no session of {name}"
    for command, shown in steps:
        seen[command] = seen.get(command, 0) + 1
        outputs = [
            CLOCK.sub("", output.replace(addresses.DOMAIN, README_DOMAIN))
            for said, output in delivery.transcript
            if said == command
        ]
        if len(outputs) < seen[command]:
            wrong.append(f"`{command}` was not said {seen[command]} times")
        elif not pattern(shown).fullmatch(outputs[seen[command] - 1].strip("\n") + "\n"):
            wrong.append(f"`{command}`, time {seen[command]}, printed otherwise:\n{outputs[seen[command] - 1][-600:]}")
    assert not wrong, "\n".join(wrong)
    return f"{len(steps)} commands"


def sessions(name):
    """(command, lines shown) of every session of a delivery, the command as the delivery itself names it."""
    steps = []
    for block in re.findall(rf"^```console guest {re.escape(name)}\n(.*?)^```$", README.read_text(), re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((re.sub(r"^(ssh \S+ )?(sudo )?(sh \S*/(?=panel[.]sh))?", "", line[2:]), []))
            else:
                steps[-1][1].append(line)
    return steps


def pattern(shown):
    """What is shown, as an expression for what is printed. Any version matches one that is shown."""
    return re.compile("".join(r"(?:.*\n)*?" if line == "…" else expression(line) + r"\n" for line in shown))


def expression(line):
    """One line of what is shown."""
    return re.sub(r"\d+(?:\\[.]\d+)+", r"\\d+(?:[.]\\d+)+", re.escape(line)).replace("…", ".*")
