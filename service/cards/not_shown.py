"""The card in place of cards that failed the check before sending: their silence must not look like no finding."""

import uuid
from collections.abc import Sequence

from service.cards.parts import TOPIC_SYSTEM
from service.cards.text import bullets
from service.knowledge.model import Knowledge


def not_shown_card(topics: Sequence[str], knowledge: Knowledge) -> dict[str, object]:
    """What the pack says in their place; ``topics`` name the rules whose advice is missing."""
    text = knowledge.face.not_shown
    return {
        "uuid": str(uuid.uuid4()),
        "summary": text.summary,
        "indicator": text.indicator,
        "detail": f"{text.detail}\n\n{bullets(list(topics))}",
        "source": {
            "label": "mmn-cds",
            "topic": {"system": TOPIC_SYSTEM, "code": topic(knowledge), "display": "Advice that could not be shown"},
        },
    }


def topic(knowledge: Knowledge) -> str:
    """The topic of the card."""
    return f"{knowledge.id}AdviceNotShown"
