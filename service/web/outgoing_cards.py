"""The one way out for cards: with links to their rules, checked when the installation asks for it, counted and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.fhir.gathering.ladder import Gathered
from service.result import HookAnswer
from service.trust.callers import Caller
from service.web.as_of import now
from service.web.audit import Audit, Evaluated
from service.web.authentication import current_caller
from service.web.evidence import Evidence
from service.web.fates import SILENT, Fate
from service.web.form_requests import with_tasks
from service.web.hook_request import HookRequest
from service.web.metrics import Metrics
from service.web.request_log import note
from service.web.response_check import Card, check_cards
from service.web.rule_links import RuleLinks
from service.web.said_once import SaidOnce

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class OutgoingCards:
    """``is_checked``: each card is held against the response schema, and its suggestions against FHIR R4.

    ``audit``: None where no row is kept of what goes out. ``said_once``: None where everything is said each time.
    ``silent``: services whose cards are made, counted and kept, and not sent. ``forms_by_task``: a form is asked for
    by a Task.
    """

    metrics: Metrics
    links: RuleLinks
    evidence: Evidence
    is_checked: bool
    audit: Audit | None = None
    said_once: SaidOnce | None = None
    silent: frozenset[str] = frozenset()
    forms_by_task: bool = False

    def of_hook(
        self, service: str, called: HookRequest, gathered: Gathered, answer: HookAnswer
    ) -> Mapping[str, object]:
        """The body of the answer to a hook call, of which a row is kept by then or soon."""
        caller, patient = current_caller(), f"Patient/{called.patient_id}"
        made = self.evidence.on(answer) if caller.evidence else answer.cards
        is_silent = self._is_silent(service, caller)
        checked = self._checked(made, patient)
        fates = _silenced(checked) if is_silent else self._fates(called, caller, answer, checked)
        evaluated = Evaluated(patient, answer.concluded, len(answer.used), fates, is_silent=is_silent)
        # The Patient is always used; of a hook what means nothing here has no row.
        is_all_unused = len(answer.used) <= 1 < len(gathered.resources)
        self.metrics.evaluations.evaluated(service, caller.name, answer.concluded, is_all_unused=is_all_unused)
        self.metrics.evaluations.of_cards(caller.name, fates)
        _note([evaluated])
        if self.audit is not None:
            self.audit.of_hook(service, called, gathered, evaluated)
        return {"cards": _sent(fates), **(self.evidence.of_call(answer) if caller.evidence else {})}

    def of_bundle(
        self, service: str, posted: Mapping[str, object], made: Sequence["Evaluation"], answer: dict[str, Any]
    ) -> Mapping[str, object]:
        """An answer of ``Evaluator.evaluate_bundle`` with the cards to send, for one patient or for several.

        ``posted``: what was evaluated. ``made``: what was concluded of each patient.
        """
        caller = current_caller()
        is_silent = self._is_silent(service, caller)
        evaluated: list[Evaluated] = []
        for concluded, result in zip(made, answer.get("results", (answer,)), strict=True):
            cards = self._checked(result["cards"], concluded.patient)
            fates = _silenced(cards) if is_silent else _said(cards)
            result["cards"] = _sent(fates)
            each = Evaluated(concluded.patient, concluded, len(concluded.used), fates, is_silent=is_silent)
            self.metrics.evaluations.of_bundle(service, caller.name, concluded)
            self.metrics.evaluations.of_cards(caller.name, fates)
            evaluated.append(each)
        _note(evaluated)
        if self.audit is not None and evaluated:
            self.audit.of_bundle(service, posted, evaluated)
        return answer

    def _checked(self, cards: Sequence[Card], patient: str) -> Sequence[Card]:
        asked = map(with_tasks, cards) if self.forms_by_task else cards
        linked: Sequence[Card] = [self.links.on(card) for card in asked]
        if not self.is_checked:
            return linked
        # The card that stands for others that failed was made just now.
        checked = check_cards(linked, patient, self.evidence.knowledge, self.metrics.card_dropped)
        return [self.links.on(card) for card in checked]

    def _fates(self, called: HookRequest, caller: Caller, answer: HookAnswer, cards: Sequence[Card]) -> Sequence[Fate]:
        if self.said_once is None or not cards:
            return _said(cards)
        return self.said_once.fates(called, caller, answer, cards, now())

    def _is_silent(self, service: str, caller: Caller) -> bool:
        return service in self.silent or caller.silent


def _said(cards: Sequence[Card]) -> list[Fate]:
    return [Fate(card) for card in cards]


def _silenced(cards: Sequence[Card]) -> list[Fate]:
    return [Fate(card, SILENT) for card in cards]


def _note(evaluated: Sequence[Evaluated]) -> None:
    """Say in the line of the request what came of it; of several patients the sums, and no class."""
    held = [f"{fate.topic} {fate.held_back}" for each in evaluated for fate in each.fates if fate.held_back]
    unused = sum(len(each.concluded.excluded) for each in evaluated)
    said: dict[str, str | int] = {"used": sum(each.used for each in evaluated), "unused": unused}
    if len(evaluated) == 1 and evaluated[0].reached:
        said["reached"] = evaluated[0].reached
    if held:
        said["held_back"] = ", ".join(held)
    note(**said)


def _sent(fates: Sequence[Fate]) -> list[Card]:
    return [fate.card for fate in fates if not fate.held_back]
