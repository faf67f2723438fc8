"""Encrypting what is kept of patients: AES-256-GCM, with a key from a file."""

import hashlib
import secrets
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.errors import StoreUnavailable

_SHORTEST, _NONCE = 32, 12
# What is kept came through a door that takes a hundredth of it.
_LARGEST = 1024**3


class Sealing:
    """Seals and opens; what was sealed with another key, changed or moved does not open."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _SHORTEST:
            raise StoreUnavailable(f"audit_input_key_file: the key must have at least {_SHORTEST} bytes")
        self._cipher = AESGCM(hashlib.sha256(b"mmn-cds input\0" + secret).digest())

    @classmethod
    def read(cls, path: Path) -> "Sealing":
        """With the key of a file; white space around it does not count. StoreUnavailable when it cannot be used."""
        try:
            return cls(path.read_bytes().strip())
        except OSError as error:
            raise StoreUnavailable(f"audit_input_key_file: cannot be read: {error.strerror}") from None

    def seal(self, content: bytes, place: str) -> bytes:
        """The content, compressed and encrypted, for one ``place``: it opens as no other."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(content, 1), place.encode())

    def opened(self, sealed: bytes, place: str) -> bytes:
        """What was sealed; StoreUnavailable when the key is another one or the content was changed."""
        try:
            packed = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise StoreUnavailable(
                "an input does not open: audit_input_key_file is another one, or it was changed"
            ) from None
        return zlib.decompressobj().decompress(packed, _LARGEST)
