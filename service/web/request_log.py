"""One JSON line for each request, made of named fields only: no path, no query, no body can get in."""

import logging
import re
import secrets
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import orjson
from flask import Flask, Response, g, request

from service.web.answers import SAFE
from service.web.stages import server_timing, taken_ms

_LOG = logging.getLogger("service.request")
_NOTED = frozenset({"service", "hook_instance", "cards", "used", "unused", "reached", "held_back"})
_FIELDS = (
    *("route", "method", "status", "ms", "stages", "correlation_id", "knowledge", "exception", "location"),
    *("count", "caller", "reason", "issuer", "jti", "topic", "canary", *sorted(_NOTED)),
)
_OF_REQUEST = {"name": _LOG.name, "levelno": logging.INFO, "levelname": "INFO", "msg": "request"}
_FIRST_ERROR = 400
# With the name as headers are compared.
_SAFE = [(name, name.lower(), value) for name, value in SAFE.items()]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CALLERS_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class JsonLine(logging.Formatter):
    """A record as one line of JSON: time, level, logger, event and the allowed fields that it carries."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; ``record.msg`` is taken as it is, so it has to be a constant."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name, "event": str(record.msg)}
        carried = record.__dict__
        return orjson.dumps(line | {name: carried[name] for name in _FIELDS if name in carried}).decode()


def log_to_stderr() -> None:
    """Send what the service logs, as JSON lines, to standard error."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLine())
    logger = logging.getLogger("service")
    logger.handlers[:] = [stream]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def warn_at_start(warnings: Iterable[str]) -> None:
    """A line for each thing in the settings that whoever runs the service should see."""
    for warning in warnings:
        logging.getLogger("service.settings").warning(warning)


def correlation_id() -> str:
    """The id of this request: the caller's X-Request-Id when it is harmless, else a new one."""
    known = g.get("correlation_id")
    if known is None:
        given = request.environ.get("HTTP_X_REQUEST_ID", "")
        known = g.correlation_id = given if _CALLERS_ID.fullmatch(given) else secrets.token_hex(16)
    return str(known)


def note(**fields: str | int) -> None:
    """Add to this request's line: the fields of ``_NOTED``, which hold nothing that was sent, and no others."""
    if not _NOTED.issuperset(fields):
        raise ValueError
    g.setdefault("noted", {}).update(fields)


def attach(app: Flask, knowledge_version: str) -> None:
    """Let the app time and log each request and mark each answer."""

    def begin() -> None:
        g.started = time.perf_counter()

    def end(response: Response) -> Response:
        correlation, stages, headers = correlation_id(), taken_ms(), response.headers
        own = {name.lower() for name, _ in headers}
        headers.add("X-Request-Id", correlation)
        for name, lowered, value in _SAFE:
            if lowered not in own:
                headers.add(name, value)
        if stages and response.status_code < _FIRST_ERROR:
            headers.add("Server-Timing", server_timing(stages))
        fields = {"correlation_id": correlation, "knowledge": knowledge_version, **_fields(response.status_code)}
        _log_request(fields | {"stages": stages} if stages else fields)
        return response

    app.before_request(begin)
    app.after_request(end)


def _log_request(fields: dict[str, object]) -> None:
    # As ``Logger.info`` would, which looks through the stack for a place in the code that no line tells, and at each
    # field whether it may be one.
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.handle(logging.makeLogRecord(_OF_REQUEST | fields))


def route_of_request() -> str:
    """The template of the route, never the path itself."""
    rule = request.url_rule
    return rule.rule if rule else "unmatched"


def method_of_request() -> str:
    """The method, where it is one of HTTP's own."""
    method = request.method
    return method if method in METHODS else "other"


def _fields(status: int) -> dict[str, object]:
    fields: dict[str, object] = {
        "route": route_of_request(),
        "method": method_of_request(),
        "status": status,
        "ms": round((time.perf_counter() - g.started) * 1000, 2),
        **g.get("noted", {}),
    }
    # Set once the caller is proven, and then as the settings name it: never what a token says of itself.
    if name := getattr(g.get("caller"), "name", ""):
        fields["caller"] = name
    return fields
