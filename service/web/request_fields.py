"""Single fields of a request body, checked; BadRequest says which one is wrong and shows nothing of it."""

import re

from service.errors import BadRequest

UUID_TEXT = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def json_object(value: object, name: str) -> dict[str, object]:
    """The value, which must be an object."""
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be a JSON object")
    return value


def matching(value: object, pattern: re.Pattern[str], problem: str) -> str:
    """The value, which must be a text of this form as a whole; ``problem`` is what the sender is told."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadRequest(problem)
    return value
