"""The one way out for cards: with links to their rules, checked when the installation asks for it, counted and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.fhir.gathering.ladder import Gathered
from service.result import HookAnswer
from service.web.audit import Audit
from service.web.authentication import current_caller
from service.web.evidence import Evidence
from service.web.hook_request import HookRequest
from service.web.metrics import Metrics
from service.web.response_check import Card, check_cards, topic_of
from service.web.rule_links import RuleLinks

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class OutgoingCards:
    """``is_checked``: each card is held against the response schema, and its suggestions against FHIR R4.

    ``audit``: None where no row is kept of what goes out.
    """

    metrics: Metrics
    links: RuleLinks
    evidence: Evidence
    is_checked: bool
    audit: Audit | None = None

    def of_hook(
        self, service: str, called: HookRequest, gathered: Gathered, answer: HookAnswer
    ) -> Mapping[str, object]:
        """The body of the answer to a hook call, of which a row is kept by then."""
        with_evidence = current_caller().evidence
        made = self.evidence.on(answer) if with_evidence else answer.cards
        cards = self._of_patient(service, made, f"Patient/{called.patient_id}")
        if self.audit is not None:
            self.audit.of_hook(service, called, gathered, answer, cards)
        return {"cards": cards, **(self.evidence.of_call(answer) if with_evidence else {})}

    def of_bundle(
        self, service: str, posted: Mapping[str, object], made: Sequence["Evaluation"], answer: dict[str, Any]
    ) -> Mapping[str, object]:
        """An answer of ``Evaluator.evaluate_bundle`` with the cards to send, for one patient or for several.

        ``posted``: what was evaluated. ``made``: what was concluded of each patient.
        """
        for result in answer.get("results", (answer,)):
            result["cards"] = self._of_patient(service, result["cards"], result["evaluation"]["patient"])
        if self.audit is not None:
            self.audit.of_bundle(service, posted, made, answer)
        return answer

    def _of_patient(self, service: str, cards: Sequence[Card], patient: str) -> Sequence[Card]:
        sent: Sequence[Card] = [self.links.on(card) for card in cards]
        if self.is_checked:
            # The card that stands for others that failed was made just now.
            sent = [self.links.on(card) for card in self._checked(sent, patient)]
        self.metrics.evaluated(service, ((topic_of(card), card["indicator"]) for card in sent))
        return sent

    def _checked(self, cards: Sequence[Card], patient: str) -> Sequence[Card]:
        return check_cards(cards, patient, self.evidence.knowledge, self.metrics.card_dropped)
