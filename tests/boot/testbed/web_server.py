"""The servers outside: mirror, registry, metadata service, and a piece of the open internet.

One HTTPS server answers to every name. Under the mirror's name it serves files; under any other it
is a container registry that has every image but those of `absent`. Each request is noted with the name it was made to.
"""

import http.server
import json
import pathlib
import re
import threading

from . import addresses
from .oci_image import Image, digest


class Web:
    """Starts the servers; `asked` is the list of (host, path) seen on 443."""

    def __init__(self, authority, assets):
        self.assets = pathlib.Path(assets)
        self.requests = []
        # Names of files that are served damaged: one byte is another.
        self.damaged = set()
        # Content by name that is served instead of, or besides, the assets' files.
        self.extra = {}
        # Repositories whose images the registry does not have.
        self.absent = set()
        self._blobs = {}
        web = self

        class Secure(_Quiet):
            """Mirror or registry, by the Host header."""

            def do_GET(self):
                host = self.headers.get("Host", "").split(":")[0]
                web.requests.append((host, self.path))
                if host == addresses.MIRROR:
                    web.serve_file(self)
                else:
                    web.serve_image(self, host)

            do_HEAD = do_GET

        class Plain(_Quiet):
            """Says which address asked: the internet, and the metadata service."""

            def do_GET(self):
                self.reply(200, json.dumps({"here": self.server.server_address[0], "from": self.client_address[0]}).encode())

        secure = _Server((addresses.OUTSIDE, 443), Secure)
        secure.socket = authority.server_context(addresses.MIRROR).wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
        for server in (secure, _Server((addresses.OUTSIDE, addresses.WORLD_PORT), Plain), _Server((addresses.METADATA, 80), Plain)):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def unexpected_requests(self):
        """Requests that reached a name that is neither the mirror nor a registry's API."""
        return [(host, path) for host, path in self.requests if host != addresses.MIRROR and not path.startswith("/v2/")]

    def serve_file(self, request):
        """A file by its last name, whole or from a byte on."""
        name = request.path.split("?")[0].rsplit("/", 1)[-1]
        if name in self.extra:
            content = self.extra[name]
        elif (self.assets / name).is_file():
            content = (self.assets / name).read_bytes()
        else:
            request.reply(404, b"no such file\n")
            return
        if name in self.damaged:
            content = content[:-1] + bytes([content[-1] ^ 1])
        part = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if not part:
            request.reply(200, content, {"Accept-Ranges": "bytes"})
            return
        start = int(part.group(1))
        if start >= len(content):
            request.reply(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        else:
            request.reply(206, content[start:], {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})

    def serve_image(self, request, host):
        """The registry protocol, reading only: /v2/, manifests, blobs."""
        path = request.path.split("?")[0]
        if path == "/v2/":
            request.reply(200, b"{}", {"Docker-Distribution-API-Version": "registry/2.0"})
            return
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/([^/]+)", path)
        if not match or match.group(1) in self.absent:
            request.reply(404, b"no such page\n")
            return
        name, kind, wanted = match.groups()
        if kind == "blobs":
            content, mime = self._blobs.get(wanted), "application/octet-stream"
        else:
            image = Image(f"{host}/{name}")
            self._blobs.update(image.blobs())
            content, mime = image.manifest, json.loads(image.manifest)["mediaType"]
        if content is None:
            request.reply(404, b"no such blob\n")
        else:
            request.reply(200, content, {"Content-Type": mime, "Docker-Content-Digest": digest(content)})


class _Server(http.server.ThreadingHTTPServer):
    """A thread per connection; the TLS handshake is the thread's, so one client cannot hold up another."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that goes away is none of our trouble."""


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_):
        """No log: `asked` is the log."""

    def reply(self, status, content, headers=None):
        """One answer with its length."""
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
