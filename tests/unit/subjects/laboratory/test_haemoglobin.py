"""Haemoglobin is held against the courses of immunoglobulin it lies around, exactly and within the window."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from service.domain.courses import Course
from service.domain.facts import Fact, FactSheet, Range
from service.domain.moments import moment_of
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.mappings.concept import Concept
from service.subjects.laboratory.haemoglobin import HaemoglobinLimits, haemoglobin_facts

COURSE = Course(date(2026, 1, 10), date(2026, 1, 14), ("MedicationAdministration/m",))
HAEMOGLOBIN = Concept("haemoglobin", "haemoglobin", {})
LIMITS = HaemoglobinLimits(Fraction(25), Fraction(250), Fraction(10), Fraction(10), Fraction(42))
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
FELL = "haemoglobin 140 g/L on 2026-01-09, 120 g/L on 2026-01-16"


def result(identity: str, day: str, value: str, unit: str = "g/dL") -> SourceResource:
    sign, number = (value[0], value[1:]) if value[0] in "<>" else ("", value)
    quantity = {"value": Decimal(number), "system": "http://unitsofmeasure.org", "code": unit}
    quantity |= {"comparator": sign} if sign else {}
    moment = moment_of(day)
    assert moment is not None
    return SourceResource(f"Observation/{identity}", {"valueQuantity": quantity}, moment, HAEMOGLOBIN)


def read(*results: SourceResource, course: Course = COURSE) -> FactSheet:
    return haemoglobin_facts(PatientRecord("Patient/p1", sources=list(results)), [course], LIMITS, {}, AS_OF)


def fall(*results: SourceResource) -> Fact | None:
    return read(*results).facts.get("haemoglobin_fall_g_per_l")


def test_the_fall_runs_from_the_last_result_before_to_the_lowest_one_after() -> None:
    found = fall(
        result("old", "2025-12-01", "15.0"),
        result("before", "2026-01-10", "14.1"),
        result("soon", "2026-01-16", "13.0"),
        result("lowest", "2026-01-20", "12.9"),
    )
    why = "haemoglobin 141 g/L on 2026-01-10, 129 g/L on 2026-01-20"
    assert found == Fact(Range.exactly(12), ("Observation/before", "Observation/lowest"), why)


@pytest.mark.parametrize(("day", "counts"), [("2026-01-14", False), ("2026-01-24", True), ("2026-01-25", False)])
def test_only_results_within_the_window_after_the_course_count(day: str, *, counts: bool) -> None:
    assert (fall(result("before", "2026-01-09", "14"), result("after", day, "12")) is not None) is counts


@pytest.mark.parametrize(("day", "counts"), [("2026-01-25", True), ("2026-02-25", True), ("2026-02-26", False)])
def test_a_result_of_the_next_visit_counts_for_a_late_fall(day: str, *, counts: bool) -> None:
    facts = read(result("before", "2026-01-09", "14"), result("after", day, "12")).facts
    assert facts.get("haemoglobin_late_fall_g_per_l") == (
        Fact(
            Range.exactly(20),
            ("Observation/before", "Observation/after"),
            f"haemoglobin 140 g/L on 2026-01-09, 120 g/L on {day}",
        )
        if counts
        else None
    )


def test_without_a_result_before_the_course_nothing_is_known() -> None:
    assert fall(result("after", "2026-01-16", "9")) is None


@pytest.mark.parametrize(
    ("value", "unit", "reason"),
    [
        ("9", "furlong", "unit"),
        ("13.5", "g/L", "implausible"),
        ("24.9", "g/L", "implausible"),
        ("140", "g/dL", "implausible"),
        ("250.1", "g/L", "implausible"),
        ("-9", "g/dL", "implausible"),
    ],
)
def test_a_result_that_is_not_believed_is_listed_and_not_used(value: str, unit: str, reason: str) -> None:
    sheet = read(result("before", "2026-01-09", "14"), result("x", "2026-01-16", value, unit))
    assert set(sheet.facts) == {"unusable_haemoglobin"}
    assert sheet.facts["unusable_haemoglobin"].evidence == ("Observation/x",)
    assert [(row.resource, row.reason) for row in sheet.excluded] == [("Observation/x", reason)]


@pytest.mark.parametrize("value", ["25", "250"])
def test_the_bounds_themselves_are_believed(value: str) -> None:
    assert fall(result("before", "2026-01-09", "150", "g/L"), result("after", "2026-01-16", value, "g/L"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("2026-01-16", "2026-01-16"), ("2026-01-16", "2026-01-16T08:00:00Z"), ("2026-01-16T08:00:00Z",) * 2],
)
def test_results_of_equal_age_that_disagree_are_a_contradiction(one: str, other: str) -> None:
    before = result("before", "2026-01-09", "14")
    sheet = read(before, result("a", one, "12"), result("b", other, "13.9"))
    assert set(sheet.facts) == {"unusable_haemoglobin"}
    assert sheet.facts["unusable_haemoglobin"].evidence == ("Observation/a", "Observation/b")


def test_results_of_one_day_at_different_times_both_count() -> None:
    found = fall(
        result("early", "2026-01-09T07:00:00Z", "15"),
        result("late", "2026-01-09T19:00:00Z", "14"),
        result("low", "2026-01-16T07:00:00Z", "12"),
        result("higher", "2026-01-16T19:00:00Z", "13"),
    )
    assert found == Fact(Range.exactly(20), ("Observation/late", "Observation/low"), FELL)


def test_the_same_result_twice_counts_once() -> None:
    found = fall(*(result(name, "2026-01-09", "14") for name in "ab"), result("c", "2026-01-16", "12"))
    assert found == Fact(Range.exactly(20), ("Observation/a", "Observation/b", "Observation/c"), FELL)


def test_a_contradiction_before_the_course_is_not_settled_by_an_older_result() -> None:
    older, after = result("older", "2026-01-01", "15"), result("after", "2026-01-16", "12")
    sheet = read(older, result("a", "2026-01-09", "14"), result("b", "2026-01-09", "12"), after)
    assert "haemoglobin_fall_g_per_l" not in sheet.facts


def test_an_unusable_result_before_the_course_is_told_unless_a_newer_one_answers_it() -> None:
    unread, after = result("x", "2026-01-08", "9", "furlong"), result("after", "2026-01-16", "14")
    assert "unusable_haemoglobin" in read(unread, after).facts
    assert "unusable_haemoglobin" not in read(unread, result("before", "2026-01-09", "14"), after).facts
    assert "unusable_haemoglobin" not in read(unread).facts


def test_a_course_on_the_last_day_of_the_calendar_breaks_nothing() -> None:
    last = Course(date(9999, 12, 30), date(9999, 12, 30), ("MedicationAdministration/m",))
    readings = [result("before", "9999-12-29", "14"), result("after", "9999-12-31", "12")]
    assert read(*readings, course=last).facts["haemoglobin_fall_g_per_l"].value == Range.exactly(20)


@pytest.mark.parametrize(
    ("before", "after", "is_surely", "is_open"),
    [
        ("14", "<10", True, False),  # 40 g/L at the least
        (">14", "13", True, False),
        ("14", "<13.5", False, True),  # 5 g/L or far more
        ("14", ">13.5", False, False),  # less than 5 g/L
    ],
)
def test_a_bound_decides_where_it_can_and_else_is_told(
    before: str, after: str, *, is_surely: bool, is_open: bool
) -> None:
    sheet = read(result("before", "2026-01-09", before), result("after", "2026-01-16", after))
    found = sheet.facts["haemoglobin_fall_g_per_l"].value
    assert isinstance(found, Range)
    assert found.low is not None
    assert (found.low >= LIMITS.fall) is is_surely
    assert ("unusable_haemoglobin" in sheet.facts) is is_open


RECENT = "haemoglobin_recent_fall_g_per_l"


@pytest.mark.parametrize(
    ("earlier", "newest", "is_known"),
    [
        ("2026-02-10", "2026-02-20", True),
        ("2026-01-09", "2026-02-20", True),
        ("2026-01-08", "2026-02-20", False),
        ("2025-12-20", "2026-01-18", True),
        ("2025-12-20", "2026-01-17", False),
    ],
)
def test_a_fall_of_the_last_weeks_is_known_without_a_course(earlier: str, newest: str, *, is_known: bool) -> None:
    record = PatientRecord("Patient/p1", sources=[result("high", earlier, "14.1"), result("low", newest, "9.8")])
    found = haemoglobin_facts(record, [], LIMITS, {}, AS_OF).facts.get(RECENT)
    why = f"haemoglobin 141 g/L on {earlier}, 98 g/L on {newest}"
    assert found == (Fact(Range.exactly(43), ("Observation/high", "Observation/low"), why) if is_known else None)


def test_one_haemoglobin_is_no_fall() -> None:
    record = PatientRecord("Patient/p1", sources=[result("low", "2026-02-20", "9.8")])
    assert RECENT not in haemoglobin_facts(record, [], LIMITS, {}, AS_OF).facts
