"""JSON answers, and what every answer says to browsers and caches: keep nothing, guess nothing, run nothing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import orjson
from flask import Response

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


def exact_number(value: object) -> orjson.Fragment:
    """A number of a sender's own resource, digit by digit as it was sent."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError
