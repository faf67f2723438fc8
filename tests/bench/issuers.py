"""Two issuers of tokens, for measurements with authentication."""

import time
from pathlib import Path
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from service.trust.issuers import Issuer

PUBLIC_URL = "https://cds.example.org/mmn"
KEYS = {iss: ECKey.generate_key("P-384") for iss in ("https://heavy.example.org", "https://ordinary.example.org")}


def issuers() -> tuple[Issuer, ...]:
    """Both, as settings have them."""
    return tuple(Issuer(iss=iss, jwks={"keys": [_public(key)]}) for iss, key in KEYS.items())


def settings_file(place: Path) -> Path:
    """A production configuration with both, in a directory."""
    lines = [f'public_url = "{PUBLIC_URL}"', f'store = "sqlite:///{place}/store.sqlite"']
    for iss, key in KEYS.items():
        members = ", ".join(f'{name} = "{value}"' for name, value in _public(key).items())
        lines += ["[[issuers]]", f'iss = "{iss}"', f"jwks = {{ keys = [{{ {members} }}] }}"]
    path = place / "mmn-cds.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def token(iss: str, path: str) -> str:
    """A token of an issuer for one call."""
    now = int(time.time())
    claims = {"iss": iss, "aud": f"{PUBLIC_URL}{path}", "iat": now, "exp": now + 300, "jti": str(uuid4())}
    return jwt.encode({"alg": "ES384", "typ": "JWT", "kid": "k"}, claims, KEYS[iss], algorithms=["ES384"])


def _public(key: ECKey) -> dict[str, object]:
    return {**key.as_dict(private=False), "kid": "k", "alg": "ES384"}
