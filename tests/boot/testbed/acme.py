"""The ACME server: Debian's pebble, which can be down."""

import json
import os
import pathlib
import ssl
import subprocess
import urllib.request

from . import addresses, shell


class Acme:
    """pebble at https://ACME:14000/dir; its root is new each time it starts, so it starts once."""

    directory = f"https://{addresses.ACME}:{addresses.ACME_PORT}/dir"

    def __init__(self, authority, log):
        self._authority = authority
        self._log = pathlib.Path(log)
        self._pebble = None

    def start(self):
        """Start pebble and wait until it answers."""
        certificate, key = self._authority.issue(addresses.ACME)
        config = self._log.with_suffix(".json")
        config.write_text(
            json.dumps(
                {
                    "pebble": {
                        "listenAddress": f"{addresses.OUTSIDE}:{addresses.ACME_PORT}",
                        "managementListenAddress": f"{addresses.OUTSIDE}:{addresses.ACME_MANAGEMENT_PORT}",
                        "certificate": str(certificate),
                        "privateKey": str(key),
                        "httpPort": 80,
                        "tlsPort": 443,
                        "ocspResponderURL": "",
                        "externalAccountBindingRequired": False,
                    }
                }
            )
        )
        # No artificial waits and no rejected nonces: those test the ACME client.
        environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        with self._log.open("ab") as log:
            self._pebble = subprocess.Popen(
                ["pebble", "-config", config, "-dnsserver", f"{addresses.OUTSIDE}:53"],
                stdout=log, stderr=log, env=environment,
            )  # fmt: skip
        if not shell.until(10, self._root):
            raise shell.Failed(f"pebble does not answer, see {self._log}")

    def stop(self):
        """Refuse connections from the guest, as a server that is down; what it has issued stays trusted."""
        shell.run("iptables", "-I", "INPUT", *self._door)

    def restart(self):
        """Answer again."""
        shell.run("iptables", "-D", "INPUT", *self._door)

    _door = ("-i", "outside", "-p", "tcp", "--dport", str(addresses.ACME_PORT), "-j", "REJECT", "--reject-with", "tcp-reset")

    def root(self):
        """The root certificate that issued certificates lead to, as PEM text."""
        return self._root() or ""

    def _root(self):
        context = ssl.create_default_context(cafile=str(self._authority.root))
        context.check_hostname = False
        try:
            url = f"https://{addresses.OUTSIDE}:{addresses.ACME_MANAGEMENT_PORT}/roots/0"
            with urllib.request.urlopen(url, context=context, timeout=3) as answer:
                return answer.read().decode()
        except OSError:
            return None
