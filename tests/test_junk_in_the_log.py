"""Whoever has no token can send what it likes: none of it writes an error into the log, whose errors wake somebody."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench.issuers import settings_file
from tests.ehr.running import RunningService, running_service
from tests.test_server_life import wait_for

VIEW = "/cds-services/mmn-patient-view"
RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
    "a line and nothing": b"HELO mail.example.org\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a header that is none": b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "two lengths": f"POST {VIEW} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
    "a length that is none": f"POST {VIEW} HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n".encode(),
    "a chunk that is none": f"POST {VIEW} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
    "an address that is too long": b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a token that is too long": b"GET /cds-services HTTP/1.1\r\nHost: x\r\nAuthorization: " + b"a" * 9000 + b"\r\n\r\n",
    "half a body": f"POST {VIEW} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode(),
    "another version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
}
CALLS = [
    ("GET", "/wp-admin.php", b"", {}),
    ("TRACE", "/", b"", {}),
    ("DELETE", "/cds-services", b"", {}),
    ("GET", "/..%2f..%2fetc/passwd", b"", {}),
    ("GET", "/metrics", b"", {}),
    ("POST", VIEW, b"{", {"Content-Type": "application/json"}),
    ("POST", VIEW, b"{}", {"Authorization": "Bearer a.b.c"}),
    ("POST", VIEW, b"{}", {"Authorization": "Basic eDp5"}),
    ("POST", "/fhir/$mmn-evaluate", b"[" * 1000, {"Authorization": "Bearer " + "x" * 100}),
    ("POST", f"{VIEW}/feedback", b"\x00\xff", {"Content-Encoding": "gzip"}),
    ("OPTIONS", VIEW, b"", {"Origin": "https://evil.example.org"}),
]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    with running_service(settings_file(tmp_path), tmp_path / "log") as running:
        yield running


def raw(port: int, sent: bytes) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)


def lines(service: RunningService) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in service.log.read_bytes().splitlines()]


def test_junk_without_a_token_writes_no_error_and_none_of_itself(service: RunningService) -> None:
    for sent in RAW.values():
        raw(service.port, sent)
    for method, path, body, headers in CALLS:
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)) as connection:
            connection.request(method, path, body or None, headers)
            assert 400 <= connection.getresponse().status < 500
    wait_for(lambda: any(line["event"] == "unreadable requests" for line in lines(service)))
    written = lines(service)
    assert [line for line in written if line["level"] in ("error", "critical")] == []
    assert sum(line.get("count", 0) for line in written if line["event"] == "unreadable requests") <= len(RAW)
    text = service.log.read_text(encoding="utf-8")
    assert not [junk for junk in ("wp-admin", "HELO", "passwd", "evil.example", "eDp5") if junk in text]
