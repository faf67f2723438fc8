"""Published key sets of issuers, kept so that they outlast a process and an address that is down."""

import logging
from datetime import UTC, datetime

from sqlalchemy import select, update

from service.errors import StoreUnavailable
from service.store.database import Database
from service.store.tables import KEY_SETS

_LOG = logging.getLogger("service.store")


class KeySets:
    """Key sets by the address that published them. A store that fails is as one that holds none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, url: str) -> tuple[object, datetime] | None:
        """The newest of this address, and when it was fetched."""
        query = select(KEY_SETS.c.content, KEY_SETS.c.fetched_at).where(KEY_SETS.c.url == url)
        try:
            with self._database.transaction() as connection:
                row = connection.execute(query).first()
        except StoreUnavailable as problem:
            _LOG.warning("key set not read", extra={"reason": str(problem)})
            return None
        # SQLite forgets the offset.
        return None if row is None else (row.content, row.fetched_at.replace(tzinfo=row.fetched_at.tzinfo or UTC))

    def keep(self, url: str, key_set: object, fetched_at: datetime) -> None:
        """Keep it, unless a newer one is there."""
        row = {"content": key_set, "fetched_at": fetched_at}
        older = (KEY_SETS.c.url == url) & (KEY_SETS.c.fetched_at < fetched_at)
        try:
            with self._database.transaction() as connection:
                connection.execute(self._database.insert_once(KEY_SETS).values(url=url, **row))
                connection.execute(update(KEY_SETS).where(older).values(row))
        except StoreUnavailable as problem:
            _LOG.warning("key set not kept", extra={"reason": str(problem)})
