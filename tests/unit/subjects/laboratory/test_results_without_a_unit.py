"""A result without a unit decides where every unit of its code says the same, and only there."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from service.domain.courses import Course
from service.domain.facts import Range
from service.fhir.intake.records import PatientRecord
from service.fhir.values.answers import Problem
from service.subjects.laboratory.haemoglobin import HaemoglobinLimits, haemoglobin_facts
from service.subjects.laboratory.result_values import number
from tests.canary_resources import ordered
from tests.opened_charts import diagnosis, found, observed, opened
from tests.unit.fhir.clinical_sources import MAPPINGS, Resource, concept_of, dated, lab, quantity

EGFR, CYSTATIN, IGA = "62238-1", "50210-4", "2458-8"
LIMITS = HaemoglobinLimits(Fraction(25), Fraction(250), Fraction(10), Fraction(10), Fraction(42))


def read(code: str, **value: object) -> Range | Problem:
    resource = lab(code, **value)
    concept = concept_of(MAPPINGS, resource["code"], "Observation")
    assert concept is not None
    return number(resource, concept.options, MAPPINGS.units)


def span(low: str, high: str) -> Range:
    return Range(Fraction(low), Fraction(high))


@pytest.mark.parametrize("code", [EGFR, CYSTATIN])
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("28", span("28", "28")),
        ("95", span("95", "95")),
        ("4", span("4", "4")),
        # As mL/s a normal one.
        ("1.5", span("1.5", "90")),
        ("0.4", span("0.4", "24")),
    ],
)
def test_an_egfr_is_in_ml_per_minute_where_it_cannot_be_in_ml_per_second(code: str, sent: str, said: Range) -> None:
    assert read(code, valueString=sent) == said
    assert read(code, valueQuantity={"value": Decimal(sent)}) == said


def test_bounds_and_bare_numbers_of_an_egfr_count_alike() -> None:
    under, over = read(EGFR, valueString="<30"), read(EGFR, valueString="> 90")
    assert isinstance(under, Range)
    assert isinstance(over, Range)
    assert (under.low, over.high) == (None, None)
    assert under.high is not None
    assert 29 < under.high < 30
    assert over.low is not None
    assert 90 < over.low < 91
    assert read(EGFR, valueInteger=28) == span("28", "28")
    assert read(EGFR, valueQuantity={"value": 28, "unit": ""}) == span("28", "28")
    assert read(EGFR, valueQuantity={"value": 28, "comparator": "<"}) == read(EGFR, valueString="<28")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"valueInteger": 300}, "unit"),
        ({"valueInteger": -3}, "unit"),
        ({"valueQuantity": {"value": 28, "unit": "foo"}}, "unit"),
        ({"valueQuantity": {"value": 28, "unit": "{ratio}"}}, "unit"),
        ({"valueQuantity": {"value": 28, "comparator": "about"}}, "unit"),
        ({"valueString": "30 to 40"}, "invalid"),
        ({"valueString": "moderate"}, "invalid"),
    ],
)
def test_what_is_no_egfr_in_any_unit_is_not_used(sent: Resource, reason: str) -> None:
    said = read(EGFR, **sent)
    assert isinstance(said, Problem)
    assert said.reason == reason


def test_an_iga_may_be_in_any_unit_of_its_mass() -> None:
    assert read(IGA, valueString="0.05") == span("0.00005", "0.05")
    assert read(IGA, valueString="180") == span("0.18", "180")
    assert read(IGA, valueQuantity=quantity(180, "mg/dL")) == span("1.8", "1.8")


def cards(code: str, said: str) -> str:
    """The summaries on a first course of immunoglobulin beside one result."""
    result = observed("http://loinc.org", code, "2026-02-20", valueString=said)
    chart = opened(diagnosis("G61.82"), found("asymmetric-limb-weakness"), {**ordered(), "id": "d"}, result)
    return " | ".join(card["summary"] for card in chart["cards"])


@pytest.mark.parametrize(
    ("code", "said", "told", "not_told"),
    [
        (EGFR, "<30", "Kidney risk", "could not be used"),
        (EGFR, "59", "Kidney risk", "could not be used"),
        (EGFR, "60", "IgA", "idney"),
        (EGFR, ">90", "IgA", "idney"),
        (EGFR, "0.4", "Kidney risk", "could not be used"),
        (EGFR, "1.5", "eGFR could not be used", "Kidney risk"),
        (EGFR, "<90", "eGFR could not be used", "Kidney risk"),
        (IGA, "<0.07", "IgA deficiency", "could not be used"),
        (IGA, "0.07", "An IgA in the record could not be used", "IgA deficiency"),
        (IGA, "180", "No eGFR", "IgA"),
        (IGA, "1.8", "An IgA in the record could not be used", "IgA deficiency"),
    ],
)
def test_it_warns_where_every_reading_of_it_does_and_is_asked_about_else(
    code: str, said: str, told: str, not_told: str
) -> None:
    summaries = cards(code, said)
    assert told in summaries
    assert not_told not in summaries


def fall(before: Resource, after: Resource) -> object:
    course = Course(date(2026, 1, 10), date(2026, 1, 14), ("MedicationAdministration/m",))
    sources = dated(("2026-01-09", before), ("2026-01-18", after))
    record, as_of = PatientRecord("Patient/p", sources=sources), datetime(2026, 3, 1, tzinfo=UTC)
    facts = haemoglobin_facts(record, [course], LIMITS, MAPPINGS.units, as_of).facts
    found_fall = facts.get("haemoglobin_fall_g_per_l")
    return found_fall.value if found_fall else None


@pytest.mark.parametrize(("before", "after"), [("14.1", "12.1"), ("141", "121"), ("14.1", "121")])
def test_a_haemoglobin_is_in_the_only_unit_in_which_it_is_believed(before: str, after: str) -> None:
    assert fall(lab("718-7", valueString=before), lab("718-7", valueString=after)) == Range.exactly(20)
    assert fall(lab("718-7", valueQuantity=quantity(before, _unit(before))), lab("718-7", valueString=after)) == (
        Range.exactly(20)
    )


def _unit(number: str) -> str:
    return "g/dL" if "." in number else "g/L"


@pytest.mark.parametrize("value", ["25", "1.4", "1400"])
def test_a_haemoglobin_that_fits_both_units_or_none_is_not_used(value: str) -> None:
    assert fall(lab("718-7", valueString="14.1"), lab("718-7", valueString=value)) is None
