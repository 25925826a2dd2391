"""The only name server of the test network.

The panel's names lead to the guest; every other name leads outside, where the mirror and the
registry answer to any name and note who was asked: a download that leaves the mirror is seen.
"""

import contextlib
import socket
import struct
import threading

from . import addresses

A, TXT, AAAA = 1, 16, 28


class DnsServer:
    """A UDP name server on one address, port 53."""

    def __init__(self, address=addresses.OUTSIDE):
        self.requests = []
        self._table = {
            addresses.DOMAIN: addresses.GUEST,
            addresses.ALIAS: addresses.GUEST,
            addresses.STRANGER: addresses.GUEST,
            addresses.OTHER_SITE: addresses.GUEST,
        }
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    @contextlib.contextmanager
    def changed(self, names):
        """Other addresses of these names, for a while; None is no record."""
        before = self._table
        self._table = before | names
        try:
            yield
        finally:
            self._table = before

    def _serve(self):
        while True:
            question, client = self._socket.recvfrom(4096)
            try:
                self._socket.sendto(self._answer(question), client)
            except (struct.error, IndexError, UnicodeDecodeError):
                continue

    def _answer(self, message):
        number, flags = struct.unpack_from("!HH", message)
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1 : at + 1 + message[at]].decode("ascii"))
            at += message[at] + 1
        kind = struct.unpack_from("!H", message, at + 1)[0]
        question = message[12 : at + 5]
        name = ".".join(labels).lower()
        self.requests.append(name)
        answer = b""
        address = self._table.get(name, addresses.OUTSIDE)
        if kind == A and address:
            address = socket.inet_aton(address)
            answer = struct.pack("!HHHIH", 0xC00C, A, 1, 30, 4) + address
        # QR, the client's RD, RA; an empty answer says "no such record", never "no such name".
        head = struct.pack("!HHHHHH", number, 0x8080 | (flags & 0x0100), 1, 1 if answer else 0, 0, 0)
        return head + question + answer
