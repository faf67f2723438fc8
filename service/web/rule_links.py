"""What leads from a card to the rules: made of the address that the settings name, never of what a caller says."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.web.response_check import Card, topic_of

_LABEL = "Rule, thresholds and sources"


@dataclass(frozen=True, slots=True)
class RuleLinks:
    """``address``: where people reach this service, or nothing; ``rule_of_topic``: the rule that leads such a card."""

    address: str | None
    rule_of_topic: Mapping[str, str]

    def on(self, card: Card) -> Card:
        """The card, whose source leads to all rules and whose link to its own; without an address as it is.

        What the publisher says stands at the rule: a card has room for one link.
        """
        if self.address is None or "url" in card["source"]:
            return card
        pack = f"{self.address}/rules"
        linked: Card = {**card, "source": {**card["source"], "url": pack}}
        rule = self.rule_of_topic.get(topic_of(card))
        if rule is None:
            return linked
        link = {"label": _LABEL, "url": f"{pack}/{rule}", "type": "absolute"}
        return {**linked, "links": [link]}
