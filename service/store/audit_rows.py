"""The audit: one row for each evaluation, with its cards, and no value of a patient. Inserted here and nowhere else."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, insert

from service.store.tables import EVALUATION_CARDS, EVALUATIONS

_LONGEST_CALLER, _LONGEST_ID = 255, 64


@dataclass(frozen=True, slots=True)
class AuditCard:
    """A card of an evaluation; ``held_back``: why it was not sent, empty where it was.

    ``memory``: the keyed hash by which it is remembered that it was sent; empty where nobody remembers.
    """

    uuid: UUID
    topic: str
    indicator: str
    held_back: str = ""
    memory: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """What an evaluation was made with: versions, and hashes with ``sha256:`` before them."""

    software: str
    knowledge: str
    knowledge_hash: str
    mappings_hash: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """What was concluded, without a value. ``reached`` and ``attainable`` are empty where no class was judged.

    ``verdicts``: ``criteria`` (id to verdict), ``advice`` and ``differentials`` (ids), and what a population is ranked
    by: ``in_question``, ``hint`` and ``known`` (names of facts). ``missing``: items that it takes to the class
    attainable. ``used``: how many resources; ``unused``: how many by reason.
    """

    reached: str
    attainable: str
    missing: int
    verdicts: Mapping[str, object]
    used: int
    unused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what, and when. ``patient``, ``person`` (who looks at the answer) and ``input_hash`` are keyed hashes.

    ``caller``: as the settings name it. ``service``: of the CDS service or operation.
    """

    at: datetime
    as_of: datetime
    caller: str
    service: str
    correlation_id: str
    patient: str
    input_hash: str
    person: str = ""
    hook_instance: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One evaluation. ``timings``: milliseconds by stage. ``is_silent``: no card was sent, whatever there were.

    ``content``: what was evaluated, where it is to be kept encrypted.
    """

    asked: Asked
    versions: Versions
    concluded: Concluded
    cards: tuple[AuditCard, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    is_silent: bool = False
    content: bytes = b""


def insert_rows(connection: Connection, rows: Sequence[AuditRow]) -> None:
    """Put rows into the audit, within the transaction of the connection; nothing is read, so INSERT is right enough."""
    ids = [_in_time_order(row.asked.at) for row in rows]
    connection.execute(insert(EVALUATIONS), [_columns(*each) for each in zip(ids, rows, strict=True)])
    cards = [_card(evaluation, card) for evaluation, row in zip(ids, rows, strict=True) for card in row.cards]
    if cards:
        connection.execute(insert(EVALUATION_CARDS), cards)


def _columns(identity: UUID, row: AuditRow) -> dict[str, object]:
    asked, versions, concluded = row.asked, row.versions, row.concluded
    return {
        "id": identity,
        # One of the two databases keeps no offset.
        "at": asked.at.astimezone(UTC),
        "as_of": asked.as_of.astimezone(UTC),
        "caller": asked.caller[:_LONGEST_CALLER],
        "service": asked.service,
        "correlation_id": asked.correlation_id[:_LONGEST_ID],
        "hook_instance": asked.hook_instance,
        "patient": asked.patient,
        "person": asked.person,
        "input_hash": asked.input_hash,
        "software": versions.software,
        "knowledge": versions.knowledge,
        "knowledge_hash": versions.knowledge_hash,
        "mappings_hash": versions.mappings_hash,
        "reached": concluded.reached,
        "attainable": concluded.attainable,
        "missing": concluded.missing,
        "verdicts": concluded.verdicts,
        "used": concluded.used,
        "unused": concluded.unused,
        "timings": row.timings,
        "is_silent": row.is_silent,
    }


def _card(evaluation: UUID, card: AuditCard) -> dict[str, object]:
    return {
        "card": card.uuid,
        "evaluation": evaluation,
        "topic": card.topic,
        "indicator": card.indicator,
        "held_back": card.held_back,
    }


def _in_time_order(at: datetime) -> UUID:
    """A new uuid of version 7 (RFC 9562): 48 bits of milliseconds, then random ones."""
    milliseconds, drawn = int(at.timestamp() * 1000), secrets.randbits(74)
    high = milliseconds << 16 | 0x7000 | drawn >> 62
    return UUID(int=high << 64 | 0b10 << 62 | drawn & (1 << 62) - 1)
