"""Errors to responses: outside 2xx every answer is an OperationOutcome with a correlation id and no input in it.

A 401 carries the correlation id in ``X-Request-Id`` only: its body is the same for every caller that is not let in.
"""

import logging
import traceback
from collections.abc import Sequence
from pathlib import Path

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.errors import Busy, EngineFault, MmnCdsError, OverBudget, Unauthorized, Unprocessable
from service.web.answers import json_answer
from service.web.request_body import discard_rest
from service.web.request_log import correlation_id
from service.web.signposts import signpost

_LOG = logging.getLogger("service.fault")
_MEDIA_TYPE = "application/fhir+json"
_CODES = {404: "not-found", 405: "not-supported", 406: "not-supported", 413: "too-long", 415: "not-supported"}
_SERVER_ERROR = 500
_TRY_AGAIN = "The service cannot answer now; nothing was kept. Try again after the seconds of Retry-After"
_INTERNAL = "The service failed; nothing was evaluated. Quote the correlation id to whoever runs it"
_ENGINE = "The rule engine's answer could not be trusted; no cards were made. Quote the correlation id"


def attach(app: Flask) -> None:
    """Let the app answer every error through this module."""
    app.register_error_handler(MmnCdsError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def informed(diagnostics: str) -> dict[str, object]:
    """An OperationOutcome of no problem."""
    issue = {"severity": "information", "code": "informational", "diagnostics": diagnostics}
    return {"resourceType": "OperationOutcome", "id": correlation_id(), "issue": [issue]}


def operation_outcome(
    code: str, diagnostics: str, correlation: str | None, details: Sequence[str] = ()
) -> dict[str, object]:
    """A FHIR R4 OperationOutcome with an issue, and one for each detail; its ``id`` is the correlation id."""
    issues = [{"severity": "error", "code": code, "diagnostics": text} for text in (diagnostics, *details)]
    identified = {"id": correlation} if correlation else {}
    return {"resourceType": "OperationOutcome", **identified, "issue": issues}


def _known(error: MmnCdsError) -> Response:
    if isinstance(error, Unauthorized):
        return _unauthorized(error)
    if error.status < _SERVER_ERROR:
        details = error.details if isinstance(error, Unprocessable) else ()
        return problem(error.status, error.issue_code, str(error), details)
    if isinstance(error, Busy):
        # Expected under overload, and often: it is counted and logged as a request, not as a fault.
        return _later(error, _TRY_AGAIN)
    if isinstance(error, OverBudget):
        return _later(error, str(error))
    _log_fault(error)
    if error.try_again_after is not None:
        return _later(error, _TRY_AGAIN)
    return problem(error.status, error.issue_code, _ENGINE if isinstance(error, EngineFault) else _INTERNAL)


def _later(error: MmnCdsError, diagnostics: str) -> Response:
    answer = problem(error.status, error.issue_code, diagnostics)
    answer.headers["Retry-After"] = str(error.try_again_after)
    return answer


def _unauthorized(error: Unauthorized) -> Response:
    discard_rest(request)
    answer = json_answer(operation_outcome(error.issue_code, str(error), None), error.status, _MEDIA_TYPE)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or _SERVER_ERROR
    # ``name`` is the constant reason phrase; ``description`` may repeat input.
    said = error.name + signpost(status)
    answer = problem(status, _CODES.get(status, "invalid" if status < _SERVER_ERROR else "exception"), said)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unknown(error: Exception) -> Response:
    _log_fault(error)
    return problem(_SERVER_ERROR, "exception", _INTERNAL)


def problem(status: int, code: str, diagnostics: str, details: Sequence[str] = ()) -> Response:
    """An OperationOutcome as the answer to the request at hand."""
    discard_rest(request)
    return json_answer(operation_outcome(code, diagnostics, correlation_id(), details), status, _MEDIA_TYPE)


def _log_fault(error: Exception) -> None:
    # Type and place only: the message of an unforeseen exception may hold patient values.
    g.fault = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    _LOG.error("fault", extra={"exception": g.fault, "location": place, "correlation_id": correlation_id()})
