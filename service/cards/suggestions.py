"""Suggestions: draft orders for what is missing, one action each."""

import uuid
from collections.abc import Mapping

from service.domain.evaluation import Evaluation
from service.domain.facts import PRELIMINARY, Excluded
from service.knowledge.model import Knowledge, OrderDraft


def suggestions_for(evaluation: Evaluation, knowledge: Knowledge) -> list[dict[str, object]]:
    """One suggestion per order that would supply a missing item, as CDS Hooks 2.0.1 suggestions."""
    if any(map(_may_hold_it, evaluation.excluded)):
        # What is missing may stand in it: nothing is drafted on it, nor ordered again.
        return []
    missing: dict[str, list[str]] = {}
    for need in evaluation.classification.would_change:
        missing.setdefault(need.criterion, []).append(need.text)
    suggestions = []
    for order in knowledge.orders:
        texts = list(dict.fromkeys(text for name in order.criteria for text in missing.get(name, [])))
        if texts and not any(name in evaluation.facts for name in order.not_beside):
            suggestions.append(_suggestion(order, evaluation.patient, texts))
    return suggestions


def _may_hold_it(row: Excluded) -> bool:
    """Whether it is a result that is not final yet, or something that is read and names nobody as its patient."""
    return row.detail.endswith(PRELIMINARY) or (row.reason == "no-subject" and row.relevant)


def _suggestion(order: OrderDraft, patient: str, texts: list[str]) -> dict[str, object]:
    action = {"type": "create", "description": order.label, "resource": _service_request(order, patient, texts)}
    return {"label": order.label, "uuid": str(uuid.uuid4()), "actions": [action]}


def _service_request(order: OrderDraft, patient: str, texts: list[str]) -> Mapping[str, object]:
    """A draft R4 ServiceRequest for the patient; what is looked for goes into its note."""
    asked = {"instantiatesUri": [order.form]} if order.form else {}
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {
            "coding": [{"system": order.system, "code": order.code, "display": order.display}],
            "text": order.display,
        },
        "subject": {"reference": patient},
        **asked,
        "note": [{"text": f"Looked for: {'; '.join(texts)}"}],
    }
