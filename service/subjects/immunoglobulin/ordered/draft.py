"""The draft of a first course of immunoglobulin: in grams where there is a weight to dose by, else with a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.domain.conclusions import Draft
from service.domain.facts import Fact, Range
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


@dataclass(frozen=True, slots=True)
class CourseLimits:
    """The dose of a first course in g/kg, over how many days, and to which multiple of grams it is rounded."""

    target_g_per_kg: Fraction
    days: Fraction
    vial_step: Fraction


def draft_of_first_course(limits: CourseLimits, patient: str, facts: Mapping[str, Fact]) -> Draft:
    """The guideline's dose over the days of the brief."""
    weight, days, target = facts.get("weight_kg"), int(limits.days), limits.target_g_per_kg
    kilograms = weight.value.low if weight is not None and isinstance(weight.value, Range) else None
    repeat = {"count": days, "frequency": 1, "period": 1, "periodUnit": "d"}
    instruction: dict[str, object] = {"timing": {"repeat": repeat}, "route": {"text": "Intravenous infusion"}}
    if kilograms is None:
        dose = f"{_number(target)} g/kg"
        text = (
            f"Dose to be worked out from a recent weight: {dose} in all, divided over {days} days, intravenous infusion"
        )
        label = f"Draft IVIG {dose} over {days} days, dose after weighing"
        words = f"Draft a first course of immunoglobulin without grams: weigh first, then {dose} over {days} days"
    else:
        daily = nearest_multiple(target * kilograms / days, limits.vial_step)
        grams = _number(daily)
        text = f"{grams} g once a day for {days} days by intravenous infusion"
        label = f"Draft IVIG {_number(daily * days)} g over {days} days"
        words = (
            f"Draft a first course of immunoglobulin: {grams} g a day for {days} days, {_number(daily * days)} g in all"
        )
        quantity = {"value": grams, "unit": "g", "system": _UCUM, "code": "g"}
        instruction["doseAndRate"] = [{"doseQuantity": quantity}]
    order = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": _DRUG,
        "subject": {"reference": patient},
        "dosageInstruction": [{"text": text, **instruction}],
    }
    return Draft(label, words, order)


def _number(number: Fraction) -> Decimal | int:
    if number.denominator == 1:
        return number.numerator
    return Decimal(number.numerator) / Decimal(number.denominator)
