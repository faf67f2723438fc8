"""Keys and tokens of two EHRs and of a forger. Whatever is not said is as it should be."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from service.trust.issuers import Algorithm

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
PUBLIC_URL = "https://cds.example.org/mmn"
CALL = "/cds-services/mmn-patient-view"
EHR, OTHER_EHR = "https://ehr.example.org", "https://other-ehr.example.org"
JWKS_URL, OTHER_JWKS_URL = f"{EHR}/jwks.json", f"{OTHER_EHR}/jwks.json"
ALGORITHMS: tuple[Algorithm, ...] = ("ES384", "RS384", "ES256", "RS256")
LEFT_OUT = object()

Key = ECKey | RSAKey
KEYS: dict[str, Key] = {
    "ES384": ECKey.generate_key("P-384"),
    "ES256": ECKey.generate_key("P-256"),
    "RS384": RSAKey.generate_key(2048),
    "RS256": RSAKey.generate_key(2048),
}
OTHER_KEY = ECKey.generate_key("P-384")
FORGERS_KEY, FORGERS_RSA_KEY = ECKey.generate_key("P-384"), RSAKey.generate_key(2048)
ENCRYPTION_KEY = ECKey.generate_key("P-384")
SHARED_SECRET = b"a symmetric key that somebody published"


def jwk(key: Key, kid: str, **members: object) -> dict[str, object]:
    return {**key.as_dict(private=False), "kid": kid, **members}


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


# The key ids are the algorithms; the further ones are what a set may hold and nobody may use.
KEY_SET = {
    "keys": [
        *(jwk(key, algorithm, alg=algorithm, use="sig") for algorithm, key in KEYS.items()),
        jwk(ENCRYPTION_KEY, "for encryption", use="enc"),
        jwk(ENCRYPTION_KEY, "operations without verify", key_ops=["deriveKey"]),
        jwk(ENCRYPTION_KEY, "operations as text", key_ops="verify"),
        jwk(ENCRYPTION_KEY, "another algorithm", alg="ECDH-ES"),
        {**ENCRYPTION_KEY.as_dict(private=True), "kid": "private"},
        {"kty": "oct", "k": encoded(SHARED_SECRET), "kid": "symmetric", "alg": "HS256"},
        jwk(FORGERS_KEY, "twice"),
        jwk(ENCRYPTION_KEY, "twice"),
        jwk(ENCRYPTION_KEY, "curve unknown", crv="P-999"),
        jwk(ENCRYPTION_KEY, "off the curve", y=encoded(bytes(48))),
        "not an object",
        {},
    ]
}
OTHER_KEY_SET = {"keys": [jwk(OTHER_KEY, "other")]}


def claims(**changes: object) -> dict[str, object]:
    usual = {
        "iss": EHR,
        "aud": PUBLIC_URL + CALL,
        "iat": SECONDS,
        "exp": SECONDS + 300,
        "jti": "0f6ef4b2-5b71-4c1c-9a53-1d7a4f9b1c55",
    }
    return {name: value for name, value in (usual | changes).items() if value is not LEFT_OUT}


def header(algorithm: str = "ES384", /, **changes: object) -> dict[str, object]:
    usual = {"alg": algorithm, "kid": algorithm, "typ": "JWT"}
    return {name: value for name, value in (usual | changes).items() if value is not LEFT_OUT}


def json_of(part: Mapping[str, object] | bytes) -> bytes:
    return part if isinstance(part, bytes) else orjson.dumps(part)


def signed(
    content: Mapping[str, object] | bytes,
    said: Mapping[str, object] | bytes | None = None,
    key: Key | None = None,
    algorithm: str = "ES384",
) -> str:
    """A token; ``algorithm`` is how it is really signed, whatever the header says."""
    text = signing_input(content, header(algorithm) if said is None else said)
    signature = JWSRegistry.algorithms[algorithm].sign(text.encode(), key or KEYS[algorithm])
    return f"{text}.{encoded(signature)}"


def signing_input(content: Mapping[str, object] | bytes, said: Mapping[str, object] | bytes) -> str:
    return f"{encoded(json_of(said))}.{encoded(json_of(content))}"


def by_secret(algorithm: str, kid: str, secret: bytes) -> str:
    """A token "signed" with a secret, as if the service took a public key for one."""
    text = signing_input(claims(), header(algorithm, kid=kid))
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    return f"{text}.{encoded(hmac.new(secret, text.encode(), digest).digest())}"


def with_header(**changes: object) -> str:
    return signed(claims(), header(**changes))


def with_claims(**changes: object) -> str:
    return signed(claims(**changes))


def with_claim_text(name: str, text: str) -> str:
    """Signed claims where one value stands exactly as written."""
    return signed(orjson.dumps(claims(**{name: "@"})).replace(b'"@"', text.encode()))
