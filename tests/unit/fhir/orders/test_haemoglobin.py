"""Haemoglobin is held against the courses of immunoglobulin it lies around, exactly and within the window."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from service.domain.facts import Fact, Range
from service.domain.moments import moment_of
from service.domain.treatment import Course
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Concept
from service.fhir.orders.haemoglobin import haemoglobin_facts

COURSE = Course(date(2026, 1, 10), date(2026, 1, 14), ("MedicationAdministration/m",))
HAEMOGLOBIN = Concept("haemoglobin", "haemoglobin", {})


def result(identity: str, day: str, value: str, unit: str = "g/dL") -> SourceResource:
    quantity = {"value": Decimal(value), "system": "http://unitsofmeasure.org", "code": unit}
    moment = moment_of(day)
    assert moment is not None
    return SourceResource(f"Observation/{identity}", {"valueQuantity": quantity}, moment, HAEMOGLOBIN)


def fall(*results: SourceResource) -> Fact | None:
    return haemoglobin_facts(results, [COURSE], Fraction(10), {})[0].get("haemoglobin_fall_g_per_l")


def test_the_fall_runs_from_the_last_result_before_to_the_lowest_one_after() -> None:
    found = fall(
        result("old", "2025-12-01", "15.0"),
        result("before", "2026-01-10", "14.1"),
        result("soon", "2026-01-16", "13.0"),
        result("lowest", "2026-01-20", "12.9"),
    )
    assert found == Fact(Range.exactly(12), ("Observation/before", "Observation/lowest"))


@pytest.mark.parametrize(("day", "counts"), [("2026-01-14", False), ("2026-01-24", True), ("2026-01-25", False)])
def test_only_results_within_the_window_after_the_course_count(day: str, *, counts: bool) -> None:
    assert (fall(result("before", "2026-01-09", "14"), result("after", day, "12")) is not None) is counts


def test_without_a_result_before_the_course_nothing_is_known() -> None:
    assert fall(result("after", "2026-01-16", "9")) is None


def test_a_result_in_an_unknown_unit_is_listed_and_not_used() -> None:
    facts, excluded = haemoglobin_facts([result("x", "2026-01-16", "9", "furlong")], [COURSE], Fraction(10), {})
    assert facts == {}
    assert [(row.resource, row.reason) for row in excluded] == [("Observation/x", "unit")]


def test_a_course_on_the_last_day_of_the_calendar_breaks_nothing() -> None:
    last = Course(date(9999, 12, 30), date(9999, 12, 30), ("MedicationAdministration/m",))
    readings = [result("before", "9999-12-29", "14"), result("after", "9999-12-31", "12")]
    facts, _ = haemoglobin_facts(readings, [last], Fraction(10), {})
    assert facts["haemoglobin_fall_g_per_l"].value == Range.exactly(20)
