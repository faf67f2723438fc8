"""Results on their way: in order for each patient, the same each time they are sent, and gone when they arrived."""

from datetime import UTC, datetime, timedelta

import pytest

from service.store import deliveries, standing
from service.store.database import Database
from service.store.errands import MOST_BEGUN, Errand

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def errand(key: str, turn: int) -> Errand:
    return Errand(key, "engine", "https://ehr.example.org/fhir", "patient", b"", turn, turn - 1, 0, None)


@pytest.fixture
def store(database: Database) -> Database:
    """Two results of one patient, and one of another."""
    with database.transaction() as connection:
        for key, turn in (("p1", 1), ("p1", 2), ("p2", 1)):
            deliveries.add(connection, errand(key, turn), f"{key} {turn}".encode(), NOW)
    return database


def test_what_was_made_first_is_sent_first_and_is_gone_when_it_arrived(store: Database) -> None:
    with store.transaction() as connection:
        first = deliveries.begin(connection, "p1", NOW)
        assert first
        assert first.content == b"p1 1"
        again = deliveries.begin(connection, "p1", NOW)
        assert again
        assert again.id == first.id
        deliveries.arrived(connection, first)
        second = deliveries.begin(connection, "p1", NOW)
        assert second
        assert second.content == b"p1 2"


def test_what_waits_for_its_next_try_holds_back_what_comes_after_it_and_no_other_patient(store: Database) -> None:
    with store.transaction() as connection:
        first = deliveries.begin(connection, "p1", NOW)
        assert first
        deliveries.postpone(connection, first, "status 503", LATER)
        assert deliveries.begin(connection, "p1", NOW) is None
        assert deliveries.next_due(connection, NOW) == "p2"
        assert deliveries.begin(connection, "p1", LATER)


def test_what_is_dead_lets_the_next_one_pass(store: Database) -> None:
    with store.transaction() as connection:
        first = deliveries.begin(connection, "p1", NOW)
        assert first
        deliveries.postpone(connection, first, "status 400", None)
        second = deliveries.begin(connection, "p1", NOW)
        assert second
        assert second.content == b"p1 2"
        depth = standing.depths(connection)["delivery"]
        assert (depth.waiting, depth.dead, depth.oldest) == (2, 1, NOW)


def test_what_ends_its_workers_is_given_up(store: Database) -> None:
    with store.transaction() as connection:
        contents = [begun.content for _ in range(MOST_BEGUN + 1) if (begun := deliveries.begin(connection, "p1", NOW))]
    assert contents == [b"p1 1"] * MOST_BEGUN + [b"p1 2"]
