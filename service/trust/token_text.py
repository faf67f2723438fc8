"""A compact JWT taken apart, before anything in it is believed."""

from codecs import BOM_UTF8
from dataclasses import dataclass

from joserfc.util import urlsafe_b64decode

from service.errors import BadRequest
from service.json_guard import read_json
from service.trust.refusals import Refused

MOST_CHARACTERS = 8 * 1024
_PARTS = 3


@dataclass(frozen=True, slots=True, repr=False)
class UnprovenToken:
    """What a token says of itself; true only once its signature has been checked."""

    text: str
    header: dict[str, object]
    claims: dict[str, object]


def read_token(text: str) -> UnprovenToken:
    """The header and the claims of a signed token; Refused when it is not exactly that."""
    if len(text) > MOST_CHARACTERS:
        raise Refused("size")
    parts = text.split(".")
    if len(parts) != _PARTS:
        raise Refused("shape")
    return UnprovenToken(text, _object_in(parts[0]), _object_in(parts[1]))


def _object_in(part: str) -> dict[str, object]:
    try:
        content = urlsafe_b64decode(part.encode("ascii"))
        # A body may begin with a byte order mark; a token that does was not made by a library for tokens.
        value = None if content.startswith(BOM_UTF8) else read_json(content)
    except (BadRequest, ValueError):
        raise Refused("shape") from None
    if not isinstance(value, dict):
        raise Refused("shape")
    return value
