"""Browsers of other origins: only those that the settings name, without cookies, on the CDS services only."""

import logging
import re

from flask import Flask, Response, request
from flask_cors import CORS

# They write paths and origins, as the caller spelt them; a level could be set again by whoever embeds this.
for _name in ("core", "decorator", "extension"):
    logging.getLogger(f"flask_cors.{_name}").disabled = True

_PATHS = re.compile(r"/cds-services(?:/|\Z)")
_NO_CONTENT = 204
_MINUTES_10 = 600


def attach(app: Flask, origins: tuple[str, ...]) -> None:
    """Let pages of these origins call the CDS services; with none, nothing is added and nothing is answered.

    To be called before anything that asks who is calling: a browser's preflight carries no token.
    """
    if not origins:
        return
    app.before_request(_preflight)
    app.after_request(_vary)
    CORS(
        app,
        resources=_PATHS,
        # As patterns, since a text would also match in other spellings, and be sent back in the caller's.
        origins=[re.compile(re.escape(origin) + r"\Z") for origin in origins],
        methods=["GET", "POST", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["X-Request-Id", "Retry-After", "WWW-Authenticate"],
        supports_credentials=False,
        send_wildcard=False,
        always_send=False,
        vary_header=False,
        max_age=_MINUTES_10,
    )


def _preflight() -> Response | None:
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response(status=_NO_CONTENT) if is_preflight and _PATHS.match(request.path) else None


def _vary(response: Response) -> Response:
    # On every answer: also the one without the header differs from the one with it.
    if _PATHS.match(request.path):
        response.vary.add("Origin")
    return response
