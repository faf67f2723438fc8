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
class AdjustedLimits:
    """From which body mass index, height in cm and age in years on a site doses by adjusted weight."""

    body_mass_index: Fraction
    height_cm: Fraction
    age_years: Fraction

    def hold(self, facts: Mapping[str, Fact]) -> bool:
        """Whether all three are known to be reached."""
        wanted = {
            "body_mass_index": self.body_mass_index,
            "height_cm": self.height_cm,
            "age_years": self.age_years,
        }
        known = {name: _exact(facts, name) for name in wanted}
        return all((number := known[name]) is not None and number >= least for name, least in wanted.items())


@dataclass(frozen=True, slots=True)
class CourseLimits:
    """The dose of a first course in g/kg, over how many days, and to which multiple of grams it is rounded.

    ``adjusted``: where a site doses by adjusted weight; ``None`` where it does not.
    """

    target_g_per_kg: Fraction
    days: Fraction
    vial_step: Fraction
    adjusted: AdjustedLimits | None = None

    def weight(self, facts: Mapping[str, Fact]) -> tuple[Fraction | None, str]:
        """The weight to dose by in kg, and which it is where it is not the actual one."""
        adjusted = _exact(facts, "adjusted_weight_kg")
        if self.adjusted is not None and adjusted is not None and self.adjusted.hold(facts):
            return adjusted, f" by adjusted weight {_number(adjusted)} kg"
        return _exact(facts, "weight_kg"), ""


def draft_of_first_course(limits: CourseLimits, patient: str, facts: Mapping[str, Fact]) -> Draft:
    """The guideline's dose over the days of the brief."""
    days, target = int(limits.days), limits.target_g_per_kg
    kilograms, which = limits.weight(facts)
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
        whole = _number(daily * days)
        label = f"Draft IVIG {whole} g over {days} days" + (", adjusted weight" if which else "")
        words = f"Draft a first course of immunoglobulin{which}: {grams} g a day for {days} days, {whole} g in all"
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


def _exact(facts: Mapping[str, Fact], name: str) -> Fraction | None:
    value = facts[name].value if name in facts else None
    return value.low if isinstance(value, Range) and value.low == value.high else None


def _number(number: Fraction) -> Decimal | int:
    if number.denominator == 1:
        return number.numerator
    return Decimal(number.numerator) / Decimal(number.denominator)
