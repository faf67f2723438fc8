"""Key sets that processes share: what one of them fetched serves the others, and those that start later."""

from datetime import datetime
from typing import Protocol


class SharedKeySets(Protocol):
    """Where key sets are kept, each by its address. Neither may fail: nothing rests on it alone."""

    def kept(self, url: str) -> tuple[object, datetime] | None:
        """What was fetched there last, and when; None where that is not known."""

    def keep(self, url: str, key_set: object, fetched_at: datetime) -> None:
        """Let others have it; the newest counts."""


class NotShared:
    """For a process that shares with nobody."""

    def kept(self, _url: str) -> tuple[object, datetime] | None:
        """Nothing."""
        return None

    def keep(self, _url: str, _key_set: object, _fetched_at: datetime) -> None:
        """Keep nothing."""
