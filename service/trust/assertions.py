"""How this service proves itself to a FHIR server: SMART Backend Services, asymmetric client authentication."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from service.errors import BadRequest, MmnCdsError
from service.json_guard import read_json

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

# SMART App Launch 2: at most five minutes. A clock may be half a minute ahead.
_LIFE_SECONDS = 270
_OF_CURVE = {"P-256": "ES256", "P-384": "ES384"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class UnusableKeyError(MmnCdsError):
    """The file holds no private key that signs with ES384, RS384 or ES256."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its algorithm; it never shows itself."""

    algorithm: str
    kid: str
    _key: "ECKey | RSAKey" = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "SigningKey":
        """The key of a file, a JWK or PEM, EC (P-384, P-256) or RSA; UnusableKeyError otherwise."""
        try:
            key = _imported(path.read_bytes())
        except OSError as error:
            raise UnusableKeyError(f"key_file: {path.name} cannot be read: {error.strerror}") from None
        algorithm = _algorithm(key) if key and key.is_private else None
        if key is None or algorithm is None:
            kinds = "EC (P-384 or P-256) or RSA, as JWK or PEM"
            raise UnusableKeyError(f"key_file: {path.name} must hold a private key, {kinds}")
        return cls(algorithm, str(key.get("kid") or key.thumbprint()), key)

    def assertion(self, client_id: str, token_url: str, now: datetime) -> str:
        """A token that says, once and for less than five minutes, that this is the client."""
        from joserfc import jwt  # noqa: PLC0415

        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": token_url,
            "jti": uuid4().hex,
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + _LIFE_SECONDS,
        }
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._key, algorithms=[self.algorithm])


def _imported(content: bytes) -> "ECKey | RSAKey | None":
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    try:
        given: object = read_json(content)
    except BadRequest:
        given = content
    if isinstance(given, dict) and isinstance(given.get("keys"), list) and len(given["keys"]) == 1:
        given = given["keys"][0]
    for kind in (ECKey, RSAKey):
        try:
            return kind.import_key(given)  # type: ignore[arg-type]  # whatever it is, it says so
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return None


def _algorithm(key: "ECKey | RSAKey") -> str | None:
    if key.key_type == "RSA":
        return "RS384"
    return _OF_CURVE.get(str(key.as_dict(private=False).get("crv")))
