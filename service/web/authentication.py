"""Who is calling: each request of a protected blueprint proves it before anything of it is read."""

import logging
from collections.abc import Callable

from flask import Blueprint, g, request

from service.trust.callers import Caller
from service.trust.refusals import Refused
from service.web.request_log import correlation_id

_LOG = logging.getLogger("service.trust")
CallerOf = Callable[[str | None, str], Caller]


def protect(blueprint: Blueprint, caller_of: CallerOf) -> None:
    """Ask ``caller_of`` (header, path) before every route of the blueprint; the answer is ``current_caller()``."""

    def prove() -> None:
        # A browser asks with OPTIONS before it sends a token.
        if request.method != "OPTIONS":
            g.caller = _proven(caller_of)

    blueprint.before_request(prove)


def anybody(fhir_servers: tuple[str, ...]) -> CallerOf:
    """The caller where authentication is off: nobody in particular, for whom these FHIR servers may be asked."""
    caller = Caller(fhir_servers=fhir_servers)
    return lambda _authorization, _path: caller


def current_caller() -> Caller:
    """The caller of the request at hand, which a protected blueprint has proven."""
    caller: Caller = g.caller
    return caller


def who_calls() -> str:
    """By what name a caller gets its share: its issuer or credential; where nobody proves anything, its address."""
    return current_caller().name or request.remote_addr or ""


def _proven(caller_of: CallerOf) -> Caller:
    try:
        return caller_of(request.environ.get("HTTP_AUTHORIZATION"), request.path)
    except Refused as refused:
        proven = {"issuer": refused.issuer, "jti": refused.token_id}
        said = {name: value for name, value in proven.items() if value}
        _LOG.warning("refused", extra={"reason": refused.reason, "correlation_id": correlation_id(), **said})
        raise
