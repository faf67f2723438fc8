"""The card in place of cards that failed the check before sending: their silence must not look like no finding."""

import uuid
from collections.abc import Sequence

from service.cards.parts import TOPIC_SYSTEM
from service.cards.text import bullets

TOPIC = "mmnAdviceNotShown"


def not_shown_card(topics: Sequence[str]) -> dict[str, object]:
    """A warning, since what was dropped may have been one; ``topics`` name the rules whose advice is missing."""
    return {
        "uuid": str(uuid.uuid4()),
        "summary": "Advice on multifocal motor neuropathy could not be shown: a fault of the service, not a finding",
        "indicator": "warning",
        "detail": (
            "Cards about these topics were made, failed the check before sending and are left out. "
            "Do not read this as nothing found, and tell whoever runs the service.\n\n" + bullets(list(topics))
        ),
        "source": {
            "label": "mmn-cds",
            "topic": {"system": TOPIC_SYSTEM, "code": TOPIC, "display": "Advice that could not be shown"},
        },
    }
