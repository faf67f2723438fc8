"""What clinicians did with cards: kept once each, counted by rule."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from service.errors import OverQuota
from service.store.database import Database
from service.store.tables import FEEDBACK, FEEDBACK_COMMENTS

_DAY, _BETWEEN_COUNTS = timedelta(days=1), timedelta(minutes=1)
# One a second all day, and a fifth more; about 40 MB.
_MOST_IN_A_DAY = 100_000
ACCEPTED, OVERRIDDEN = "accepted", "overridden"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One entry. ``topic``: of the card, empty when it is not ours; ``reason``: ``system|code``, empty without."""

    card: UUID
    topic: str
    outcome: str
    outcome_at: datetime
    accepted_suggestions: tuple[str, ...] = ()
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TopicCount:
    """Feedback on the cards of one topic; a card counts by its newest outcome. ``comments``: how many were written."""

    topic: str
    cards: int
    accepted: int
    overridden: int
    reasons: tuple[tuple[str, int], ...]
    comments: int


class FeedbackStore:
    """Feedback of all clients; each reports for itself and cannot read.

    ``most_in_a_day``: entries that are taken of one issuer within 24 hours, counted once a minute.
    """

    def __init__(self, database: Database, most_in_a_day: int = _MOST_IN_A_DAY) -> None:
        self._database, self._most = database, most_in_a_day
        # By issuer: when the store was counted, and how many there are with what came to this process since.
        self._counted: dict[str, tuple[datetime, int]] = {}

    def keep(self, issuer: str, knowledge: str, entries: Sequence[Feedback], received_at: datetime) -> None:
        """Keep all entries or none; one that was kept before (card, outcome, moment) changes nothing.

        OverQuota, and none is kept, for an issuer that has sent too many.
        """
        with self._database.transaction() as connection:
            self._count(connection, issuer, len(entries), received_at)
            for entry in entries:
                row = {"issuer": issuer, "knowledge": knowledge, "received_at": received_at, **_columns(entry)}
                self._keep(connection, row, entry.comment)

    def _count(self, connection: Connection, issuer: str, more: int, now: datetime) -> None:
        counted_at, number = self._counted.get(issuer, (None, 0))
        if counted_at is None or now - counted_at >= _BETWEEN_COUNTS:
            mine = (FEEDBACK.c.issuer == issuer) & (FEEDBACK.c.received_at > now - _DAY)
            counted_at, number = now, connection.execute(select(func.count()).where(mine)).scalar_one()
        if number + more > self._most:
            self._counted[issuer] = counted_at, number
            raise OverQuota("This issuer has sent more feedback in a day than is kept of one; send the rest later")
        self._counted[issuer] = counted_at, number + more

    def _keep(self, connection: Connection, row: dict[str, object], comment: str) -> None:
        kept = connection.execute(self._database.insert_once(FEEDBACK).values(row).returning(FEEDBACK.c.id)).scalar()
        if kept is not None and comment:
            connection.execute(insert(FEEDBACK_COMMENTS).values(feedback_id=kept, comment=comment))

    def counts(self, since: datetime | None = None, issuer: str | None = None) -> list[TopicCount]:
        """Per topic, most feedback first; ``since``: only what was received from then on; ``issuer``: only of it."""
        commented = func.count(FEEDBACK_COMMENTS.c.feedback_id)
        query = (
            select(FEEDBACK.c.issuer, FEEDBACK.c.card, FEEDBACK.c.topic, FEEDBACK.c.outcome, FEEDBACK.c.reason)
            .add_columns(commented.label("comments"))
            .outerjoin(FEEDBACK_COMMENTS)
            .group_by(FEEDBACK.c.id)
            .order_by(FEEDBACK.c.outcome_at, FEEDBACK.c.id)
        )
        if since is not None:
            query = query.where(FEEDBACK.c.received_at >= since)
        if issuer is not None:
            query = query.where(FEEDBACK.c.issuer == issuer)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return _counted([tuple(row) for row in rows])


def _columns(entry: Feedback) -> dict[str, object]:
    return {
        "card": entry.card,
        "topic": entry.topic,
        "outcome": entry.outcome,
        "outcome_at": entry.outcome_at,
        "accepted_suggestions": list(entry.accepted_suggestions),
        "reason": entry.reason,
    }


def _counted(rows: Iterable[tuple[str, UUID, str, str, str, int]]) -> list[TopicCount]:
    newest: dict[tuple[str, UUID], tuple[str, str, str]] = {}
    comments: Counter[str] = Counter()
    for issuer, card, topic, outcome, reason, commented in rows:
        newest[issuer, card] = (topic, outcome, reason)
        comments[topic] += commented
    topics = Counter(topic for topic, _, _ in newest.values())
    return [_count(topic, list(newest.values()), comments[topic]) for topic, _ in topics.most_common()]


def _count(topic: str, outcomes: Sequence[tuple[str, str, str]], comments: int) -> TopicCount:
    mine = [(outcome, reason) for of, outcome, reason in outcomes if of == topic]
    said = Counter(outcome for outcome, _ in mine)
    reasons = Counter(reason for outcome, reason in mine if outcome == OVERRIDDEN and reason)
    return TopicCount(topic, len(mine), said[ACCEPTED], said[OVERRIDDEN], tuple(reasons.most_common()), comments)
