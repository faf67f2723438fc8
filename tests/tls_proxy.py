"""A proxy that speaks TLS before a server that does not, on loopback."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import requests

_HOP_BY_HOP = frozenset("connection content-length host keep-alive transfer-encoding content-encoding".split())


@contextmanager
def tls_before(base: str, certificate: Path) -> Iterator[str]:
    """The https address at which the server of ``base`` is reached."""
    behind = urlsplit(base)

    class Passing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": self.headers["Host"]}
            url = f"http://{behind.netloc}{self.path}"
            answer = requests.request(self.command, url, headers=headers, data=self.rfile.read(size), timeout=60)
            self.send_response(answer.status_code)
            for name, text in answer.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}{behind.path}"
    finally:
        server.shutdown()
        server.server_close()
