"""Token ids that were used: each counts once, in whichever worker or after whichever restart it comes again."""

import logging
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256

from sqlalchemy import Executable, delete, func, select

from service.errors import Busy
from service.store.database import Database
from service.store.tables import USED_TOKENS

_LOG = logging.getLogger("service.store")
_BETWEEN_PRUNINGS = timedelta(minutes=1)
# Over a hundred calls a second, all with tokens of the longest life; about 150 MB. More than that fills the disk.
_MOST_OF_ONE_ISSUER = 500_000


class UsedTokens:
    """The ids of verified tokens, kept until each token would be refused as expired anyway."""

    def __init__(self, database: Database, most_of_one_issuer: int = _MOST_OF_ONE_ISSUER) -> None:
        self._database, self._most = database, most_of_one_issuer
        self._over_quota: frozenset[str] = frozenset()
        self._pruned_at: datetime | None = None

    def first_use(self, issuer: str, token_id: str, kept_until: datetime, now: datetime) -> bool:
        """Note the id; False when it was noted before. Of any number of calls at once exactly one gets True.

        Busy for an issuer with too many tokens that have not expired, counted once a minute.
        """
        self._prune(now)
        if issuer in self._over_quota:
            raise Busy("This issuer has more live tokens than are kept")
        row = {"issuer": issuer, "token_digest": sha256(token_id.encode()).hexdigest(), "expires_at": kept_until}
        with self._database.transaction() as connection:
            return connection.execute(self._noting, row).scalar() is not None

    @cached_property
    def _noting(self) -> Executable:
        # To put it together takes longer than to run it, and it is the same for each token.
        return self._database.insert_once(USED_TOKENS).returning(USED_TOKENS.c.issuer)  # type: ignore[no-any-return]

    def _prune(self, now: datetime) -> None:
        if self._pruned_at is not None and now - self._pruned_at < _BETWEEN_PRUNINGS:
            return
        self._pruned_at = now
        with self._database.transaction() as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires_at < now))
            counted = select(USED_TOKENS.c.issuer, func.count()).group_by(USED_TOKENS.c.issuer)
            rows = connection.execute(counted.having(func.count() >= self._most)).all()
        self._over_quota = frozenset(issuer for issuer, _ in rows)
        for issuer, count in rows:
            _LOG.warning("too many tokens", extra={"issuer": issuer, "count": count})
