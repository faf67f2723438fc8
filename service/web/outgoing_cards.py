"""The one way out for cards: with links to their rules, checked when the installation asks for it, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.web.evidence import Evidence
from service.web.metrics import Metrics
from service.web.response_check import Card, check_cards, topic_of
from service.web.rule_links import RuleLinks


@dataclass(frozen=True, slots=True)
class OutgoingCards:
    """``is_checked``: each card is held against the response schema, and its suggestions against FHIR R4."""

    metrics: Metrics
    links: RuleLinks
    evidence: Evidence
    is_checked: bool

    def of_patient(self, service: str, cards: Sequence[Card], patient: str) -> Sequence[Card]:
        """The cards to send for one evaluation of ``patient`` (``Patient/id``)."""
        sent: Sequence[Card] = [self.links.on(card) for card in cards]
        if self.is_checked:
            # The card that stands for others that failed was made just now.
            sent = [self.links.on(card) for card in check_cards(sent, patient, self.metrics.card_dropped)]
        self.metrics.evaluated(service, ((topic_of(card), card["indicator"]) for card in sent))
        return sent

    def of_answer(self, service: str, answer: dict[str, Any]) -> Mapping[str, object]:
        """An answer of ``Evaluator.evaluate_bundle`` with the cards to send, for one patient or for several."""
        for result in answer.get("results", (answer,)):
            result["cards"] = self.of_patient(service, result["cards"], result["evaluation"]["patient"])
        return answer
