"""Rows of the audit for tests, and what a store holds of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, select

from service.store.audit_rows import Asked, AuditCard, AuditRow, Concluded, Versions
from service.store.database import Database
from service.store.tables import EVALUATIONS

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
PATIENT, INPUT = "a" * 64, "b" * 64
VERSIONS = Versions("0.2.0", "0.2.0", f"sha256:{'1' * 64}", f"sha256:{'2' * 64}")
SEEN_AT = datetime(2026, 3, 4, 11, 20, tzinfo=timezone(timedelta(hours=1)))


def audit_row(
    *cards: AuditCard, at: datetime = NOW, patient: str = PATIENT, correlation_id: str = "0123456789", **more: Any
) -> AuditRow:
    """One evaluation of a class that nothing is missing for."""
    asked = Asked(at, SEEN_AT, "https://ehr.example.org", "mmn-patient-view", correlation_id, patient, INPUT)
    concluded = Concluded("none", "definite", 3, {"criteria": {"mmn.one": "unknown"}}, 13, {"unmapped": 2})
    return AuditRow(asked, VERSIONS, concluded, cards, {"evaluate": 4.2}, **more)


def audit_card(topic: str = "mmnDiagnosisDefinite", held_back: str = "", uuid: UUID | None = None) -> AuditCard:
    return AuditCard(uuid or uuid4(), topic, "info", held_back)


def kept(database: Database, table: Table = EVALUATIONS) -> list[Mapping[str, Any]]:
    with database.transaction() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
