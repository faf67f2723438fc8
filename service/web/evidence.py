"""What stands behind cards as data, in extensions, for those issuers whose setting asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.knowledge.model import Knowledge
from service.result import HookAnswer, checked, evidence_of
from service.web.response_check import Card, topic_of

CARD, ANSWER = "org.example.mmn-cds.evidence", "org.example.mmn-cds.checked"


@dataclass(frozen=True, slots=True)
class Evidence:
    """``rule_of_topic``: the id of the rule that leads a card of this topic."""

    knowledge: Knowledge
    rule_of_topic: Mapping[str, str]

    def on(self, answer: HookAnswer) -> Sequence[Card]:
        """The cards of an answer, each with what it rests on."""
        return [self._with(card, answer) for card in answer.cards]

    def of_call(self, answer: HookAnswer) -> Mapping[str, object]:
        """What the answer itself carries: what was looked at."""
        return {"extension": {ANSWER: checked(answer.concluded, self.knowledge)}}

    def _with(self, card: Card, answer: HookAnswer) -> Card:
        rule = self.rule_of_topic.get(topic_of(card))
        if rule is None:
            return card
        return {**card, "extension": {CARD: evidence_of(rule, answer.concluded, self.knowledge)}}
