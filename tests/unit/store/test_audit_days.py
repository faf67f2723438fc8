"""Days of the audit: a digest for each that is over, found out when rows change, kept when rows are deleted in time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from service.store.audit_days import AuditDays, Found
from service.store.audit_key import AuditKey
from service.store.audit_rows import insert_rows
from service.store.database import Database
from service.store.feedback import ACCEPTED, Feedback, FeedbackStore
from service.store.tables import AUDIT_DAYS, EVALUATION_CARDS, EVALUATION_INPUTS, EVALUATIONS
from tests.unit.store.audit_samples import NOW, audit_card, audit_row, kept

KEY = AuditKey(b"k" * 32)
FIRST, DAY = NOW.date(), timedelta(days=1)
LATER = NOW + 3 * DAY


def keep(database: Database, *moments: datetime) -> None:
    with database.transaction() as connection:
        insert_rows(connection, [audit_row(audit_card(), at=moment) for moment in moments])


def found(database: Database, now: datetime = LATER) -> Mapping[date, Found]:
    return {day.day: day.found for day in AuditDays(database, KEY).verified(now)}


@pytest.fixture
def closed(database: Database) -> Database:
    """Two rows on the first day, none on the second, one on the third; the fourth is not over."""
    keep(database, NOW, NOW + timedelta(hours=1), NOW + 2 * DAY, LATER)
    AuditDays(database, KEY).close(LATER)
    return database


def test_days_that_are_over_are_closed_those_without_a_row_too(closed: Database) -> None:
    assert found(closed) == {
        FIRST: Found.UNCHANGED,
        FIRST + DAY: Found.UNCHANGED,
        FIRST + 2 * DAY: Found.UNCHANGED,
        FIRST + 3 * DAY: Found.OPEN,
    }
    assert [row["rows"] for row in kept(closed, AUDIT_DAYS)] == [2, 0, 1]


def test_closing_again_closes_only_what_has_been_over_since_for_an_hour(closed: Database) -> None:
    days = AuditDays(closed, KEY)
    midnight = datetime.combine(FIRST + 4 * DAY, datetime.min.time(), UTC)
    assert days.close(LATER) == []
    assert days.close(midnight + timedelta(minutes=59)) == []
    assert days.close(midnight + timedelta(minutes=60)) == [FIRST + 3 * DAY]


def test_an_empty_audit_has_no_days(database: Database) -> None:
    assert AuditDays(database, KEY).close(LATER) == []
    assert found(database) == {}


def without_triggers(database: Database, statement: object) -> None:
    """What somebody does who owns the tables."""
    with database.transaction() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        for table in ("evaluations", "evaluation_cards"):
            connection.execute(text(f"DROP TRIGGER {table}_unchanged" + ("" if is_sqlite else f" ON {table}")))
        connection.execute(statement)  # type: ignore[call-overload]  # each a statement


@pytest.mark.parametrize(
    "change",
    [
        update(EVALUATIONS).values(reached="definite"),
        update(EVALUATIONS).values(at=EVALUATIONS.c.as_of, as_of=EVALUATIONS.c.at),
        update(EVALUATION_CARDS).values(topic="mmnOther"),
        delete(EVALUATION_CARDS),
        delete(EVALUATIONS),
        update(AUDIT_DAYS).values(digest="0" * 64),
        update(AUDIT_DAYS).values(rows=1),
        update(AUDIT_DAYS).values(deleted="0" * 64),
    ],
    ids=["class", "moments", "topic", "card gone", "row gone", "digest", "count", "called deleted"],
)
def test_a_change_of_a_closed_day_is_found(closed: Database, change: object) -> None:
    without_triggers(closed, change)
    assert found(closed)[FIRST] is Found.CHANGED


def test_a_row_put_in_later_is_found(closed: Database) -> None:
    keep(closed, NOW + timedelta(hours=2))
    assert found(closed)[FIRST] is Found.CHANGED
    assert found(closed)[FIRST + 2 * DAY] is Found.UNCHANGED


def test_a_digest_made_with_another_key_is_found(closed: Database) -> None:
    days = AuditDays(closed, AuditKey(b"another key of thirty-two bytes."))
    assert {day.found for day in days.verified(LATER)} == {Found.CHANGED, Found.OPEN}


def test_a_day_is_deleted_as_a_whole_after_its_time_and_its_digest_stays(closed: Database) -> None:
    days = AuditDays(closed, KEY)
    assert days.delete(NOW + 10 * DAY, 10, 10) == []
    assert days.delete(NOW + 11 * DAY, 10, 10) == [FIRST]
    assert found(closed)[FIRST] is Found.DELETED
    assert found(closed)[FIRST + 2 * DAY] is Found.UNCHANGED
    assert len(kept(closed)) == len(kept(closed, EVALUATION_CARDS)) == 2
    assert [row["rows"] for row in kept(closed, AUDIT_DAYS)] == [2, 0, 1]


def test_a_day_without_a_digest_is_never_deleted(database: Database) -> None:
    keep(database, NOW)
    assert AuditDays(database, KEY).delete(NOW + 1000 * DAY, 10, 10) == []
    assert len(kept(database)) == 1


def test_a_day_whose_rows_were_taken_out_by_hand_is_not_called_deleted(closed: Database) -> None:
    with closed.transaction() as connection:
        connection.execute(delete(EVALUATIONS))
    assert found(closed)[FIRST] is Found.CHANGED


def test_feedback_of_that_time_goes_too(closed: Database) -> None:
    store = FeedbackStore(closed)
    for received_at in (NOW, NOW + DAY):
        store.keep("ehr", "0.2.0", [Feedback(uuid4(), "mmnDose", ACCEPTED, received_at, comment="seen")], received_at)
    AuditDays(closed, KEY).delete(NOW + 11 * DAY, 10, 10)
    assert sum(count.cards for count in store.counts()) == 1


def test_inputs_go_earlier_than_their_rows_where_the_setting_says_so(closed: Database) -> None:
    with closed.transaction() as connection:
        row = {"input_hash": "a" * 64, "sealed": b"x"}
        connection.execute(insert(EVALUATION_INPUTS), [{**row, "day": FIRST}, {**row, "day": FIRST + DAY}])
    AuditDays(closed, KEY).delete(NOW + 6 * DAY, 100, 5)
    with closed.transaction() as connection:
        left = connection.execute(select(EVALUATION_INPUTS.c.day, func.count()).group_by("day")).all()
    assert [tuple(each) for each in left] == [(FIRST + DAY, 1)]
    assert len(kept(closed)) == 4
