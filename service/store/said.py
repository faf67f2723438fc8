"""What was said before: when cards of the same evidence were sent to the same person, and what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, or_, select

from service.store.audit_rows import AuditRow
from service.store.database import Database
from service.store.feedback import OVERRIDDEN
from service.store.tables import FEEDBACK, FEEDBACK_COMMENTS, SAID

# As long as anything of it can matter.
REMEMBERED = timedelta(days=180)
# The newest: whoever calls without end finds nothing remembered, and is told everything.
_MOST = 300


@dataclass(slots=True)
class History:
    """When cards of one memory were sent, in order; when feedback on them came; when it was a reasoned override."""

    sent: list[datetime] = field(default_factory=list)
    answered: list[datetime] = field(default_factory=list)
    overridden: list[datetime] = field(default_factory=list)


def insert_said(connection: Connection, rows: Sequence[AuditRow]) -> None:
    """Remember the cards that are sent, within the transaction that keeps their rows."""
    said = [
        {
            "card": card.uuid,
            "memory": card.memory,
            "sent_at": row.asked.at.astimezone(UTC),
            "expires_at": (row.asked.at + REMEMBERED).astimezone(UTC),
        }
        for row in rows
        for card in row.cards
        if card.memory and not card.held_back
    ]
    if said:
        connection.execute(insert(SAID), said)


def histories(database: Database, memories: Iterable[str], caller: str, now: datetime) -> Mapping[str, History]:
    """What is remembered of each memory; feedback counts by when it came, not by the moment that its sender gives."""
    has_reason = or_(FEEDBACK.c.reason != "", FEEDBACK_COMMENTS.c.feedback_id.is_not(None))
    asked = (
        select(
            SAID.c.memory, SAID.c.sent_at, FEEDBACK.c.received_at, FEEDBACK.c.outcome, has_reason.label("has_reason")
        )
        .select_from(SAID)
        .outerjoin(FEEDBACK, and_(FEEDBACK.c.card == SAID.c.card, FEEDBACK.c.issuer == caller))
        .outerjoin(FEEDBACK_COMMENTS)
        .where(SAID.c.memory.in_(list(memories)), SAID.c.expires_at > now.astimezone(UTC))
        .order_by(SAID.c.sent_at.desc())
        .limit(_MOST)
    )
    found: dict[str, History] = defaultdict(History)
    with database.reading() as connection:
        for memory, sent_at, received_at, outcome, is_reasoned in reversed(connection.execute(asked).all()):
            history = found[memory]
            history.sent.append(_in_utc(sent_at))
            if received_at is not None:
                history.answered.append(_in_utc(received_at))
                if outcome == OVERRIDDEN and is_reasoned:
                    history.overridden.append(_in_utc(received_at))
    return found


def forget(database: Database, now: datetime) -> None:
    """Delete what has expired."""
    with database.transaction() as connection:
        connection.execute(delete(SAID).where(SAID.c.expires_at <= now.astimezone(UTC)))


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
