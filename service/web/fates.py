"""What becomes of a card on its way out."""

from dataclasses import dataclass

from service.web.response_check import Card, topic_of

# Why a card is not sent.
SILENT, SAID_BEFORE, OVERRIDDEN = "silent", "said-before", "overridden"


@dataclass(frozen=True, slots=True)
class Fate:
    """A card, why it is not sent (empty where it is), and the keyed hash by which it is remembered, if it is."""

    card: Card
    held_back: str = ""
    memory: str = ""

    @property
    def topic(self) -> str:
        """Of the card."""
        return topic_of(self.card)
