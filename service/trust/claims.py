"""What a token of a known issuer must claim to be good for this endpoint and this moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeGuard

from joserfc.errors import ClaimError
from joserfc.jwt import JWTClaimsRegistry

from service.trust.issuers import Issuer
from service.trust.refusals import Refused

LEEWAY_SECONDS = 60
LONGEST_LIFE_SECONDS = 3600
_LONGEST_TOKEN_ID = 255


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that are used after the check. ``forget_at``: from then on the token is refused for its age alone."""

    token_id: str
    tenant: str
    forget_at: datetime


def checked_claims(claims: dict[str, object], issuer: Issuer, audience: str, now: datetime) -> Claims:
    """The claims of a token whose signature held; Refused with the name of the first that is missing or wrong."""
    token_id, tenant, expiry = claims.get("jti"), claims.get("tenant", ""), claims.get("exp")
    refused = partial(Refused, issuer=issuer.iss, token_id=token_id if _is_token_id(token_id) else "")
    seconds = int(now.timestamp())
    try:
        _required(issuer, audience, seconds).validate(claims)
    except ClaimError as error:
        raise refused(f"claim {error.claim}") from None
    if not _is_token_id(token_id):
        raise refused("claim jti")
    if not all(_is_moment(claims[name]) for name in ("iat", "exp", "nbf") if name in claims):
        raise refused("claim iat, exp or nbf")
    if not isinstance(expiry, int) or expiry > seconds + LONGEST_LIFE_SECONDS + LEEWAY_SECONDS:
        raise refused("life too long")
    if not isinstance(tenant, str) or not issuer.accepts(tenant):
        raise refused("tenant")
    return Claims(token_id, tenant, datetime.fromtimestamp(expiry + LEEWAY_SECONDS, UTC))


def _required(issuer: Issuer, audience: str, seconds: int) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=seconds,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer.iss},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )


def _is_token_id(value: object) -> TypeGuard[str]:
    # It is written to a database and to the log.
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN_ID and value.isprintable()


def _is_moment(value: object) -> bool:
    return type(value) is int and value >= 0
