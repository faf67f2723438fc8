"""The check before sending: a card that breaks the interface is dropped, logged by topic and counted, never sent."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.cards.not_shown import not_shown_card
from service.fhir.suggested import is_about, is_valid_r4
from service.knowledge.model import Knowledge
from service.web.message_schemas import validator
from service.web.request_log import correlation_id

_LOG = logging.getLogger("service.cards")
_TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
UNNAMED = "unnamed"
Card = Mapping[str, Any]


def check_cards(
    cards: Sequence[Card], patient: str, knowledge: Knowledge, dropped: Callable[[str], None]
) -> list[Card]:
    """The cards that may be sent, and one that says so when others may not; ``dropped`` gets each topic."""
    sound: list[Card] = []
    topics: list[str] = []
    for card in cards:
        if is_sound(card, patient):
            sound.append(card)
            continue
        topics.append(topic_of(card))
        _LOG.error("card dropped", extra={"topic": topics[-1], "correlation_id": correlation_id()})
        dropped(topics[-1])
    return [*sound, not_shown_card(sorted(set(topics)), knowledge)] if topics else sound


def is_sound(card: Card, patient: str) -> bool:
    """Whether a card follows the schema and suggests only valid FHIR R4 about this patient (``Patient/id``)."""
    if not validator("Card").is_valid(card):
        return False
    actions = [action for suggestion in card.get("suggestions", ()) for action in suggestion.get("actions", ())]
    resources = [action["resource"] for action in actions if "resource" in action]
    return all(is_about(resource, patient) and is_valid_r4(resource) for resource in resources)


def topic_of(card: Card) -> str:
    """The topic of a card, also of one that is built wrongly."""
    source = card.get("source")
    topic = source.get("topic") if isinstance(source, dict) else None
    code = topic.get("code") if isinstance(topic, dict) else None
    return code if isinstance(code, str) and _TOPIC.fullmatch(code) else UNNAMED
