"""A store outlasts releases: one of the last release with data in it goes up, and back down; what is newer is told."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from service.cli import main
from service.errors import StoreUnavailable
from service.store.database import Database
from service.store.feedback import Feedback, FeedbackStore
from service.store.revisions import BASE, present_revision, revisions
from service.store.used_tokens import UsedTokens
from tests.own_tables import differences

DUMPS = Path(__file__).parents[2] / "stores"
# The last form of a release that is out; each was made by that release itself.
RELEASES = {"0.2.0": "0001"}
EHR, THEN = "https://ehr.example.org", datetime(2026, 11, 28, 12, tzinfo=UTC)


def fill_sqlite(url: str, dump: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executescript(dump)


def fill_postgresql(url: str, dump: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(dump.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Callable[[str], None]]]:
    """The URL of an empty store, and how it takes the dump of a release."""
    kind = request.param
    url = f"sqlite:///{tmp_path}/store.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    fill = fill_sqlite if kind == "sqlite" else fill_postgresql
    yield url, lambda release: fill(url, (DUMPS / f"release-{release}-{kind}.sql").read_text(encoding="utf-8"))
    if kind == "postgresql":
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@pytest.fixture
def store(empty: tuple[str, Callable[[str], None]]) -> Iterator[Database]:
    opened = Database(empty[0])
    yield opened
    opened.engine.dispose()


def form(store: Database) -> str | None:
    with store.transaction() as connection:
        return present_revision(connection)


def check_data(store: Database) -> None:
    counts = {count.topic: count for count in FeedbackStore(store).counts()}
    assert (counts["mmnDose"].overridden, counts["mmnDose"].comments, counts["mmnSteroid"].accepted) == (1, 1, 1)
    with store.transaction() as connection:
        digests = connection.exec_driver_sql("SELECT token_digest FROM used_tokens").scalars().all()
    assert digests == ["ab" * 32]


@pytest.mark.parametrize("release", RELEASES)
def test_a_store_of_a_release_is_taken_to_this_one_and_back_with_what_is_in_it(
    empty: tuple[str, Callable[[str], None]], store: Database, release: str
) -> None:
    empty[1](release)
    store.migrate()
    assert form(store) == revisions()[-1]
    check_data(store)
    assert differences(store) == []
    # What a release writes after the upgrade lies beside what was there.
    FeedbackStore(store).keep(EHR, "x", [Feedback(uuid4(), "mmnNew", "accepted", THEN, (str(uuid4()),))], THEN)
    assert UsedTokens(store).first_use(EHR, "new", THEN + timedelta(hours=1), THEN)
    assert sum(count.cards for count in FeedbackStore(store).counts()) == 3
    store.migrate(RELEASES[release])
    assert form(store) == RELEASES[release]
    assert sum(count.cards for count in FeedbackStore(store).counts()) == 3


def test_every_step_up_can_be_gone_down_and_up_again(store: Database) -> None:
    for revision in [*revisions(), *revisions()[-2::-1], BASE, revisions()[-1]]:
        store.migrate(revision)
        assert form(store) == (None if revision == BASE else revision)
    assert differences(store) == []


def test_a_store_of_a_newer_release_is_left_alone_and_told_in_a_line(store: Database) -> None:
    store.migrate()
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for wanted in ("head", "0001"):
        with pytest.raises(StoreUnavailable, match=r"^MMN_CDS_STORE: .*9999 of a newer release.*store downgrade \d+$"):
            store.migrate(wanted)
    url = store.engine.url.render_as_string(hide_password=False)
    for command in (["serve", "--profile", "local", "--port", "1"], ["store", "upgrade"], ["feedback", "report"]):
        answer = CliRunner().invoke(main, command, env={"MMN_CDS_STORE": url})
        assert answer.exit_code == 2
        assert "Traceback" not in answer.output


def test_a_form_that_there_is_not_is_told_with_those_that_there_are(store: Database) -> None:
    store.migrate()
    with pytest.raises(StoreUnavailable, match=r"no form 0\.2\.0 of the tables; there are base, 0001, "):
        store.migrate("0.2.0")


def test_the_command_shows_the_form_and_moves_it(store: Database) -> None:
    url = store.engine.url.render_as_string(hide_password=False)

    def run(*arguments: str) -> str:
        answer = CliRunner().invoke(main, ["store", *arguments], env={"MMN_CDS_STORE": url})
        assert answer.exit_code == 0, answer.output
        return answer.output

    assert run("upgrade") == "done\n"
    assert run("show") == f"The tables have the form {revisions()[-1]}; this release needs {revisions()[-1]}\n"
    assert run("downgrade", "0001", "--yes") == "done\n"
    assert "have the form 0001;" in run("show")
