"""Suggestions on treatment: a draft order put right, or a first course as a new draft. One action each."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from service.domain.conclusions import Advice
from service.domain.evaluation import Advised
from service.domain.facts import Range
from service.domain.vials import nearest_multiple
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.words import number

_UCUM = "http://unitsofmeasure.org"
_DRUG = {
    "coding": [
        {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "1426680",
            "display": "immunoglobulin G, human",
        }
    ],
    "text": "Immunoglobulin G, human, for intravenous infusion",
}


def order_suggestions(
    told: Sequence[tuple[Criterion, Advice]], evaluation: Advised, knowledge: Knowledge
) -> list[dict[str, object]]:
    """What the rules of one card suggest, each kind once (CDS Hooks 2.0.1)."""
    kinds = {rule.suggests: entry for rule, entry in told if rule.suggests}
    made: list[dict[str, object]] = []
    entry = kinds.get("corrected_dose")
    if (
        entry is not None
        and entry.corrected is not None
        and not _is_contraindicated(entry.about, evaluation, knowledge)
    ):
        resource = {**entry.corrected.order, "subject": {"reference": evaluation.patient}}
        made.append(_suggestion("update", entry.corrected.words, resource))
    if "first_course" in kinds and (course := _first_course(evaluation, knowledge)) is not None:
        made.append(_suggestion("create", *course))
    return made


def _is_contraindicated(order: str, evaluation: Advised, knowledge: Knowledge) -> bool:
    """Whether a critical card is about the same order: then no dose of it is suggested."""
    cards = [
        knowledge.criterion(entry.conclusion.criterion).card for entry in evaluation.advice if entry.about == order
    ]
    return any(card is not None and card.indicator == "critical" for card in cards)


def _suggestion(kind: str, label: str, resource: Mapping[str, object]) -> dict[str, object]:
    action = {"type": kind, "description": label, "resource": resource}
    return {"label": label, "uuid": str(uuid.uuid4()), "actions": [action]}


def _first_course(evaluation: Advised, knowledge: Knowledge) -> tuple[str, dict[str, object]] | None:
    """The guideline's dose over the days of the brief, rounded to vials, and its label; ``None`` without a weight."""
    weight = evaluation.facts.get("weight_kg")
    kilograms = weight.value.low if weight is not None and isinstance(weight.value, Range) else None
    if kilograms is None:
        return None
    days = knowledge.number("suggested_days")
    daily = nearest_multiple(knowledge.number("course_target") * kilograms / days, knowledge.number("vial_step"))
    grams, count = _decimal(daily), int(days)
    repeat = {"count": count, "frequency": 1, "period": 1, "periodUnit": "d"}
    quantity = {"value": grams, "unit": "g", "system": _UCUM, "code": "g"}
    by_weight = number(daily * count / kilograms)
    label = f"Draft a first course of immunoglobulin: {grams} g daily for {count} days ({by_weight} g/kg)"
    return label, {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": _DRUG,
        "subject": {"reference": evaluation.patient},
        "dosageInstruction": [
            {
                "text": f"{grams} g once a day for {count} days by intravenous infusion",
                "timing": {"repeat": repeat},
                "route": {"text": "Intravenous infusion"},
                "doseAndRate": [{"doseQuantity": quantity}],
            }
        ],
    }


def _decimal(number: Fraction) -> Decimal | int:
    if number.denominator == 1:
        return number.numerator
    return Decimal(number.numerator) / Decimal(number.denominator)
