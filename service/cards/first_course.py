"""The draft of a first course of immunoglobulin: in grams where there is a weight to dose by, else with a question."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from service.domain.evaluation import Advised
from service.domain.facts import Range
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.ordered.vials import nearest_multiple

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


def first_course(evaluation: Advised, knowledge: Knowledge) -> tuple[str, Mapping[str, object]]:
    """What the draft is, in words, and the draft: the guideline's dose over the days of the brief."""
    weight, days = evaluation.facts.get("weight_kg"), int(knowledge.number("suggested_days"))
    target = knowledge.number("course_target")
    kilograms = weight.value.low if weight is not None and isinstance(weight.value, Range) else None
    repeat = {"count": days, "frequency": 1, "period": 1, "periodUnit": "d"}
    instruction: dict[str, object] = {"timing": {"repeat": repeat}, "route": {"text": "Intravenous infusion"}}
    if kilograms is None:
        dose = f"{_number(target)} g/kg"
        text = (
            f"Dose to be worked out from a recent weight: {dose} in all, divided over {days} days, intravenous infusion"
        )
        label = f"Draft a first course of immunoglobulin without grams: weigh first, then {dose} over {days} days"
    else:
        daily = nearest_multiple(target * kilograms / days, knowledge.number("vial_step"))
        grams = _number(daily)
        text = f"{grams} g once a day for {days} days by intravenous infusion"
        label = (
            f"Draft a first course of immunoglobulin: {grams} g a day for {days} days, {_number(daily * days)} g in all"
        )
        quantity = {"value": grams, "unit": "g", "system": _UCUM, "code": "g"}
        instruction["doseAndRate"] = [{"doseQuantity": quantity}]
    return label, {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": _DRUG,
        "subject": {"reference": evaluation.patient},
        "dosageInstruction": [{"text": text, **instruction}],
    }


def _number(number: Fraction) -> Decimal | int:
    if number.denominator == 1:
        return number.numerator
    return Decimal(number.numerator) / Decimal(number.denominator)
