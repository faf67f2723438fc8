"""The signing key of an EHR: the public set for the service, and a new token for each call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from service.web.as_of import now

_CURVES = {"ES384": "P-384", "ES256": "P-256"}
_LIFE_SECONDS = 300
Json = Mapping[str, Any]


def _new_key(algorithm: str) -> ECKey | RSAKey:
    return ECKey.generate_key(_CURVES[algorithm]) if algorithm in _CURVES else RSAKey.generate_key(2048)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, how, and with which claims and headers beside the usual ones."""

    iss: str
    algorithm: str = "ES384"
    claims: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)
    key: ECKey | RSAKey | None = field(default=None, repr=False)
    kid: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or _new_key(self.algorithm))

    def key_set(self) -> dict[str, Any]:
        """The public keys, as a JWK Set."""
        assert self.key is not None
        return {"keys": [{**self.key.as_dict(private=False), "kid": self.kid, "alg": self.algorithm, "use": "sig"}]}

    def token(self, url: str, header: Json | None = None, **claims: object) -> str:
        """A token that is meant for this URL; None leaves a claim or a header out."""
        assert self.key is not None
        seconds = int(now().timestamp())
        usual = {"iss": self.iss, "aud": url, "iat": seconds, "exp": seconds + _LIFE_SECONDS, "jti": str(uuid4())}
        said = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **self.header, **(header or {})}
        content = orjson.dumps(_without_none({**usual, **self.claims, **claims}))
        rules = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        return jws.serialize_compact(_without_none(said), content, self.key, registry=rules)


def _without_none(members: Json) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
