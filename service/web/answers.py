"""JSON answers, and what every answer says to browsers and caches: keep nothing, guess nothing, run nothing."""

from collections.abc import Mapping
from typing import Final

import orjson
from flask import Response

from service.json_guard import exact_number

__all__ = ["SAFE", "exact_number", "json_answer"]

SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def json_answer(
    content: Mapping[str, object], status: int = 200, mimetype: str = "application/json", *, pretty: bool = False
) -> Response:
    """A response whose body is the content as JSON; orjson refuses what JSON cannot say."""
    option = orjson.OPT_INDENT_2 if pretty else None
    return Response(orjson.dumps(content, default=exact_number, option=option), status, mimetype=mimetype)
