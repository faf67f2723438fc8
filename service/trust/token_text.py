"""A compact JWT taken apart, before anything in it is believed."""

import re
from dataclasses import dataclass

from joserfc.util import urlsafe_b64decode

from service.errors import BadRequest
from service.json_guard import read_json
from service.trust.refusals import Refused

MOST_CHARACTERS = 8 * 1024
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


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
    if not _COMPACT.fullmatch(text):
        raise Refused("shape")
    header, claims, _ = text.split(".")
    return UnprovenToken(text, _object_in(header), _object_in(claims))


def _object_in(part: str) -> dict[str, object]:
    try:
        value = read_json(urlsafe_b64decode(part.encode("ascii")))
    except (BadRequest, ValueError):
        raise Refused("shape") from None
    if not isinstance(value, dict):
        raise Refused("shape")
    return value
