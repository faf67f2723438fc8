"""Reading the audit: evaluations with their cards, by card, patient and time. The role of the service cannot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select

from service.store.audit_rows import AuditCard
from service.store.database import Database
from service.store.tables import EVALUATION_CARDS, EVALUATION_INPUTS, EVALUATIONS

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which evaluations; None is not asked for. ``patient``: the keyed hash. From ``since`` on and before ``until``."""

    card: UUID | None = None
    patient: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    caller: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One evaluation as it was kept: its columns by name, moments in UTC; and its cards."""

    row: Mapping[str, Any]
    cards: Sequence[AuditCard]


def found(database: Database, wanted: Wanted) -> Iterator[Kept]:
    """The evaluations that are wanted, oldest first, as many as there are; a few hundred are held at a time."""
    last: UUID | None = None
    while True:
        with database.reading() as connection:
            page = _page(connection, wanted, last)
        yield from page
        if len(page) < _AT_ONCE:
            return
        last = page[-1].row["id"]


def content_of(database: Database, row: Mapping[str, Any]) -> bytes | None:
    """What was evaluated, encrypted as it was kept; None where it was not, or is no longer."""
    columns = EVALUATION_INPUTS.c
    wanted = select(columns.sealed).where(columns.day == row["at"].date(), columns.input_hash == row["input_hash"])
    with database.reading() as connection:
        sealed: bytes | None = connection.execute(wanted).scalar()
    return sealed


def _page(connection: Connection, wanted: Wanted, last: UUID | None) -> list[Kept]:
    # Ids lie in the order of time.
    conditions = [*conditions_for(wanted), *([EVALUATIONS.c.id > last] if last else [])]
    asked = select(EVALUATIONS).where(*conditions).order_by(EVALUATIONS.c.id).limit(_AT_ONCE)
    rows = [dict(row) for row in connection.execute(asked).mappings()]
    cards: dict[UUID, list[AuditCard]] = {row["id"]: [] for row in rows}
    columns = EVALUATION_CARDS.c
    listed = select(EVALUATION_CARDS).where(columns.evaluation.in_(cards)).order_by(columns.topic, columns.card)
    for card in connection.execute(listed).mappings():
        cards[card["evaluation"]].append(AuditCard(card["card"], card["topic"], card["indicator"], card["held_back"]))
    return [Kept({str(name): _in_utc(value) for name, value in row.items()}, cards[row["id"]]) for row in rows]


def conditions_for(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What an evaluation must be to be wanted."""
    columns = EVALUATIONS.c
    if wanted.card is not None:
        holding = select(EVALUATION_CARDS.c.evaluation).where(EVALUATION_CARDS.c.card == wanted.card)
        yield columns.id.in_(holding)
    if wanted.patient is not None:
        yield columns.patient == wanted.patient
    if wanted.since is not None:
        yield columns.at >= wanted.since.astimezone(UTC)
    if wanted.until is not None:
        yield columns.at < wanted.until.astimezone(UTC)
    if wanted.service is not None:
        yield columns.service == wanted.service
    if wanted.caller is not None:
        yield columns.caller == wanted.caller


def _in_utc(value: Any) -> Any:
    # SQLite gives back what was put in, without its offset, and that is always UTC here.
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
