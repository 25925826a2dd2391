#!/usr/bin/python3
"""The program of every stand-in image: gateway, function, or an idle server, by its first argument."""

import base64
import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import urllib.error
import urllib.request

UI = b"""<!doctype html><title>OpenFaaS Portal</title>
<script src="js/bootstrap.js"></script><p data-functions="../system/functions">functions</p>
"""


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, content=b"", headers=None):
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer(self):
        raise NotImplementedError

    def do_GET(self):
        self.answer()

    do_POST = do_PUT = do_DELETE = do_GET


class Gateway(Quiet):
    """What the gateway answers: /healthz and functions for everyone, the rest for the user."""

    def credentials(self):
        """Read at each request: a file that the container's user cannot read is a 401, as in the real one."""
        folder = os.environ.get("secret_mount_path", "/run/secrets")
        try:
            with open(f"{folder}/basic-auth-user", encoding="utf-8") as user, open(
                f"{folder}/basic-auth-password", encoding="utf-8"
            ) as password:
                return "Basic " + base64.b64encode(f"{user.read().strip()}:{password.read().strip()}".encode()).decode()
        except OSError as trouble:
            print(trouble, flush=True)
            return None

    def answer(self):
        path = self.path.split("?")[0]
        if path == "/healthz":
            self.body()
            return self.reply(200, b"OK")
        if path == "/":
            self.body()
            return self.reply(307, b"", {"Location": "/ui/"})
        if path.startswith(("/function/", "/async-function/")):
            if path.startswith("/async-function/"):
                self.body()
                return self.reply(202)
            return self.forward({})
        wanted = self.credentials()
        if not wanted or self.headers.get("Authorization") != wanted:
            self.body()
            return self.reply(401, b"invalid credentials", {"WWW-Authenticate": 'Basic realm="Restricted"'})
        if path.startswith("/ui/"):
            self.body()
            return self.reply(200, UI, {"Content-Type": "text/html"})
        if path.startswith("/system/"):
            return self.forward({"Authorization": wanted})
        self.body()
        return self.reply(404, b"404 page not found")

    def forward(self, headers):
        base = os.environ.get("functions_provider_url", "http://faasd-provider:8081/").rstrip("/")
        body = self.body()
        kept = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection", "content-length")}
        kept["X-Forwarded-Host"] = self.headers.get("X-Forwarded-Host") or self.headers.get("Host", "")
        request = urllib.request.Request(base + self.path, data=body or None, method=self.command, headers=kept | headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.reply(answer.status, answer.read(), {"Content-Type": answer.headers.get("Content-Type", "text/plain")})
        except urllib.error.HTTPError as answer:
            self.reply(answer.code, answer.read())
        except (OSError, http.client.HTTPException) as trouble:
            self.reply(502, str(trouble).encode())


class Function(Quiet):
    """Tells what it was sent; asked for `{"connect": "host:port"}` it tries, from where it stands."""

    def answer(self):
        body = self.body()
        reported = {
            "method": self.command,
            "path": self.path,
            "headers": {key.lower(): value for key, value in self.headers.items()},
            "body": body.decode("utf-8", "replace"),
            "uid": os.getuid(),
        }
        try:
            wish = json.loads(body).get("connect") if body.startswith(b"{") else None
        except ValueError:
            wish = None
        if wish:
            host, port = wish.rsplit(":", 1)
            try:
                with socket.create_connection((host, int(port)), timeout=3):
                    reported["connected"] = True
            except OSError as trouble:
                reported["connected"] = False
                reported["trouble"] = str(trouble)
        self.reply(200, json.dumps(reported).encode(), {"Content-Type": "application/json"})


class Server(http.server.ThreadingHTTPServer):
    """Listens at once: its base class asks for its own name first, and a container's name servers may not answer."""

    daemon_threads = True

    def server_bind(self):
        self.allow_reuse_address = True
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def main():
    role = sys.argv[1] if len(sys.argv) > 1 else ""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    handler = {"gateway": Gateway, "probe": Function}.get(role)
    if not handler:
        # prometheus, nats, queue-worker, basic-auth-plugin: they run, nobody here asks them anything.
        signal.pause()
    Server(("0.0.0.0", 8080), handler).serve_forever()


if __name__ == "__main__":
    main()
