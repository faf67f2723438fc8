"""What the doors leave behind of each evaluation: a row of the audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from service import __version__
from service.audited import concluded_of
from service.domain.evaluation import Advised, Evaluation
from service.fhir.gathering.ladder import Gathered
from service.knowledge.model import Knowledge
from service.store.audit_key import AuditKey
from service.store.audit_rows import Asked, AuditCard, AuditRow, Versions
from service.store.audit_writer import AuditWriter
from service.web.answers import exact_number
from service.web.as_of import now
from service.web.authentication import current_caller
from service.web.fates import Fate
from service.web.hook_request import HookRequest
from service.web.request_log import correlation_id
from service.web.stages import stage, taken_ms

if TYPE_CHECKING:
    from service.evaluate import Evaluator


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One evaluation as its door knows it. ``patient``: ``Patient/id``; ``used``: how many resources were."""

    patient: str
    concluded: Advised
    used: int
    fates: Sequence[Fate]
    is_silent: bool = False

    @property
    def reached(self) -> str:
        """The class; empty where none was judged."""
        return self.concluded.classification.reached if isinstance(self.concluded, Evaluation) else ""


@dataclass(frozen=True, slots=True)
class _Input:
    """What was evaluated: its keyed hash, and itself where it is kept."""

    hash: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Audit:
    """``refuses``: StoreUnavailable where a row cannot be kept; else the answer goes out and the row follows it.

    ``keeps_input``: what was evaluated goes to the writer too, which encrypts it.
    """

    writer: AuditWriter
    key: AuditKey
    knowledge: Knowledge
    versions: Versions
    refuses: bool = False
    keeps_input: bool = False

    def of_hook(self, service: str, called: HookRequest, gathered: Gathered, evaluated: Evaluated) -> None:
        """Keep the row of a hook call."""
        user = self.key.of_person(called.user_id), called.hook_instance
        self._keep([self._row(service, self._input(_hook_input(called, gathered)), evaluated, *user)])

    def of_bundle(self, service: str, posted: Mapping[str, object], evaluated: Iterable[Evaluated]) -> None:
        """Keep a row for each patient of a Bundle; ``posted``: what was evaluated."""
        posted_input = self._input(posted)
        self._keep([self._row(service, posted_input, each) for each in evaluated])

    def _input(self, asked: Mapping[str, object]) -> _Input:
        content = orjson.dumps(asked, default=exact_number)
        return _Input(self.key.of_input(content), content if self.keeps_input else b"")

    def _keep(self, rows: Sequence[AuditRow]) -> None:
        if not self.refuses:
            self.writer.leave(rows)
            return
        with stage("audit"):
            self.writer.write(rows)

    def _row(
        self, service: str, evaluated: _Input, each: Evaluated, person: str = "", hook_instance: UUID | None = None
    ) -> AuditRow:
        asked = Asked(
            at=now(),
            as_of=datetime.fromisoformat(each.concluded.as_of),
            caller=current_caller().name,
            service=service,
            correlation_id=correlation_id(),
            patient=self.key.of_patient(each.patient),
            input_hash=evaluated.hash,
            person=person,
            hook_instance=hook_instance,
        )
        return AuditRow(
            asked=asked,
            versions=self.versions,
            concluded=concluded_of(each.concluded, each.used, self.knowledge),
            cards=tuple(_card(fate) for fate in each.fates),
            is_silent=each.is_silent,
            timings=taken_ms(),
            content=evaluated.content,
        )


def _card(fate: Fate) -> AuditCard:
    return AuditCard(UUID(fate.card["uuid"]), fate.topic, fate.card["indicator"], fate.held_back, fate.memory)


def versions_of(evaluator: "Evaluator") -> Versions:
    """What this process evaluates with."""
    knowledge = evaluator.knowledge
    return Versions(__version__, knowledge.version, knowledge.hash, evaluator.mappings.hash)


def _hook_input(called: HookRequest, gathered: Gathered) -> Mapping[str, object]:
    """All that the answer rests on, without who asked and without any token."""
    return {
        "hook": called.hook,
        "patient": called.patient_id,
        "fhirServer": called.fhir_server,
        "context": {name: value for name, value in called.context.items() if name not in ("userId", "encounterId")},
        "resources": gathered.resources,
        "unseen": dict(gathered.unseen),
        "whole": sorted(gathered.whole),
    }
