"""A store that hangs, is full or may only be read: told in time, in words, and never by a lost write."""

import os
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import StoreUnavailable
from service.store.database import Database
from tests.private_postgres import NoPostgresError, frozen, private_postgres

# Two seconds for the answer of an open connection, or two for a new one; a busy machine may add to both.
SOON = 6


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[str]:
    """A server that no other test uses: it is stopped in the middle of its work."""
    try:
        with private_postgres() as url:
            Database(url).migrate()
            yield url
    except NoPostgresError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def opened() -> Iterator[Callable[..., Database]]:
    """Opens stores whose connections are closed after the test."""
    stores: list[Database] = []

    def open_one(url: str, seconds: float = 2.0) -> Database:
        stores.append(Database(url, seconds))
        return stores[-1]

    yield open_one
    for store in stores:
        store.engine.dispose()


def problem_of(store: Database) -> str:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable) as caught:
        store.check()
    assert time.monotonic() - started < SOON
    return str(caught.value)


@pytest.mark.parametrize("has_connection", [True, False], ids=["open connection", "new connection"])
def test_a_postgresql_that_hangs_is_given_up_and_used_again_when_it_goes_on(
    own_postgres: str, opened: Callable[..., Database], has_connection: bool
) -> None:
    store = opened(own_postgres)
    if has_connection:
        store.check()
    with frozen(own_postgres):
        assert problem_of(store) == "MMN_CDS_STORE: it does not answer in time"
    store.check()


def test_more_callers_than_connections_are_all_told_in_time_that_postgresql_hangs(
    own_postgres: str, opened: Callable[..., Database]
) -> None:
    store = opened(own_postgres)
    with frozen(own_postgres), ThreadPoolExecutor(40) as threads:
        started = time.monotonic()
        problems = [each.exception() for each in [threads.submit(store.check) for _ in range(40)]]
        assert time.monotonic() - started < 2 * SOON
    assert all(isinstance(each, StoreUnavailable) for each in problems)


def test_a_statement_that_takes_too_long_is_ended_by_the_server_too(
    own_postgres: str, opened: Callable[..., Database]
) -> None:
    store, watching = opened(own_postgres, seconds=1), opened(own_postgres)
    with pytest.raises(StoreUnavailable, match="in time"), store.transaction() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"

    def is_sleeping() -> bool:
        with watching.transaction() as connection:
            return bool(connection.execute(text(sleeping)).scalar())

    end = time.monotonic() + SOON
    while is_sleeping():
        assert time.monotonic() < end


def test_a_postgresql_that_may_only_be_read_says_so(own_postgres: str, opened: Callable[..., Database]) -> None:
    store = opened(f"{own_postgres}&options=-c%20default_transaction_read_only%3Don")
    assert problem_of(store) == "MMN_CDS_STORE: it may only be read"


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("postgresql://nobody@/postgres?host={place}", "it refuses the user or the password"),
        ("postgresql://postgres@/nothing?host={place}", "there is no database of this name"),
        ("postgresql://postgres@/postgres?host={place}/elsewhere", "it cannot be reached"),
    ],
)
def test_what_keeps_postgresql_from_being_used_is_said_in_a_line(
    own_postgres: str, opened: Callable[..., Database], url: str, cause: str
) -> None:
    place = own_postgres.rpartition("host=")[2]
    assert problem_of(opened(url.format(place=place))) == f"MMN_CDS_STORE: {cause}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    Database(f"sqlite:///{path}").migrate()
    return path


def test_a_file_that_may_only_be_read_says_so(file: Path, opened: Callable[..., Database]) -> None:
    store = opened(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert problem_of(store) == "MMN_CDS_STORE: the file may only be read"


def test_a_file_that_another_process_keeps_locked_is_waited_for_two_seconds(
    file: Path, opened: Callable[..., Database]
) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        store = opened(f"sqlite:///{file}")
        assert problem_of(store) == "MMN_CDS_STORE: another process keeps the file locked"
    store.check()


def test_a_file_that_is_no_database_says_so(file: Path, opened: Callable[..., Database]) -> None:
    file.write_bytes(b"no database at all" * 1000)
    assert problem_of(opened(f"sqlite:///{file}")) == "MMN_CDS_STORE: the file is no SQLite database"


def test_a_file_without_tables_says_so(tmp_path: Path, opened: Callable[..., Database]) -> None:
    assert "its tables are not there" in problem_of(opened(f"sqlite:///{tmp_path}/empty.sqlite"))


def test_a_file_that_can_grow_no_more_is_not_called_writable(file: Path) -> None:
    """A child process has a limit for the size of files, which is what a full disk is to it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            Database(f"sqlite:///{file}").check()
            said = "written"
        except StoreUnavailable as problem:
            said = str(problem)
        os.write(writing, said.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert answer.read() == "MMN_CDS_STORE: the file cannot be read or written"
