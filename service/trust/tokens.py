"""From the token of a CDS client to the caller: who says so, by which key, for which endpoint, and only once."""

from collections.abc import Callable, Mapping
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError

from service.trust.callers import Caller
from service.trust.claims import checked_claims
from service.trust.issuers import Issuer
from service.trust.key_sets import IssuerKeys
from service.trust.keys import VerifyingKey
from service.trust.refusals import Refused
from service.trust.token_text import MOST_CHARACTERS, UnprovenToken, read_token

FirstUse = Callable[[str, str, datetime], bool]


class _Rules(jws.JWSRegistry):
    # The whole token is under a cap already; a certificate chain in the header is long, and passed over.
    max_header_length = MOST_CHARACTERS


def verify(text: str, audience: str, trusted: Mapping[str, IssuerKeys], first_use: FirstUse, now: datetime) -> Caller:
    """The caller that signed this token for ``audience``; Refused otherwise.

    The issuer comes first and the key is looked up under it. The token id is used up last, when all else is well.
    """
    token = read_token(text)
    named = token.claims.get("iss")
    keys = trusted.get(named) if isinstance(named, str) else None
    if keys is None:
        raise Refused("issuer")
    issuer = keys.issuer
    _check_header(token.header, issuer)
    _check_signature(token, _key(token.header, keys))
    claims = checked_claims(token.claims, issuer, audience, now)
    if not first_use(issuer.iss, claims.token_id, claims.forget_at):
        raise Refused("used before", issuer=issuer.iss, token_id=claims.token_id)
    own = issuer.own_tenant(claims.tenant)
    return Caller(
        name=issuer.caller_name(own),
        tenant=own.name if own else claims.tenant,
        fhir_servers=own.fhir_servers if own else issuer.fhir_servers,
        evidence=issuer.evidence,
        silent=issuer.silent,
        said_once=issuer.said_once,
        shared_users=issuer.shared_users,
    )


def _check_header(header: Mapping[str, object], issuer: Issuer) -> None:
    if header.keys() & {"crit", "b64"}:
        raise Refused("critical header")
    if str(header.get("typ")).upper() != "JWT":
        raise Refused("type")
    if header.get("alg") not in issuer.algorithms:
        raise Refused("algorithm")
    if "jku" in header and header["jku"] != issuer.jwks_url:
        raise Refused("key set URL")


def _key(header: Mapping[str, object], keys: IssuerKeys) -> VerifyingKey:
    kid = header.get("kid")
    key = keys.key(kid) if isinstance(kid, str) and kid else None
    if key is None:
        raise Refused("key id")
    if header["alg"] != key.algorithm:
        raise Refused("algorithm of the key")
    return key


def _check_signature(token: UnprovenToken, key: VerifyingKey) -> None:
    rules = _Rules(algorithms=[key.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(token.text, key.key, registry=rules)
    except (JoseError, ValueError):
        raise Refused("signature") from None
