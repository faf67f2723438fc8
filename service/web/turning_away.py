"""Refusing an evaluation before anything of it is parsed: under overload even a refusal must cost next to nothing."""

import logging
import re
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from uuid import uuid4

from service.web.problems import RETRY_SECONDS
from service.web.raw_answers import raw_answer

_LOG = logging.getLogger("service.request")
_EVALUATION = re.compile(rb"POST /(?:cds-services/[^/? ]+|fhir/(?:\$|%24)mmn-evaluate)[? ]")
_LONGEST_START, _FIRST_BYTES_SECONDS = 200, 0.1
_PIECE, _AT_MOST = 64 * 1024, 40 * 1024 * 1024


def asks_for_evaluation(connection: socket.socket) -> bool:
    """Whether what has arrived begins like a request for an evaluation; nothing is taken from the connection."""
    try:
        # A connection is accepted a moment before its first bytes arrive.
        connection.settimeout(_FIRST_BYTES_SECONDS)
        start = connection.recv(_LONGEST_START, socket.MSG_PEEK)
    except OSError:
        return False
    return _EVALUATION.match(start) is not None


def turn_away(connection: socket.socket) -> None:
    """Answer 503, read on without keeping anything (who is cut off in mid-body reads no answer), and hang up."""
    started, correlation = time.perf_counter(), uuid4().hex
    reason, retry = HTTPStatus.SERVICE_UNAVAILABLE, f"Retry-After: {RETRY_SECONDS}\r\n"
    waste = bytearray(_PIECE)
    with suppress(OSError), connection:
        connection.setblocking(True)
        taken = connection.recv_into(waste)
        connection.sendall(raw_answer(reason, reason.phrase, "throttled", correlation, retry))
        connection.shutdown(socket.SHUT_WR)
        while taken < _AT_MOST and (more := connection.recv_into(waste)):
            taken += more
    fields = {"route": "refused unparsed", "method": "POST", "status": 503, "correlation_id": correlation}
    _LOG.info("request", extra=fields | {"ms": round((time.perf_counter() - started) * 1000, 2)})
