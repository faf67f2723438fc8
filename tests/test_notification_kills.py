"""Whatever is killed, whenever: nothing acknowledged is lost, nothing takes effect twice, the audit verifies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.database import Database
from tests.killing import run

# ``make kill-service`` does more of the same.
KILLS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.sqlite"
        return
    url: str = request.getfixturevalue("postgres_url")
    yield url
    database = Database(url)
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    database.engine.dispose()


def test_kills_at_random_moments_lose_nothing_and_repeat_nothing(store: str, tmp_path: Path) -> None:
    report = run(KILLS, store, tmp_path)
    assert sum(report.kills.values()) == KILLS
    assert report.acknowledged >= 3 * KILLS
    assert report.evaluated
    assert report.told
    assert report.is_good, report
