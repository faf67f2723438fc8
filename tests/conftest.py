"""What several test modules share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import settings

from service.app import create_app
from service.store.database import Database
from tests import said_twice
from tests.accounting import watched
from tests.private_postgres import NoPostgresError, private_postgres
from tests.shipped import WHOLE, shipped

# A busy machine is no defect: nothing here is judged by milliseconds.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")


@pytest.fixture(scope="session")
def lost() -> Iterator[list[str]]:
    """What the evaluations of this process have not accounted for since it was last looked at."""
    with pytest.MonkeyPatch.context() as patch:
        unaccounted: list[str] = []
        watched(patch, unaccounted)
        yield unaccounted


@pytest.fixture(scope="session")
def twice() -> Iterator[list[str]]:
    """What stood on two cards of one answer of this process since it was last looked at."""
    with pytest.MonkeyPatch.context() as patch:
        summaries: list[str] = []
        said_twice.watched(patch, summaries)
        yield summaries


@pytest.fixture(autouse=True)
def nothing_is_said_twice(twice: list[str]) -> Iterator[None]:
    """Whatever a test sends: no two cards of an answer have one summary."""
    twice.clear()
    yield
    assert twice == []


@pytest.fixture(autouse=True)
def nothing_is_lost(lost: list[str]) -> Iterator[None]:
    """Whatever a test sends: each resource of it is told, as used or as excluded."""
    lost.clear()
    yield
    assert lost == []


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """The service as it is shipped, for an EHR that sends the whole history of drugs."""
    return create_app(WHOLE, shipped()).test_client()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    try:
        with private_postgres() as url:
            yield url
    except NoPostgresError as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store of either kind, with its tables."""
    url = f"sqlite:///{tmp_path}/store.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    # On a machine that runs the whole suite one write may take seconds.
    store = Database(url, seconds=20.0)
    store.migrate()
    yield store
    if request.param == "postgresql":
        with store.transaction() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    store.engine.dispose()
