"""Names for patients that nobody can turn round without the key, which lies in a file of its own."""

import hmac
import os
import secrets
from pathlib import Path

from service.errors import BadRequest

_BYTES = 32
_SHOWN = 20


class Pseudonyms:
    """Keyed hashes (HMAC with SHA-256) of ids; a patient has the same one in every run with the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept_in(cls, path: Path) -> "Pseudonyms":
        """With the key of a file that only its owner can read, made if it is not there."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                draft = path.with_name(f"{path.name}.{os.getpid()}")
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_hex(_BYTES))
                draft.replace(path)
            key = bytes.fromhex(path.read_text().strip())
        except ValueError:
            raise BadRequest(
                f"{path}: holds no key in hexadecimal; give another file, or none to have one made"
            ) from None
        except OSError as error:
            raise BadRequest(f"{path}: {error.strerror}") from None
        if len(key) < _BYTES:
            raise BadRequest(f"{path}: the key must have at least {_BYTES} bytes")
        return cls(key)

    def of(self, kind: str, identity: str) -> str:
        """The pseudonym of a patient or a resource."""
        return hmac.digest(self._key, f"{kind}/{identity}".encode(), "sha256").hex()[:_SHOWN]
