"""An evaluation as the JSON that the outside relies on; exact numbers are strings."""

from collections.abc import Mapping

from service.cards.details import label
from service.domain.conclusions import Advice, Conclusion, OtherClass
from service.domain.evaluation import Evaluation
from service.domain.facts import Excluded
from service.knowledge.model import Knowledge

# Reasons that differ inside only, and the word that the outside knows for them; the detail tells them apart.
_TOLD_AS = {
    "superseded": "replaced",
    "older": "replaced",
    "data-absent": "value",
    "comparator": "value",
    "implausible": "value",
}


def result(evaluation: Evaluation, cards: list[dict[str, object]], knowledge: Knowledge) -> dict[str, object]:
    """``{cards, evaluation}`` for one patient."""
    found = evaluation.classification
    return {
        "cards": cards,
        "evaluation": {
            "patient": evaluation.patient,
            "asOf": evaluation.as_of,
            "knowledge": {"id": knowledge.id, "version": knowledge.version, "hash": knowledge.hash},
            "classification": {
                "criteriaSet": knowledge.criteria_sets[0].name,
                "reached": found.reached,
                "attainable": found.attainable,
                "wouldChange": [
                    {"need": need.text, "criterion": need.criterion, "to": need.to} for need in found.would_change
                ],
                "others": [_other_class(other) for other in found.others],
            },
            "criteria": [_criterion(conclusion, knowledge) for conclusion in evaluation.conclusions],
            **{name: list(section.rows) for name, section in evaluation.sections.items()},
            "differentials": [_differential(entry, knowledge) for entry in evaluation.differentials],
            "advice": [_advice(entry, knowledge) for entry in evaluation.advice],
            "used": list(evaluation.used),
            "excluded": [excluded_row(row) for row in evaluation.excluded],
        },
    }


def excluded_row(row: Excluded) -> Mapping[str, object]:
    """One entry of ``excluded``."""
    return {"resource": row.resource, "reason": _TOLD_AS.get(row.reason, row.reason), "detail": row.detail}


def _other_class(other: OtherClass) -> Mapping[str, object]:
    return {
        "criteriaSet": other.criteria_set,
        "reached": other.reached,
        "attainable": other.attainable,
        "differsBecause": other.differs_because,
    }


def _criterion(conclusion: Conclusion, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(conclusion.criterion)
    return {
        "id": criterion.id,
        "label": label(criterion),
        "kind": criterion.kind,
        "verdict": conclusion.verdict.value,
        "why": conclusion.why,
        "evidence": list(conclusion.evidence),
        "source": str(criterion.source),
    }


def _differential(entry: Advice, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(entry.conclusion.criterion)
    return {
        "id": criterion.id,
        "label": criterion.title,
        "reasons": list(entry.reasons),
        "evidence": list(entry.conclusion.evidence),
        "source": str(criterion.source),
    }


def _advice(entry: Advice, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(entry.conclusion.criterion)
    # Orders that make one course are judged as one: then the first is the order, and all are listed.
    orders = entry.about.split(", ") if entry.about else []
    concerned = {"order": orders[0]} if orders else {}
    several = {"orders": orders} if len(orders) > 1 else {}
    return {
        "id": criterion.id,
        "label": criterion.title,
        "severity": criterion.card.indicator if criterion.card else "info",
        "values": dict(entry.values),
        "source": str(criterion.source),
        "evidence": list(entry.conclusion.evidence),
        **concerned,
        **several,
    }
