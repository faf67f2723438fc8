"""What is refused unparsed: evaluations only, with an answer that can be read."""

import socket
import threading
from base64 import urlsafe_b64encode

import orjson
import pytest

from service.web.turning_away import claimed_caller, evaluation_asked, turn_away

CANARY = b"Zebedee-Canary"


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        (b"POST /cds-services/mmn-patient-view HTTP/1.1\r\n", True),
        (b"POST /fhir/$mmn-evaluate HTTP/1.1\r\n", True),
        (b"POST /fhir/%24mmn-evaluate?asOf=2026-03-04T10:20:00Z HTTP/1.1\r\n", True),
        (b"POST /cds-services/mmn-patient-view/feedback HTTP/1.1\r\n", False),
        (b"GET /cds-services HTTP/1.1\r\n", False),
        (b"GET /healthz HTTP/1.1\r\n", False),
        (b"GET /readyz HTTP/1.1\r\n", False),
        (b"POST /cds-serv", False),
    ],
)
def test_only_evaluations_are_turned_away(start: bytes, asked: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(start)
        assert evaluation_asked(ours) == (start if asked else b"")
        assert ours.recv(len(start)) == start


def head(token: bytes) -> bytes:
    return b"POST /fhir/$mmn-evaluate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + b"\r\n\r\n"


def claims(text: bytes) -> bytes:
    return b"h." + urlsafe_b64encode(text).rstrip(b"=") + b".s"


@pytest.mark.parametrize(
    ("start", "caller"),
    [
        (head(claims(b'{"iss":"https://ehr.example"}')), "https://ehr.example"),
        (head(claims(b'{"iss":["https://ehr.example"]}')), "127.0.0.1"),
        (head(claims(b'{"iss":')), "127.0.0.1"),
        (head(claims(b"[]")), "127.0.0.1"),
        (head(b"h.not base64.s"), "127.0.0.1"),
        (head(b"an-opaque-token"), "127.0.0.1"),
        (b"POST /fhir/$mmn-evaluate HTTP/1.1\r\nHost: x\r\n\r\n", "127.0.0.1"),
    ],
)
def test_before_anything_is_proven_a_caller_is_who_it_says_to_be_else_its_address(start: bytes, caller: str) -> None:
    assert claimed_caller(start, "127.0.0.1") == caller


def test_whoever_is_turned_away_in_mid_body_can_send_on_and_reads_why() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"POST /cds-services/x HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + CANARY)
        thread = threading.Thread(target=turn_away, args=(ours,))
        thread.start()
        theirs.sendall(b"x" * 3_000_000)
        theirs.shutdown(socket.SHUT_WR)
        head, _, body = b"".join(iter(lambda: theirs.recv(65536), b"")).partition(b"\r\n\r\n")
        thread.join(10)
    assert not thread.is_alive()
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 1\r\n" in head
    assert b"\r\nConnection: close\r\n" in head
    outcome = orjson.loads(body)
    assert outcome["issue"][0]["code"] == "throttled"
    assert outcome["id"].encode() in head
    assert CANARY not in head + body
