"""What is kept of patients for a while is sealed, and what must be found again is a keyed hash."""

import hmac
from functools import cached_property
from typing import TYPE_CHECKING

from service.errors import MmnCdsError, StoreUnavailable

if TYPE_CHECKING:
    from service.trust.sealing import Sealing

_PLACE = "notifications"


class CannotOpenError(MmnCdsError):
    """What was kept was sealed with another key, or is damaged."""


class Safe:
    """``secret``: 32 bytes that only this installation knows; those who have the rows alone read and guess nothing."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._marking = hmac.digest(secret, b"mark", "sha256")

    def mark(self, *parts: str) -> str:
        """The keyed hash of some texts, in hexadecimal; the same texts cut in another way have another one."""
        whole = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._marking, whole.encode(errors="surrogatepass"), "sha256").hex()

    def seal(self, content: bytes) -> bytes:
        """The content, compressed and encrypted."""
        return self._sealing.seal(content, _PLACE)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; CannotOpenError with another key."""
        try:
            return self._sealing.opened(sealed, _PLACE)
        except StoreUnavailable:
            raise CannotOpenError("what was kept cannot be opened: it was sealed with another key") from None

    @cached_property
    def _sealing(self) -> "Sealing":
        # With its cryptography it takes 9 MB, which only those pay who keep something.
        from service.trust.sealing import Sealing  # noqa: PLC0415

        return Sealing(self._secret)
