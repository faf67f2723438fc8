"""The audit row of each evaluation of an errand, kept in the transaction of its result or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
from sqlalchemy import Connection

from service import __version__
from service.audited import concluded_of
from service.json_guard import exact_number
from service.knowledge.model import Knowledge
from service.notifications.lookups import Evaluated, Found
from service.store.audit_key import AuditKey
from service.store.audit_rows import Asked, AuditCard, AuditRow, Versions, insert_rows
from service.store.errands import Errand

if TYPE_CHECKING:
    from service.evaluate import Evaluator

Keep = Callable[[Connection, Sequence[AuditRow]], None]
# As which the audit and the counters know what is evaluated here.
SERVICE = "mmn-notify"
_LONGEST_ID, _SILENT = 32, "silent"


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """``key``: of the keyed hashes, the same as at the doors. ``now`` gives the aware time.

    ``silent``: callers to whom no card is sent. ``keep``: keeps what was evaluated with the rows; None where it is not
    to be kept.
    """

    key: AuditKey
    knowledge: Knowledge
    versions: Versions
    now: Callable[[], datetime]
    silent: frozenset[str] = frozenset()
    keep: Keep | None = None

    @classmethod
    def of(
        cls,
        evaluator: "Evaluator",
        key: AuditKey,
        now: Callable[[], datetime],
        silent: frozenset[str] = frozenset(),
        keep: Keep | None = None,
    ) -> "AuditTrail":
        """The trail of what this evaluator concludes."""
        knowledge = evaluator.knowledge
        versions = Versions(__version__, knowledge.version, knowledge.hash, evaluator.mappings.hash)
        return cls(key, knowledge, versions, now, silent, keep)

    def leave(self, connection: Connection, errand: Errand, found: Found) -> None:
        """A row for each patient that was evaluated."""
        if not found.evaluated:
            return
        content = orjson.dumps(found.rests_on, default=exact_number)
        rows = [self._row(errand, content, each, found.timings) for each in found.evaluated]
        insert_rows(connection, rows)
        if self.keep is not None:
            self.keep(connection, rows)

    def _row(self, errand: Errand, content: bytes, each: Evaluated, timings: Mapping[str, float]) -> AuditRow:
        made = each.concluded
        asked = Asked(
            at=self.now(),
            as_of=datetime.fromisoformat(made.as_of),
            caller=errand.caller,
            service=SERVICE,
            # By it `mmn-cds intake show` finds the errand.
            correlation_id=errand.key[:_LONGEST_ID],
            patient=self.key.of_patient(made.patient),
            input_hash=self.key.of_input(content),
        )
        is_silent = errand.caller in self.silent
        held_back = _SILENT if is_silent else ""
        cards = [
            AuditCard(UUID(card["uuid"]), card["source"]["topic"]["code"], card["indicator"], held_back)
            for card in each.result["cards"]
        ]
        concluded = concluded_of(made, len(made.used), self.knowledge)
        return AuditRow(asked, self.versions, concluded, tuple(cards), timings, is_silent, content)
