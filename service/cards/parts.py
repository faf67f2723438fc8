"""What every card has: identity, topic, source, links, override reasons (CDS Hooks 2.0.1)."""

from service.cards.identity import card_uuid
from service.cards.records import in_words
from service.cards.text import shortened
from service.knowledge.cards import SUMMARY_LIMIT
from service.knowledge.model import Knowledge
from service.knowledge.terms import SourceRef

TOPIC_SYSTEM = "https://mmn-cds.example.org/fhir/CodeSystem/card-topic"
_REASONS_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
_OVERRIDE_REASONS = {
    "cds-not-applicable": "Not applicable to this patient",
    "recipient-disagrees-evidence": "Disagrees with the evidence",
    "action-completed": "Already done",
    "patient-refuses": "Patient declines",
    "service-not-available": "Study or test not available",
}


def card(
    *, summary: str, indicator: str, detail: str, topic: tuple[str, str], source: SourceRef, knowledge: Knowledge
) -> dict[str, object]:
    """A card without suggestions.

    ``topic``: its stable, alphanumeric code, by which an override is remembered, and the same in words.
    """
    code, display = topic
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
            {"system": _REASONS_SYSTEM, "code": reason, "display": words} for reason, words in _OVERRIDE_REASONS.items()
        ],
    }
    if source.source.url:
        made["links"] = [{"label": f"{source.source.short} (publisher)", "url": source.source.url, "type": "absolute"}]
    return made
