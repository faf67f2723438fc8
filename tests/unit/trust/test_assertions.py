"""How this service proves itself to a FHIR server: SMART Backend Services."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from service.trust.assertions import SigningKey, UnusableKeyError

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
URL = "https://ehr.example.org/token"
KEYS: dict[str, ECKey | RSAKey] = {
    "ES384": ECKey.generate_key("P-384", {"kid": "k1"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "k1"}),
    "RS384": RSAKey.generate_key(2048, {"kid": "k1"}),
}


def written(path: Path, key: ECKey | RSAKey, form: str) -> Path:
    if form == "pem":
        path.write_bytes(key.as_pem(private=True))
        return path
    jwk = key.as_dict(private=True)
    path.write_bytes(orjson.dumps({"keys": [jwk]} if form == "jwks" else jwk))
    return path


@pytest.mark.parametrize("form", ["pem", "jwk", "jwks"])
@pytest.mark.parametrize("algorithm", KEYS)
def test_the_assertion_says_once_and_for_less_than_five_minutes_who_asks(
    tmp_path: Path, algorithm: str, form: str
) -> None:
    key = KEYS[algorithm]
    signing = SigningKey.read(written(tmp_path / "key", key, form))
    tokens = [jwt.decode(signing.assertion("client", URL, NOW), key, algorithms=[algorithm]) for _ in range(2)]
    for token in tokens:
        claims = token.claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("client", "client", URL)
        assert 0 < claims["exp"] - NOW.timestamp() <= 300
        assert token.header["alg"] == algorithm
        assert token.header["kid"] == ("k1" if form != "pem" else key.thumbprint())
    assert tokens[0].claims["jti"] != tokens[1].claims["jti"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", b'{"kty":"oct","k":"AAAA"}', b'{"keys":[]}', KEYS["ES384"].as_pem(private=False)],
    ids=["empty", "a text", "a secret", "an empty set", "a public key"],
)
def test_a_file_without_a_private_key_is_refused_by_name_and_without_its_content(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "backend.key"
    path.write_bytes(content)
    with pytest.raises(UnusableKeyError, match=r"backend\.key must hold a private key"):
        SigningKey.read(path)


def test_a_key_never_shows_itself(tmp_path: Path) -> None:
    signing = SigningKey.read(written(tmp_path / "key", KEYS["ES384"], "pem"))
    assert str(KEYS["ES384"].as_dict(private=True)["d"]) not in repr(signing)
