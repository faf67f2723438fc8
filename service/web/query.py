"""The query of an address: only names that are known, each once."""

from collections.abc import Sequence

from flask import request

from service.errors import BadRequest
from service.fhir.intake.posts import unknown


def check_names(known: Sequence[str]) -> None:
    """BadRequest for a name that is not known, with the one that may be meant."""
    for name in request.args:
        if name not in known:
            raise BadRequest(f"In the address {unknown(name, known)}")


def once(name: str) -> str | None:
    """The value of a name; ``None`` without it. BadRequest where it is given twice or is empty."""
    given = request.args.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"{name} must be given once")
    if given == [""]:
        raise BadRequest(f"{name} is empty; give it a value or leave it out")
    return given[0] if given else None
