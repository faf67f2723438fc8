"""The store on SQLite and on PostgreSQL: its tables, its failures, processes that start at once."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from service.errors import StoreUnavailable
from service.store.database import Database
from service.store.tables import USED_TOKENS
from tests.own_tables import differences


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    assert differences(database) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.migrate()
    database.check()


def test_several_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/store.sqlite"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Database(url).migrate(), range(8)))
    Database(url).check()


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://host/db", "oracle://host/db", "file:///etc/passwd"],
)
def test_a_url_of_another_kind_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="the store must be a URL"):
        Database(url)


def test_a_database_that_cannot_be_reached_is_unavailable_and_its_password_is_not_told(tmp_path: Path) -> None:
    for url in (f"postgresql://somebody:s3cret@/db?host={tmp_path}", f"sqlite:///{tmp_path}"):
        with pytest.raises(StoreUnavailable) as caught:
            Database(url).check()
        assert "s3cret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


def test_a_directory_that_cannot_be_made_is_named_as_the_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"MMN_CDS_STORE: the directory .*deeper"):
        Database(f"sqlite:///{tmp_path}/file/deeper/store.sqlite").migrate()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_file_and_what_lies_beside_it_are_for_their_owner_only(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        store = Database(f"sqlite:///{tmp_path}/store.sqlite")
        store.migrate()
        with store.transaction():
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
        store.engine.dispose()
    assert modes == {"store.sqlite": 0o600, "store.sqlite-wal": 0o600, "store.sqlite-shm": 0o600}


def test_what_is_kept_after_another_process_came_and_went_is_there_for_the_next(tmp_path: Path) -> None:
    """Such as a command. A file that is closed takes its process's locks with it, and SQLite goes by these."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    Database(url).migrate()
    serving = Database(url)
    # Two connections at once: the second is opened while the first is there.
    with serving.reading() as first, serving.reading() as second:
        assert first.execute(text("SELECT 1")).scalar() == second.execute(text("SELECT 1")).scalar()
    _in_another_process(url, "pass")
    serving.check()
    assert (
        _in_another_process(url, "print(connection.exec_driver_sql('SELECT times FROM write_check').scalar())") == "1"
    )
    serving.engine.dispose()


def _in_another_process(url: str, does: str) -> str:
    lines = (
        "from service.store.database import Database",
        f"database = Database({url!r})",
        "with database.reading() as connection:",
        "    connection.exec_driver_sql('SELECT * FROM write_check')",
        f"    {does}",
        "database.engine.dispose()",
    )
    program = "\n".join(lines)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    return done.stdout.strip()


def test_whoever_writes_does_not_wait_for_whoever_reads_and_readers_see_one_moment(database: Database) -> None:
    counted = select(func.count()).select_from(USED_TOKENS)
    row = {"issuer": "ehr", "token_digest": "a" * 64, "expires_at": datetime(2026, 3, 4, tzinfo=UTC)}
    with database.reading() as reader:
        assert reader.execute(counted).scalar_one() == 0
        with database.transaction() as writer:
            writer.execute(insert(USED_TOKENS).values(row))
        assert reader.execute(counted).scalar_one() == 0
    with database.reading() as reader:
        assert reader.execute(counted).scalar_one() == 1


def test_a_reader_of_a_store_that_cannot_be_reached_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable), Database(f"sqlite:///{tmp_path}").reading():
        pass
