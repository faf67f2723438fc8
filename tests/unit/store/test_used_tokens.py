"""A token id counts once, whoever asks and whenever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.errors import Busy
from service.store.database import Database
from service.store.tables import USED_TOKENS
from service.store.used_tokens import UsedTokens

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
EHR, OTHER = "https://ehr.example.org", "https://other.example.org"


def test_the_second_use_of_a_token_is_noticed(database: Database) -> None:
    used = UsedTokens(database)
    assert used.first_use(EHR, "one", SOON, NOW)
    assert not used.first_use(EHR, "one", SOON, NOW)


def test_two_issuers_may_use_the_same_id(database: Database) -> None:
    used = UsedTokens(database)
    assert used.first_use(EHR, "one", SOON, NOW)
    assert used.first_use(OTHER, "one", SOON, NOW)


@pytest.mark.conforms("SEC-10")
def test_another_worker_or_a_restart_still_knows_a_used_token(database: Database) -> None:
    assert UsedTokens(database).first_use(EHR, "one", SOON, NOW)
    again = Database(database.engine.url.render_as_string(hide_password=False))
    assert not UsedTokens(again).first_use(EHR, "one", SOON, NOW)
    again.engine.dispose()


def test_of_many_uses_at_once_exactly_one_is_the_first(database: Database) -> None:
    used = UsedTokens(database)
    for token in range(5):
        with ThreadPoolExecutor(16) as pool:
            firsts = pool.map(lambda _, token=token: used.first_use(EHR, str(token), SOON, NOW), range(16))
        assert sum(firsts) == 1


def test_ids_are_forgotten_once_their_tokens_have_expired(database: Database) -> None:
    used = UsedTokens(database)
    used.first_use(EHR, "one", SOON, NOW)
    used.first_use(EHR, "two", NOW + timedelta(hours=1), NOW)
    assert _kept(database) == 2
    used.first_use(EHR, "three", NOW + timedelta(hours=1), SOON + timedelta(seconds=1))
    assert _kept(database) == 2


def test_an_id_of_any_length_is_kept(database: Database) -> None:
    used = UsedTokens(database)
    assert used.first_use(EHR, "x" * 6000 + "1", SOON, NOW)
    assert used.first_use(EHR, "x" * 6000 + "2", SOON, NOW)
    assert not used.first_use(EHR, "x" * 6000 + "2", SOON, NOW)


def test_an_issuer_with_too_many_live_tokens_has_to_wait_and_the_others_have_not(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    used, later = UsedTokens(database, most_of_one_issuer=3), NOW + timedelta(minutes=1)
    assert all(used.first_use(EHR, str(token), SOON, NOW) for token in range(3))
    with pytest.raises(Busy):
        used.first_use(EHR, "one more", SOON, later)
    assert used.first_use(OTHER, "one", SOON, later)
    assert [record.__dict__["issuer"] for record in caplog.records if record.msg == "too many tokens"] == [EHR]
    assert _kept(database) == 4
    assert used.first_use(EHR, "once those have expired", SOON + timedelta(hours=1), SOON + timedelta(seconds=1))


def _kept(database: Database) -> int:
    with database.transaction() as connection:
        return connection.execute(select(func.count()).select_from(USED_TOKENS)).scalar_one()
