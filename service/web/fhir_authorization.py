"""``fhirAuthorization`` of a hook call: the token, kept out of sight, or why it may not be used."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from service.errors import BadRequest
from service.outgoing.client import BearerToken

_ACCESS_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the EHR grants: ``token`` for ``seconds``, unless there is a ``refusal`` that says why it is not used."""

    token: BearerToken
    seconds: float = math.inf
    refusal: str = ""


def read_authorization(value: object, patient_id: str) -> Authorization | None:
    """The checked form; None where there is none. BadRequest when there is one without a token."""
    if not value:
        return None
    if not isinstance(value, dict):
        raise BadRequest("fhirAuthorization must be a JSON object")
    token = value.get("access_token")
    if not isinstance(token, str) or not _ACCESS_TOKEN.fullmatch(token):
        raise BadRequest("fhirAuthorization.access_token must be a token of visible ASCII characters")
    return Authorization(BearerToken(token), _seconds(value.get("expires_in")), _refusal(value, patient_id))


def _refusal(value: dict[str, object], patient_id: str) -> str:
    token_type, patient = value.get("token_type"), value.get("patient")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        return "the access token is not of the type Bearer"
    if patient not in (None, "", patient_id, f"Patient/{patient_id}"):
        return "the access token is for another patient"
    if _seconds(value.get("expires_in")) <= 0:
        return "the access token has expired"
    return ""


def _seconds(expires_in: object) -> float:
    # Real senders leave it out.
    if expires_in is None:
        return math.inf
    is_number = isinstance(expires_in, int | Decimal) and not isinstance(expires_in, bool)
    return float(expires_in) if is_number else 0.0  # type: ignore[arg-type]  # a number, as just seen
