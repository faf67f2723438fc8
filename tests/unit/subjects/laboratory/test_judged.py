"""Creatine kinase: raised or not only by the laboratory's own interpretation or limits."""

import pytest

from service.domain.facts import Fact, FactSheet
from service.subjects.laboratory.reader import laboratory_facts, laboratory_tables
from tests.unit.fhir.clinical_sources import MAPPINGS, Resource, coded, dated, lab, quantity, undated

CK = "2157-6"
HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
TABLES = laboratory_tables(MAPPINGS)


def sheet(*resources: Resource) -> FactSheet:
    return laboratory_facts(undated(*resources), TABLES)


def kinase(**elements: object) -> Fact:
    return sheet(lab(CK, **elements)).facts["creatine_kinase"]


def up_to(value: int | str) -> list[Resource]:
    return [{"high": quantity(value, "U/L")}]


@pytest.mark.parametrize(("units", "word"), [(191, "raised"), (190, "not_raised")])
def test_the_reference_range_of_the_report_decides(units: int, word: str) -> None:
    assert kinase(valueQuantity=quantity(units, "U/L"), referenceRange=up_to(190)).value == word


@pytest.mark.parametrize(("code", "word"), [("H", "raised"), ("HH", "raised"), ("N", "not_raised"), ("A", None)])
def test_an_interpretation_without_a_range_decides_where_it_has_a_direction(code: str, word: str | None) -> None:
    fact = kinase(valueQuantity=quantity(500, "U/L"), interpretation=[coded(HL7, code)])
    assert fact.value == word


def test_abnormal_gets_its_direction_from_the_range() -> None:
    elements = {"valueQuantity": quantity(500, "U/L"), "interpretation": [coded(HL7, "A")]}
    assert kinase(**elements, referenceRange=up_to(190)).value == "raised"


def test_without_interpretation_and_limits_it_is_unknown_and_says_why() -> None:
    fact = kinase(valueQuantity=quantity(5000, "U/L"))
    assert fact.value is None
    assert "without interpretation or upper limit" in fact.why


def test_interpretation_and_range_that_contradict_each_other_leave_it_unknown() -> None:
    fact = kinase(valueQuantity=quantity(500, "U/L"), interpretation=[coded(HL7, "N")], referenceRange=up_to(190))
    assert (fact.value, fact.flags) == (None, ("contradiction",))


def test_a_limit_in_a_unit_that_cannot_be_compared_decides_nothing() -> None:
    ranged = [{"high": quantity(190, "mg/dL")}]
    assert kinase(valueQuantity=quantity(500, "U/L"), referenceRange=ranged).value is None


def test_a_result_in_another_unit_of_activity_is_compared_exactly() -> None:
    ranged = [{"high": quantity("3.17", "ukat/L")}]
    assert kinase(valueQuantity=quantity(200, "U/L"), referenceRange=ranged).value == "raised"


def test_an_unreadable_value_is_listed_and_leaves_it_unknown() -> None:
    result = sheet(lab(CK, valueString="high-ish"))
    assert result.facts["creatine_kinase"].value is None
    assert [row.reason for row in result.excluded] == ["invalid"]


def test_a_result_that_is_still_to_come_does_not_replace_an_older_one() -> None:
    raised = lab(CK, valueQuantity=quantity(500, "U/L"), referenceRange=up_to(190))
    pending = lab(
        CK, dataAbsentReason=coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed")
    )
    result = laboratory_facts(dated(("2026-01-01", raised), ("2026-02-01", pending)), TABLES)
    assert result.facts["creatine_kinase"].value == "raised"


def test_the_newest_result_counts_and_the_older_one_is_listed() -> None:
    raised = lab(CK, valueQuantity=quantity(500, "U/L"), referenceRange=up_to(190))
    normal = lab(CK, valueQuantity=quantity(90, "U/L"), referenceRange=up_to(190))
    result = laboratory_facts(dated(("2026-01-01", raised), ("2026-02-01", normal)), TABLES)
    assert result.facts["creatine_kinase"].value == "not_raised"
    assert [row.reason for row in result.excluded] == ["older"]


def test_results_of_one_day_that_differ_leave_it_unknown() -> None:
    raised = lab(CK, valueQuantity=quantity(500, "U/L"), referenceRange=up_to(190))
    normal = lab(CK, valueQuantity=quantity(90, "U/L"), referenceRange=up_to(190))
    result = laboratory_facts(dated(("2026-01-01", raised), ("2026-01-01", normal)), TABLES)
    assert result.facts["creatine_kinase"].flags == ("contradiction",)


def test_the_hour_does_not_order_two_results_of_one_day() -> None:
    raised = lab(CK, valueQuantity=quantity(500, "U/L"), referenceRange=up_to(190))
    normal = lab(CK, valueQuantity=quantity(90, "U/L"), referenceRange=up_to(190))
    morning, evening = "2026-01-01T08:00:00Z", "2026-01-01T18:00:00Z"
    result = laboratory_facts(dated((morning, raised), (evening, normal)), TABLES)
    assert result.facts["creatine_kinase"].value is None
