"""The key of the keyed hashes in the audit: who has the rows and not the key cannot try out patients on them."""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from service.errors import StoreUnavailable

_SHORTEST = 32
_PURPOSES = ("patient", "person", "input", "day", "deleted", "memory", "notifications")


class AuditKey:
    """Keyed hashes; those of one purpose say nothing about those of another."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _SHORTEST:
            raise StoreUnavailable(f"audit_key_file: the key must have at least {_SHORTEST} bytes")
        self._keys = {purpose: hmac.digest(secret, purpose.encode(), "sha256") for purpose in _PURPOSES}
        # Each is copied: to begin one anew costs more than to hash a short text.
        self._begun = {purpose: hmac.new(key, digestmod="sha256") for purpose, key in self._keys.items()}

    @classmethod
    def read(cls, path: Path) -> "AuditKey":
        """The key of a file; white space around it does not count. StoreUnavailable when it cannot be used."""
        try:
            return cls(path.read_bytes().strip())
        except OSError as error:
            raise StoreUnavailable(f"audit_key_file: cannot be read: {error.strerror}") from None

    @classmethod
    def made_at(cls, path: Path) -> "AuditKey":
        """The key of a file that only its owner can read, made when it is not there; several may make it at once."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                _write_whole(path, secrets.token_hex(_SHORTEST).encode())
        except OSError as error:
            raise StoreUnavailable(f"the key of the audit cannot be made: {error.strerror}") from None
        return cls.read(path)

    def of_patient(self, reference: str) -> str:
        """The keyed hash of a reference such as ``Patient/p1``, in hexadecimal."""
        return self._hash("patient", reference.encode())

    def of_person(self, reference: str) -> str:
        """The keyed hash of whoever looks at an answer; empty for nobody."""
        return self._hash("person", reference.encode()) if reference else ""

    def of_input(self, content: bytes) -> str:
        """The keyed hash of what was evaluated."""
        return self._hash("input", content)

    def of_memory(self, content: bytes) -> str:
        """The keyed hash of a card that was said to somebody."""
        return self._hash("memory", content)

    def of_day(self, content: bytes) -> str:
        """The signature of a day's digest."""
        return self._hash("day", content)

    def of_deleted(self, content: bytes) -> str:
        """The signature that says that the rows of a day were deleted in their time."""
        return self._hash("deleted", content)

    def for_notifications(self) -> bytes:
        """The secret of 32 bytes that what is kept of notifications is sealed with."""
        return self._keys["notifications"]

    def _hash(self, purpose: str, content: bytes) -> str:
        begun = self._begun[purpose].copy()
        begun.update(content)
        return begun.hexdigest()


def _write_whole(path: Path, content: bytes) -> None:
    """Under its name there is all of it or nothing; FileExistsError when somebody else was first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(draft, path)
    finally:
        draft.unlink()
