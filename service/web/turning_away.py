"""Refusing an evaluation before anything of it is parsed: under overload even a refusal must cost next to nothing.

Every call on a socket gives the interpreter away and has to wait for it again, so there are as few as can be.
"""

import re
import socket
from base64 import urlsafe_b64decode
from contextlib import suppress
from http import HTTPStatus
from uuid import uuid4

from service.errors import BadRequest, Busy
from service.json_guard import read_json
from service.web.raw_answers import raw_answer

_EVALUATION = re.compile(rb"POST /(?:cds-services/[^/? ]+|fhir/(?:\$|%24)mmn-(?:evaluate|read-report))[? ]")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})\r\n", re.IGNORECASE)
_TOKEN = re.compile(rb"\r\nauthorization:[ \t]*bearer[ \t]+[\w-]{1,999}\.([\w-]{1,4000})\.", re.IGNORECASE)
_LONGEST_START, _FIRST_BYTES_SECONDS = 8192, 0.1
_PIECE, _AT_MOST = 128 * 1024, 40 * 1024 * 1024


def evaluation_asked(connection: socket.socket) -> bytes:
    """The beginning of a request for an evaluation, as far as it has arrived; empty when it is for anything else.

    Nothing is taken from the connection.
    """
    try:
        start = connection.recv(_LONGEST_START, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        start = _awaited(connection)
    except OSError:
        return b""
    return start if _EVALUATION.match(start) else b""


def claimed_caller(start: bytes, address: str) -> str:
    """Who says to be calling, unproven: the issuer of a token, else the address. Good for a refusal, and nothing else.

    Whoever says to be somebody else is refused in that one's stead, or is found out where it is let in.
    """
    token = _TOKEN.search(start)
    if token is None:
        return address
    try:
        claims = read_json(urlsafe_b64decode(token[1] + b"=" * (-len(token[1]) % 4)))
    except (ValueError, BadRequest):
        return address
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else address


def turn_away(connection: socket.socket) -> None:
    """Answer 503, read on without keeping anything (who is cut off in mid-body reads no answer), and hang up."""
    reason, retry = HTTPStatus.SERVICE_UNAVAILABLE, f"Retry-After: {Busy.try_again_after}\r\n"
    answer = raw_answer(reason, reason.phrase, "throttled", uuid4().hex, retry)
    with suppress(OSError), connection:
        connection.setblocking(True)
        arrived = connection.recv(_PIECE)
        connection.sendall(answer)
        if not _is_whole(arrived):
            connection.shutdown(socket.SHUT_WR)
            taken, waste = len(arrived), bytearray(_PIECE)
            while taken < _AT_MOST and (more := connection.recv_into(waste)):
                taken += more


def _awaited(connection: socket.socket) -> bytes:
    # A connection is accepted a moment before its first bytes arrive.
    try:
        connection.settimeout(_FIRST_BYTES_SECONDS)
        return connection.recv(_LONGEST_START, socket.MSG_PEEK)
    except OSError:
        return b""


def _is_whole(arrived: bytes) -> bool:
    """Whether nothing more will come; in doubt not."""
    head, end, body = arrived.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length[1])
