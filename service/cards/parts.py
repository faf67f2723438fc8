"""What every card has: identity, topic, source, links, override reasons (CDS Hooks 2.0.1)."""

from service.cards.identity import card_uuid
from service.cards.layout import Detail
from service.cards.records import in_words
from service.cards.text import shortened
from service.knowledge.cards import SUMMARY_LIMIT
from service.knowledge.model import Knowledge
from service.knowledge.terms import SourceRef

TOPIC_SYSTEM = "https://mmn-cds.example.org/fhir/CodeSystem/card-topic"


def card(
    *, summary: str, indicator: str, detail: Detail, topic: tuple[str, str], source: SourceRef, knowledge: Knowledge
) -> dict[str, object]:
    """A card without suggestions; its detail becomes text once it is known how many cards there are.

    ``topic``: its stable, alphanumeric code, by which an override is remembered, and the same in words.
    """
    code, display = topic
    reasons = knowledge.face.override_reasons
    made: dict[str, object] = {
        "uuid": card_uuid(code),
        "summary": shortened(in_words(summary), SUMMARY_LIMIT),
        "indicator": indicator,
        "detail": detail,
        "source": {
            "label": f"{source.source.short}; rules {knowledge.id} {knowledge.version}",
            "topic": {"system": TOPIC_SYSTEM, "code": code, "display": display},
        },
        "overrideReasons": [
            {"system": reasons.system, "code": reason.code, "display": reason.display} for reason in reasons.reasons
        ],
    }
    if source.source.url:
        made["links"] = [{"label": f"{source.source.short} (publisher)", "url": source.source.url, "type": "absolute"}]
    return made
