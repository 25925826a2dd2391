"""web.py DIRECTORY PORT…: serves a directory, and 200 for every other path, on ports of loopback."""

import functools
import http.server
import sys
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    def send_error(self, *_):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


for port in sys.argv[2:]:
    handler = functools.partial(Handler, directory=sys.argv[1])
    threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler).serve_forever).start()
