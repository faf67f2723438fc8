"""The audit holds one row for each evaluation, which nobody changes; on PostgreSQL its writer need not even read."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, inspect, make_url, select, update

from service.errors import StoreUnavailable
from service.store.audit_rows import insert_rows
from service.store.database import Database
from service.store.tables import EVALUATION_CARDS, EVALUATIONS, METADATA
from tests.unit.store.audit_samples import NOW, audit_card, audit_row, kept


def keep(database: Database, *rows: object) -> None:
    with database.transaction() as connection:
        insert_rows(connection, rows)  # type: ignore[arg-type]  # rows of the samples


def test_a_row_says_who_asked_what_and_what_was_concluded(database: Database) -> None:
    shown, held = audit_card(), audit_card("mmnFollowUp", held_back="said-before")
    keep(database, audit_row(shown, held))
    (row,) = kept(database)
    assert (row["caller"], row["service"]) == ("https://ehr.example.org", "mmn-patient-view")
    assert (row["reached"], row["attainable"], row["missing"]) == ("none", "definite", 3)
    assert (row["verdicts"], row["unused"]) == ({"criteria": {"mmn.one": "unknown"}}, {"unmapped": 2})
    cards = kept(database, EVALUATION_CARDS)
    assert {card["card"]: card["held_back"] for card in cards} == {shown.uuid: "", held.uuid: "said-before"}
    assert {card["evaluation"] for card in cards} == {row["id"]}


def test_moments_are_kept_in_utc_whatever_their_offset(database: Database) -> None:
    keep(database, audit_row())
    (row,) = kept(database)
    assert row["as_of"].replace(tzinfo=None) == row["at"].replace(tzinfo=None) == NOW.replace(tzinfo=None)


def test_rows_lie_in_the_order_in_which_they_came(database: Database) -> None:
    moments = [NOW + timedelta(milliseconds=step) for step in range(20)]
    for moment in reversed(moments):
        keep(database, audit_row(at=moment, correlation_id=str(moment.timestamp())))
    assert [row["correlation_id"] for row in kept(database)] == [str(moment.timestamp()) for moment in moments]


@pytest.mark.parametrize("table", [EVALUATIONS, EVALUATION_CARDS], ids=lambda table: table.name)
def test_a_row_that_was_kept_cannot_be_changed(database: Database, table: object) -> None:
    keep(database, audit_row(audit_card()))
    before = kept(database), kept(database, EVALUATION_CARDS)
    change = {"topic": "another"} if table is EVALUATION_CARDS else {"reached": "definite"}
    with pytest.raises(StoreUnavailable), database.transaction() as connection:
        connection.execute(update(table).values(change))  # type: ignore[arg-type]  # one of the two
    assert (kept(database), kept(database, EVALUATION_CARDS)) == before


def test_a_caller_with_a_name_of_any_length_gets_its_row(database: Database) -> None:
    row = audit_row(correlation_id="x" * 500)
    keep(database, row)
    assert kept(database)[0]["correlation_id"] == "x" * 64


def test_migrations_go_down_and_up_again_and_leave_the_older_tables_alone(database: Database) -> None:
    keep(database, audit_row(audit_card()))
    for revision in ("0001", "base"):
        database.migrate(revision)
        with database.transaction() as connection:
            left = set(inspect(connection).get_table_names()) & METADATA.tables.keys()
        assert ("feedback" in left) == (revision == "0001")
        assert not left & {"evaluations", "evaluation_cards"}
    database.migrate()
    keep(database, audit_row(audit_card()))
    assert len(kept(database)) == 1


def grants(role: str) -> str:
    """What docs/operating.md gives to the role that the service uses."""
    page = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
    return page.partition("```sql\n")[2].partition("```")[0].replace("mmn_cds_service", role)


def test_the_page_says_for_each_table_what_the_role_of_the_service_may_do() -> None:
    granted = {table.strip() for told in re.findall(r" ON ([a-z_,\s]+) TO ", grants("x")) for table in told.split(",")}
    # Only commands close days.
    assert granted - {"alembic_version"} | {"audit_days"} >= METADATA.tables.keys()


@pytest.fixture
def owner(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    database.migrate()
    yield database
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    database.engine.dispose()


def test_a_role_that_may_only_insert_keeps_rows_and_can_do_nothing_else_with_them(owner: Database) -> None:
    role = f"service_{uuid4().hex[:8]}"
    with owner.transaction() as connection:
        connection.exec_driver_sql(grants(role))
    url = make_url(owner.engine.url.render_as_string()).set(username=role)
    service = Database(url.render_as_string())
    keep(service, audit_row(audit_card()))
    for refused in (
        select(func.count()).select_from(EVALUATIONS),
        delete(EVALUATIONS),
        update(EVALUATIONS).values(reached=""),
        select(EVALUATION_CARDS.c.card),
        delete(EVALUATION_CARDS),
    ):
        with pytest.raises(StoreUnavailable), service.transaction() as connection:
            connection.execute(refused)
    service.migrate()
    service.engine.dispose()
    assert len(kept(owner)) == 1
    with owner.transaction() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")
