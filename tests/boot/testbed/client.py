"""What somebody on the internet sees of the guest: never through the guest's own shell."""

import base64
import hashlib
import http.client
import os
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass

from . import addresses


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict
    body: bytes
    # The fingerprint of the certificate it came with; none over plain HTTP.
    certificate: str = ""

    @property
    def text(self):
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def basic(user, password):
    """The header of HTTP basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Client:
    """Asks the guest by name; trusts exactly the given root certificates (PEM text), or nobody's."""

    def __init__(self, roots="", address=addresses.GUEST):
        self.roots = roots
        self.address = address

    def context(self, host=addresses.DOMAIN):
        """TLS as a careful browser speaks it; without roots, as a careless one."""
        context = ssl.create_default_context(cadata=self.roots) if self.roots else ssl._create_unverified_context()
        context.set_alpn_protocols(["http/1.1"])
        context.check_hostname = bool(self.roots) and bool(host)
        return context

    def https(self, path, host=addresses.DOMAIN, method="GET", body=None, headers=None, timeout=20):
        """One HTTPS request; no redirect is followed."""
        connection = http.client.HTTPSConnection(host, 443, timeout=timeout)
        raw = socket.create_connection((self.address, 443), timeout=timeout)
        connection.sock = self.context(host).wrap_socket(raw, server_hostname=host)
        certificate = hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
        reply = _ask(connection, method, path, body, {"Host": host} | (headers or {}))
        reply.certificate = certificate
        return reply

    def healthy(self):
        """The IDE's health through the front door, which must be answered well: what a steady client asks."""
        reply = self.https("/codeserver/healthz", timeout=5)
        assert reply.status == 200, f"answered {reply.status}"
        return reply

    def http(self, path, host=addresses.DOMAIN, headers=None, timeout=20):
        """One plain HTTP request to port 80."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=timeout)
        return _ask(connection, "GET", path, None, {"Host": host} | (headers or {}))

    def serial(self, host=addresses.DOMAIN):
        """The fingerprint of the certificate served for host, whoever issued it."""
        raw = socket.create_connection((self.address, 443), timeout=10)
        with ssl._create_unverified_context().wrap_socket(raw, server_hostname=host) as connection:
            return hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest()

    def subject(self, host=addresses.DOMAIN):
        """The DER certificate served for host."""
        raw = socket.create_connection((self.address, 443), timeout=10)
        with ssl._create_unverified_context().wrap_socket(raw, server_hostname=host) as connection:
            return connection.getpeercert(binary_form=True)

    def rejects_name(self, host):
        """Whether the TLS handshake for host is rejected (True) or completes with any certificate (False)."""
        raw = socket.create_connection((self.address, 443), timeout=10)
        try:
            with ssl._create_unverified_context().wrap_socket(raw, server_hostname=host):
                return False
        except (ssl.SSLError, ConnectionError):
            return True

    def opens(self, port, timeout=1):
        """Whether a TCP connection to a port of the guest is accepted."""
        try:
            socket.create_connection((self.address, port), timeout=timeout).close()
        except OSError:
            return False
        return True

    def websocket(self, path, origin, host=addresses.DOMAIN, headers=None, text="hello"):
        """(status, echo): open a WebSocket, send one text frame, read one back."""
        raw = socket.create_connection((self.address, 443), timeout=10)
        with self.context(host).wrap_socket(raw, server_hostname=host) as connection:
            lines = [
                f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
                f"Origin: {origin}", *(f"{key}: {value}" for key, value in (headers or {}).items()), "", "",
            ]  # fmt: skip
            connection.sendall("\r\n".join(lines).encode())
            stream = connection.makefile("rb")
            status = int(stream.readline().split()[1])
            while stream.readline().strip():
                pass
            if status != 101:
                return status, ""
            payload, mask = text.encode(), os.urandom(4)
            masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
            connection.sendall(struct.pack("!BB", 0x81, 0x80 | len(payload)) + mask + masked)
            head = stream.read(2)
            return status, stream.read(head[1] & 0x7F).decode()


def _ask(connection, method, path, body, headers):
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class SteadyRequests:
    """A client that keeps asking, a new connection each time; `with SteadyRequests(ask) as steady: …`."""

    def __init__(self, ask, every=0.02):
        self._ask = ask
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0
        self.failures = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # A last second: what breaks just after the change is seen too.
        time.sleep(1)
        self._stop.set()
        self._thread.join(30)

    def _run(self):
        while not self._stop.is_set():
            self.sent += 1
            try:
                self._ask()
            except (OSError, AssertionError, http.client.HTTPException) as trouble:
                self.failures.append(f"request {self.sent}: {trouble!r}")
            self._stop.wait(self._every)
