"""Answers that are written to a connection without Flask: to what is no HTTP, and to what is refused unparsed."""

from http import HTTPStatus

import orjson

from service.web.answers import SAFE
from service.web.problems import operation_outcome

_SAFE_LINES = "".join(f"{name}: {value}\r\n" for name, value in SAFE.items())


def raw_answer(status: HTTPStatus | int, reason: str, code: str, correlation: str, extra: str = "") -> bytes:
    """A whole response with an OperationOutcome, after which the connection is closed; ``extra``: header lines."""
    body = orjson.dumps(operation_outcome(code, reason, correlation))
    head = (
        f"HTTP/1.1 {int(status)} {reason}\r\nConnection: close\r\nContent-Type: application/fhir+json\r\n"
        f"Content-Length: {len(body)}\r\nX-Request-Id: {correlation}\r\n{extra}{_SAFE_LINES}\r\n"
    )
    return head.encode("ascii") + body
