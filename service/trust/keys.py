"""From a JSON Web Key Set to the keys that may verify a signature; everything else in it is passed over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

_OF_CURVE = {"P-256": "ES256", "P-384": "ES384"}
_SMALLEST_RSA_BITS = 2048
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")
# Whoever publishes one of these has given the key away.
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

Jwk = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key with the one algorithm that its signatures have."""

    algorithm: str
    key: "ECKey | RSAKey" = field(repr=False)


def usable_keys(key_set: object, algorithms: Sequence[str]) -> dict[str, VerifyingKey] | None:
    """The keys that verify with one of the algorithms, by ``kid``; None when it is no JWK Set at all.

    A ``kid`` that stands twice in the set names no key.
    """
    entries = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(entries, list):
        return None
    named = [(str(jwk["kid"]), jwk) for jwk in entries if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str)]
    times = Counter(kid for kid, _ in named)
    read = {kid: _read(jwk, algorithms) for kid, jwk in named if kid and times[kid] == 1}
    return {kid: key for kid, key in read.items() if key}


def texts_of(key_set: object) -> object:
    """A JWK Set with nothing in it but texts, which is all that keys are read from; what is no text is null."""
    entries = key_set.get("keys") if isinstance(key_set, dict) else None
    return {"keys": [_texts(jwk) for jwk in entries if isinstance(jwk, dict)] if isinstance(entries, list) else None}


def _texts(jwk: Jwk) -> Jwk:
    return {name: value if _is_text(value) else None for name, value in jwk.items()}


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _read(jwk: Jwk, algorithms: Sequence[str]) -> VerifyingKey | None:
    # Only where tokens are signed by a key it is needed: with its cryptography it takes 9 MB.
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    algorithm = _algorithm(jwk, algorithms)
    if algorithm is None or not _may_verify(jwk) or _is_short(jwk):
        return None
    public: dict[str, str | list[str]] = {name: str(jwk[name]) for name in _PUBLIC_MEMBERS if name in jwk}
    try:
        key = ECKey.import_key(public) if jwk["kty"] == "EC" else RSAKey.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return VerifyingKey(algorithm, key)


def _is_short(jwk: Jwk) -> bool:
    if jwk["kty"] != "RSA":
        return False
    try:
        modulus = urlsafe_b64decode(str(jwk.get("n")).encode())
    except ValueError:
        return True
    return int.from_bytes(modulus, "big").bit_length() < _SMALLEST_RSA_BITS


def _algorithm(jwk: Jwk, algorithms: Sequence[str]) -> str | None:
    """The algorithm of this key; an RSA key that names none gets the first one that the list has for RSA."""
    fitting = [algorithm for algorithm in algorithms if _fits(algorithm, jwk)]
    if "alg" in jwk:
        return next((algorithm for algorithm in fitting if algorithm == jwk["alg"]), None)
    return next(iter(fitting), None)


def _fits(algorithm: str, jwk: Jwk) -> bool:
    if jwk.get("kty") == "EC":
        return algorithm == _OF_CURVE.get(str(jwk.get("crv")))
    return jwk.get("kty") == "RSA" and algorithm.startswith("RS")


def _may_verify(jwk: Jwk) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    is_for_signatures = jwk.get("use", "sig") == "sig"
    return (
        is_for_signatures
        and isinstance(operations, list)
        and "verify" in operations
        and not _PRIVATE_MEMBERS & jwk.keys()
    )
