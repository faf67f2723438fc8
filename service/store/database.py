"""The database of one setting: SQLite in a file by default, PostgreSQL in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from service.errors import StoreUnavailable

_MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
# Any number will do, as long as nobody else locks it.
_MIGRATION_LOCK = 6_271_041


class Database:
    """An open store. It holds no connection until it is used, so a process that has one may fork."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    def insert_once(self, table: Table) -> Any:
        """An insert that leaves a row alone which is there already; both databases do so atomically."""
        insert = sqlite.insert if self.engine.dialect.name == _SQLITE else postgresql.insert
        return insert(table).on_conflict_do_nothing()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is kept as a whole or not at all; StoreUnavailable when the database fails."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The driver's message may repeat the values of the statement.
            raise StoreUnavailable(f"the store failed ({type(error).__name__})") from None

    def migrate(self) -> None:
        """Bring the tables to this version's form; several processes may do so at once."""
        # Only whoever migrates needs it: it takes 11 MB.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        if self.engine.url.database and self.engine.dialect.name == _SQLITE:
            _directory_of(self.engine.url.database)
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.transaction() as connection:
            if self.engine.dialect.name == _POSTGRESQL:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        self.engine.dispose()

    def check(self) -> None:
        """StoreUnavailable unless a query is answered."""
        with self.transaction() as connection:
            connection.execute(select(1))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == _POSTGRESQL:
            named = parsed.set(drivername="postgresql+psycopg")
            return create_engine(named, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 3})
        if parsed.get_backend_name() != _SQLITE:
            raise StoreUnavailable("the store must be a URL that begins with sqlite: or postgresql:")
    except (ArgumentError, ModuleNotFoundError):
        raise StoreUnavailable("the store must be a URL such as sqlite:///var/mmn-cds.sqlite") from None
    engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": 5})
    event.listen(engine, "connect", _configured)
    event.listen(engine, "begin", _begun)
    return engine


def _configured(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and end them early; here they begin where SQLAlchemy says so.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    # Two that read first and write then would wait for each other; who comes second waits at the door.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _directory_of(database: str) -> None:
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the directory of the store cannot be made: {error.strerror}") from None
