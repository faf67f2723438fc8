"""Body height, and what follows from it and the weight: body mass index, and the weight that doses are adjusted to."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.records import PatientRecord
from service.fhir.values.answers import Problem, shown
from service.fhir.values.results import number_in, quantity_in

READER = "body_height"
# Ideal weight by sex at 60 inches, and for each inch above; a share of the excess is added (Devine, in kg and cm).
_IDEAL = {"male": Fraction(50), "female": Fraction("45.5")}
_PER_INCH, _INCH_CM, _INCHES = Fraction("2.3"), Fraction("2.54"), 60
_OF_EXCESS = Fraction("0.4")
_LOWEST_CM, _HIGHEST_CM = 100, 230


def body_facts(
    record: PatientRecord, synonyms: Mapping[str, str], known: Mapping[str, Fact]
) -> tuple[dict[str, Fact], list[Excluded]]:
    """``height_on_record``, ``height_cm``, ``body_mass_index`` in kg/m2, ``adjusted_weight_kg``, each where known.

    The adjusted weight is that of an adult who is not pregnant, where it is less than the actual one.
    """
    told: list[Statement[Fraction]] = []
    excluded: list[Excluded] = []
    for source in record.sources:
        if source.concept is not None and source.concept.reader == READER:
            height = _centimetres(source.resource, synonyms)
            if isinstance(height, Problem):
                excluded.append(height.about(source.reference))
            else:
                told.append(Statement(height, source.moment, source.reference))
    settled = settle(told, _agreed)
    excluded += [Excluded(statement.evidence, "older", "a newer height counts") for statement in settled.older]
    if settled.value is None:
        return {"height_on_record": Fact("not_known", settled.evidence, "no height that can be used")}, excluded
    facts = {"height_on_record": Fact("known", settled.evidence)}
    facts |= {"height_cm": Fact(Range.exactly(settled.value), settled.evidence, f"{shown(settled.value)} cm")}
    weight = known.get("weight_kg")
    kilograms = weight.value.low if weight is not None and isinstance(weight.value, Range) else None
    if weight is not None and kilograms is not None:
        evidence = in_order((*weight.evidence, *settled.evidence))
        facts["body_mass_index"] = Fact(Range.exactly(_rounded(kilograms / (settled.value / 100) ** 2)), evidence)
        adjusted = _adjusted(kilograms, settled.value, record.patient_resource)
        pregnancy = known.get("pregnancy")
        if adjusted is not None and (pregnancy is None or pregnancy.value == "absent"):
            facts["adjusted_weight"] = Fact("lower", evidence)
            facts["adjusted_weight_kg"] = Fact(Range.exactly(_rounded(adjusted)), evidence)
    return facts, excluded


def _adjusted(kilograms: Fraction, centimetres: Fraction, patient: Mapping[str, object] | None) -> Fraction | None:
    base = _IDEAL.get(str((patient or {}).get("gender")))
    if base is None:
        return None
    ideal = base + _PER_INCH * (centimetres / _INCH_CM - _INCHES)
    adjusted = ideal + _OF_EXCESS * (kilograms - ideal)
    return adjusted if adjusted < kilograms else None


def _rounded(number: Fraction) -> Fraction:
    return Fraction(round(number * 10), 10)


def _agreed(values: Sequence[Fraction]) -> Fraction | None:
    """Heights of one moment that differ by up to a centimetre are one, and the lower counts."""
    return min(values) if max(values) - min(values) <= 1 else None


def _centimetres(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> Fraction | Problem:
    quantity = quantity_in(observation, "a height")
    said = quantity if isinstance(quantity, Problem) else number_in(quantity, "cm", synonyms)
    if isinstance(said, Problem) or _LOWEST_CM <= said <= _HIGHEST_CM:
        return said
    return Problem("implausible", "a height outside what is believed")
