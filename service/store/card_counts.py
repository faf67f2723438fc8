"""How many cards were made, by topic: sent, held back, or made in silence. The role of the service cannot read it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Result, Select, select

from service.store.audit_trail import Wanted, conditions_for
from service.store.database import Database
from service.store.tables import EVALUATION_CARDS, EVALUATIONS

_AT_ONCE = 1000
SENT = "sent"


@dataclass(slots=True)
class TopicCards:
    """The cards about one topic: how many were sent or, by the reason, were not; ``days``: how many on each day."""

    fates: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)

    @property
    def made(self) -> int:
        """Cards that were made, whatever became of them."""
        return self.fates.total()


@dataclass(slots=True)
class CardCounts:
    """``evaluations``: how many there were on each day, with cards and without."""

    evaluations: Counter[date] = field(default_factory=Counter)
    topics: dict[str, TopicCards] = field(default_factory=dict)


def card_counts(database: Database, wanted: Wanted) -> CardCounts:
    """What was made in the evaluations that are wanted."""
    counts, columns = CardCounts(), EVALUATION_CARDS.c
    evaluations = select(EVALUATIONS.c.at)
    cards = select(EVALUATIONS.c.at, columns.topic, columns.held_back).join_from(EVALUATION_CARDS, EVALUATIONS)
    with database.reading() as connection:
        for at in _rows(connection, evaluations, wanted).scalars():
            counts.evaluations[at.date()] += 1
        for row in _rows(connection, cards, wanted).mappings():
            made = counts.topics.setdefault(row["topic"], TopicCards())
            made.fates[row["held_back"] or SENT] += 1
            made.days[row["at"].date()] += 1
    return counts


def samples(database: Database, wanted: Wanted, of_each: int) -> Sequence[tuple[UUID, Mapping[str, Any], str]]:
    """Cards for review, so many of each topic, drawn by their uuids, which are random: card, evaluation, topic."""
    columns = EVALUATION_CARDS.c
    asked = select(columns.card, columns.topic, EVALUATIONS).join_from(EVALUATION_CARDS, EVALUATIONS)
    drawn: Counter[str] = Counter()
    chosen: list[tuple[UUID, Mapping[str, Any], str]] = []
    with database.reading() as connection:
        for row in _rows(connection, asked.order_by(columns.card), wanted).mappings():
            drawn[row["topic"]] += 1
            if drawn[row["topic"]] <= of_each:
                chosen.append((row["card"], dict(row), row["topic"]))
    return chosen


def _rows(connection: Connection, asked: Select[Any], wanted: Wanted) -> Result[Any]:
    return connection.execute(asked.where(*conditions_for(wanted)).execution_options(yield_per=_AT_ONCE))
