"""How notifications are set up: one description, from which the doors and the worker are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Templates
from service.notifications.charts import Charts, Tokens
from service.notifications.errands import Errands
from service.notifications.intake import Intake
from service.notifications.lookups import Lookups
from service.notifications.outbox import Outbox
from service.notifications.queue import Queue
from service.notifications.worker import Audit, Counted, Worker, no_audit, uncounted
from service.outgoing.sender import Sender
from service.store import errands as rows
from service.store.database import Database
from service.store.errands import Errand, Pace
from service.store.receipts import Receipts
from service.trust.bearer import BearerCredential
from service.trust.kept import Safe

if TYPE_CHECKING:
    from service.evaluate import Evaluator


@dataclass(frozen=True, slots=True)
class Site:
    """``callers``: who may notify, by name. ``safe``: for all that is kept; ``now`` gives the aware time.

    ``may_judge_alone``: where no FHIR server is registered, the message itself is judged.
    """

    database: Database
    queue: Queue
    safe: Safe
    now: Callable[[], datetime]
    callers: Mapping[str, BearerCredential] = field(default_factory=dict)
    may_judge_alone: bool = False

    def intake(self) -> Intake:
        """What the doors need."""
        receipts = Receipts(self.database, self.queue.wake)
        return Intake(receipts, Errands(self.safe), self.now, self.may_judge_alone)

    def worker(  # noqa: PLR0913  # each by its name, from the settings
        self,
        evaluator: "Evaluator",
        fetcher: FhirFetcher,
        sender: Sender,
        max_entries: int,
        *,
        audit: Audit = no_audit,
        counted: Counted = uncounted,
        pace: Pace | None = None,
        keep_days: int = 14,
    ) -> Worker:
        """What does the work; it asks for whole histories, since nobody waits for it."""
        templates = Templates(evaluator.prefetch_templates(), evaluator.optional_prefetch_templates(whole_history=True))
        charts = Charts(fetcher, sender, Tokens(sender, self.callers, self.now), templates, max_entries)
        errands = Errands(self.safe)
        return Worker(
            self.database,
            self.queue.wake,
            errands,
            Lookups(evaluator, charts, errands, self._owner_of, self.now),
            Outbox(self.callers, charts, self.safe, self.now),
            self.now,
            audit,
            counted,
            pace or Pace(),
            keep_days,
        )

    def _owner_of(self, reference: str) -> Errand | None:
        with self.database.transaction() as connection:
            return rows.owner_of(connection, reference)
