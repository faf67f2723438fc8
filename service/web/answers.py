"""JSON answers."""

from collections.abc import Mapping

import orjson
from flask import Response


def json_answer(content: Mapping[str, object], status: int = 200, mimetype: str = "application/json") -> Response:
    """A response whose body is the content as JSON; orjson refuses what JSON cannot say."""
    return Response(orjson.dumps(content), status, mimetype=mimetype)
