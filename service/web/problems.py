"""Errors to responses: outside 2xx every answer is an OperationOutcome with a correlation id and no input in it."""

import logging
import traceback
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.errors import Busy, EngineFault, MmnCdsError
from service.web.answers import json_answer
from service.web.request_body import discard_rest
from service.web.request_log import correlation_id

_LOG = logging.getLogger("service.fault")
_MEDIA_TYPE = "application/fhir+json"
_CODES = {404: "not-found", 405: "not-supported", 413: "too-long", 415: "not-supported"}
_SERVER_ERROR = 500
RETRY_SECONDS = 1
_INTERNAL = "The service failed; nothing was evaluated. Quote the correlation id to whoever runs it"
_ENGINE = "The rule engine's answer could not be trusted; no cards were made. Quote the correlation id"


def attach(app: Flask) -> None:
    """Let the app answer every error through this module."""
    app.register_error_handler(MmnCdsError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def operation_outcome(code: str, diagnostics: str, correlation: str) -> dict[str, object]:
    """A FHIR R4 OperationOutcome of one issue; its ``id`` is the correlation id."""
    issue = {"severity": "error", "code": code, "diagnostics": diagnostics}
    return {"resourceType": "OperationOutcome", "id": correlation, "issue": [issue]}


def _known(error: MmnCdsError) -> Response:
    if error.status < _SERVER_ERROR:
        return problem(error.status, error.issue_code, str(error))
    if isinstance(error, Busy):
        return _later(problem(error.status, error.issue_code, str(error)))
    _log_fault(error)
    return problem(error.status, error.issue_code, _ENGINE if isinstance(error, EngineFault) else _INTERNAL)


def _later(answer: Response) -> Response:
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or _SERVER_ERROR
    # ``name`` is the constant reason phrase; ``description`` may repeat input.
    answer = problem(status, _CODES.get(status, "invalid" if status < _SERVER_ERROR else "exception"), error.name)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unknown(error: Exception) -> Response:
    _log_fault(error)
    return problem(_SERVER_ERROR, "exception", _INTERNAL)


def problem(status: int, code: str, diagnostics: str) -> Response:
    """An OperationOutcome as the answer to the request at hand."""
    discard_rest(request)
    return json_answer(operation_outcome(code, diagnostics, correlation_id()), status, _MEDIA_TYPE)


def _log_fault(error: Exception) -> None:
    # Type and place only: the message of an unforeseen exception may hold patient values.
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    _LOG.error(
        "fault", extra={"exception": type(error).__name__, "location": place, "correlation_id": correlation_id()}
    )
