"""The database of one setting: SQLite in a file by default, PostgreSQL in production."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text, update
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from service.errors import StoreUnavailable
from service.outgoing.deadline import Deadline
from service.store.causes import cause_of
from service.store.tables import WRITE_CHECK

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
# Any number will do, as long as nobody else locks it.
_MIGRATION_LOCK = 6_271_041
# A large table takes its time, and whoever else starts waits for it.
_MIGRATION_SECONDS = 600.0
_LOG_SECONDS = 1.0
_READS = "only_reads"
# Of pages of the file in each of a worker's connections: SQLite would take 2 MB each, as the file grows.
_CACHE_KIB = 256


class Database:
    """An open store. It holds no connection until it is used, so a process that has one may fork.

    ``seconds``: how long one transaction may wait for the database; then the store counts as unavailable.
    """

    def __init__(self, url: str, seconds: float = 2.0) -> None:
        self._url, self._seconds = url, seconds
        self.engine = _engine(url, seconds)

    @property
    def conninfo(self) -> str:
        """How PostgreSQL is reached, for a library that has connections of its own."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def insert_once(self, table: Table) -> Any:
        """An insert that leaves a row alone which is there already; both databases do so atomically."""
        # Only the dialect that is spoken is loaded.
        dialect = import_module(f"sqlalchemy.dialects.{self.engine.dialect.name}")
        return dialect.insert(table).on_conflict_do_nothing()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is kept as a whole or not at all; StoreUnavailable when the database fails."""
        try:
            with self._limited(), self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The driver's message may repeat the values of the statement.
            raise StoreUnavailable(f"MMN_CDS_STORE: {cause_of(error)}") from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, and sees one moment; unlike a transaction, nobody who writes waits for it."""
        try:
            with self._limited(), self.engine.connect() as connection:
                is_sqlite = self.engine.dialect.name == _SQLITE
                options: dict[str, Any] = {_READS: True} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
                with connection.execution_options(**options).begin():
                    yield connection
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"MMN_CDS_STORE: {cause_of(error)}") from None

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to this version's form, or to that of a revision; several processes may do so at once.

        Going back drops what the older form has no place for. StoreUnavailable says which release has to come first.
        """
        # Only whoever migrates needs it: it takes 11 MB.
        from service.store.revisions import move  # noqa: PLC0415

        if self.engine.url.database and self.engine.dialect.name == _SQLITE:
            _directory_of(self.engine.url.database)
        patient = Database(self._url, _MIGRATION_SECONDS)
        try:
            with patient.transaction() as connection:
                if self.engine.dialect.name == _POSTGRESQL:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
                move(connection, revision)
        finally:
            patient.engine.dispose()

    def check(self) -> None:
        """StoreUnavailable unless something can be written and is kept: a full disk still answers questions."""
        with self.transaction() as connection:
            connection.execute(self.insert_once(WRITE_CHECK).values(id=1, times=0))
            connection.execute(update(WRITE_CHECK).values(times=WRITE_CHECK.c.times + 1))

    def _limited(self) -> AbstractContextManager[None]:
        if self.engine.dialect.name == _SQLITE:
            return nullcontext()
        from service.store.postgresql import within  # noqa: PLC0415

        return within(Deadline(self._seconds))


def _engine(url: str, seconds: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == _POSTGRESQL:
            return _postgresql(parsed, seconds)
        if parsed.get_backend_name() != _SQLITE:
            raise StoreUnavailable("MMN_CDS_STORE: the store must be a URL that begins with sqlite: or postgresql:")
    except (ArgumentError, ModuleNotFoundError):
        raise StoreUnavailable("MMN_CDS_STORE: the store must be a URL such as sqlite:///var/mmn-cds.sqlite") from None
    engine = create_engine(parsed, hide_parameters=True, json_serializer=_json, connect_args={"timeout": seconds})
    event.listen(engine, "do_connect", _made_private)
    event.listen(engine, "connect", _configured)
    event.listen(engine, "begin", _begun)
    return engine


def _postgresql(url: URL, seconds: float) -> Engine:
    # Only where it is the store it is needed: with its library it takes 8 MB.
    from service.store.postgresql import CONNECT_SECONDS, connect, limit  # noqa: PLC0415

    timed = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": int(seconds * 1000)}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_timeout=seconds,
        hide_parameters=True,
        json_serializer=_json,
        connect_args=timed,
    )
    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", limit(seconds))
    return engine


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _made_private(_dialect: object, _record: object, arguments: list[Any], _named: dict[str, Any]) -> None:
    """A file that is not there yet is made for its owner alone; what SQLite lays beside it has the same rights.

    One that is there is not even opened: closing it would take the locks of this process's other connections with it.
    Then the next command that ends takes the log for left behind, and what is kept after it has no file any more.
    """
    file = str(arguments[0])
    if not file.startswith(("file:", ":memory:")):
        with suppress(OSError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR))


def _configured(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and end them early; here they begin where SQLAlchemy says so.
    connection.isolation_level = None
    # A new file changes to its log once, and whoever finds it locked then is not made to wait by SQLite itself.
    patient = Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        stop=stop_after_delay(_LOG_SECONDS),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )
    patient(connection.execute, "PRAGMA journal_mode=WAL")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"cache_size=-{_CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    # Two that read first and write then would wait for each other; who comes second waits at the door.
    only_reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _directory_of(database: str) -> None:
    place = Path(database).parent
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"MMN_CDS_STORE: the directory {place} cannot be made: {error.strerror}") from None
    if database != ":memory:" and not os.access(place, os.W_OK):
        raise StoreUnavailable(f"MMN_CDS_STORE: the directory {place} is read-only; name one that can be written")
