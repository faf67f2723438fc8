"""Token ids that were used: each counts once, in whichever worker or after whichever restart it comes again."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete

from service.store.database import Database
from service.store.tables import USED_TOKENS

_BETWEEN_PRUNINGS = timedelta(minutes=1)


class UsedTokens:
    """The ids of verified tokens, kept until each token would be refused as expired anyway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pruned_at: datetime | None = None

    def first_use(self, issuer: str, token_id: str, kept_until: datetime, now: datetime) -> bool:
        """Note the id; False when it was noted before. Of any number of calls at once exactly one gets True."""
        self._prune(now)
        row = {"issuer": issuer, "token_digest": sha256(token_id.encode()).hexdigest(), "expires_at": kept_until}
        noted = self._database.insert_once(USED_TOKENS).values(row).returning(USED_TOKENS.c.issuer)
        with self._database.transaction() as connection:
            return connection.execute(noted).scalar() is not None

    def _prune(self, now: datetime) -> None:
        if self._pruned_at is not None and now - self._pruned_at < _BETWEEN_PRUNINGS:
            return
        self._pruned_at = now
        with self._database.transaction() as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires_at < now))
