"""Bedside findings: present, absent or unknown, and never more than was said."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Fact, FactSheet, Range
from service.errors import KnowledgeError
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.word_tables import word_table
from service.subjects.bedside.coded_causes import CauseLimits
from service.subjects.bedside.reader import BedsideSheet, bedside_facts, bedside_tables
from service.subjects.bedside.strength import StrengthLimits
from tests.unit.fhir.clinical_sources import (
    AS_OF,
    BEDSIDE,
    ICD10,
    JSON,
    LOINC,
    MAPPINGS,
    MDC,
    SNOMED,
    Resource,
    coded,
    condition,
    dated,
    finding,
    observation,
    quantity,
    source,
    undated,
    with_tables,
)

LIMITS = StrengthLimits(Fraction(5), Fraction(3), Fraction(1), Fraction(2))
PRESENCE = (
    "asymmetric-limb-weakness objective-sensory-loss minor-vibration-loss-legs upper-limb-predominant "
    "reduced-reflexes-in-affected-limb cranial-nerve-involvement cramps-or-fasciculations upper-motor-neuron-signs "
    "brisk-reflexes marked-bulbar-involvement diffuse-symmetric-weakness-at-onset muscle-atrophy "
    "brachial-plexus-mri-t2-swelling objective-improvement-after-ivig"
).split()
MIMICS = [
    *((ICD10, code) for code in "G61.81 G61.0 G12.21 G12.20 G12.22 G12.23 G12.25 G60.0 G56.00 G56.01 G56.02".split()),
    *((ICD10, code) for code in "G56.20 G56.21 G56.22 G56.30 G57.30 G57.31 G57.32 G54.0 G58.7".split()),
    *((SNOMED, code) for code in "128209004 86044005 37340000 88923002 54304004 230558006 57406009 56177003".split()),
    *((SNOMED, code) for code in "277188003 367475009 399081005 72315009".split()),
]
NO_EVIDENCE = "8011004 40739000 26544005 713514005 299042006 6077001 95663000".split()
UMN, SPASTICITY, BABINSKI = "upper_motor_neuron_signs", "221360009", "32385-7"


def judged(sources: list[SourceResource], patient: object = None) -> FactSheet:
    return bedside_facts(
        sources,
        bedside_tables(MAPPINGS),
        patient,
        AS_OF,
        LIMITS,
        CauseLimits(timedelta(days=92), timedelta(days=56), timedelta(days=28), timedelta(days=92), timedelta(days=14)),
    )


def sheet(*resources: Resource, patient: object = None) -> FactSheet:
    return judged(undated(*resources), patient)


def fact(name: str, *resources: Resource) -> Fact:
    return sheet(*resources).facts[name]


# What follows from other findings beside the diagnoses of the chart.
DERIVED = ("weakness_beyond_entrapment",)


def values(*resources: Resource) -> dict[str, object]:
    """Every fact that is spoken of and decided."""
    return {
        name: found.value
        for name, found in sheet(*resources).facts.items()
        if "review" not in found.flags and name not in DERIVED
    }


def reasons(*resources: Resource) -> list[tuple[str, str]]:
    return [(row.resource, row.reason) for row in sheet(*resources).excluded]


# ---- Observations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", PRESENCE)
def test_every_finding_is_read_as_present_and_as_absent(code: str) -> None:
    name = code.replace("-", "_")
    assert values(finding(code, valueBoolean=True)) == {name: "present"}
    assert values(finding(code, valueBoolean=False)) == {name: "absent"}
    assert values(finding(code, valueCodeableConcept=coded(SNOMED, "52101004"))) == {name: "present"}
    assert values(finding(code, valueCodeableConcept=coded(SNOMED, "2667000"))) == {name: "absent"}


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({}, "data-absent"),
        ({"dataAbsentReason": coded("http://x.org", "unknown")}, "data-absent"),
        ({"valueBoolean": True, "dataAbsentReason": coded("http://x.org", "unknown")}, "data-absent"),
        ({"valueBoolean": "true"}, "invalid"),
        ({"valueBoolean": 1}, "invalid"),
        ({"valueString": "perhaps"}, "invalid"),
        ({"valueCodeableConcept": coded(SNOMED, "373068000")}, "invalid"),
        ({"valueCodeableConcept": coded("http://x.org", "52101004")}, "invalid"),
        ({"valueCodeableConcept": coded(SNOMED, "52101004", "2667000")}, "invalid"),
        ({"valueBoolean": True, "valueCodeableConcept": coded(SNOMED, "52101004")}, "invalid"),
    ],
)
def test_what_says_neither_present_nor_absent_is_unknown_and_listed(elements: Resource, reason: str) -> None:
    resource = finding("upper-motor-neuron-signs", **elements)
    assert values(resource) == {UMN: None}
    assert reasons(resource) == [("Observation/1", reason)]


def test_nothing_said_makes_no_fact() -> None:
    assert sheet() == BedsideSheet()


# ---- Conditions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        ("confirmed", "present"),
        ("provisional", "present"),
        (None, "present"),
        ("refuted", "absent"),
        ("unconfirmed", None),
        ("differential", None),
        ("no-such-code", None),
    ],
)
def test_a_condition_is_read_by_its_verification(verification: str | None, expected: str | None) -> None:
    read = values(condition(ICD10, "G61.82", verification))
    assert {name: value for name, value in read.items() if name != "mmn_certainty"} == {"mmn_condition": expected}


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        *(("confirmed", "confirmed"), (None, "confirmed")),
        *((status, "in_question") for status in ("provisional", "unconfirmed", "differential")),
    ],
)
def test_how_sure_a_chart_is_of_mmn(verification: str | None, expected: str) -> None:
    assert values(condition(ICD10, "G61.82", verification))["mmn_certainty"] == expected


def test_an_unverified_condition_is_listed() -> None:
    assert reasons(condition(SNOMED, SPASTICITY, "differential")) == [("Condition/1", "status")]


@pytest.mark.parametrize("status", [{}, {"text": "confirmed"}, [], 7, {"coding": [{"code": ["confirmed"]}]}])
def test_an_unreadable_verification_is_not_taken_for_confirmed(status: object) -> None:
    resource = {**condition(ICD10, "G61.82", None), "verificationStatus": status}
    assert values(resource) == {"mmn_condition": None}


def test_the_plain_word_of_older_fhir_versions_is_read() -> None:
    resource = {**condition(ICD10, "G61.82", None), "verificationStatus": "refuted"}
    assert values(resource) == {"mmn_condition": "absent"}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"clinicalStatus": coded("http://x.org/condition-clinical", "active")}, "present"),
        (
            {"clinicalStatus": coded("http://x.org/condition-clinical", "relapse"), "abatementDateTime": "2020"},
            "present",
        ),
        ({"abatementDateTime": "2020"}, None),
        ({"abatementBoolean": False}, "present"),
    ],
)
def test_a_condition_that_is_over_says_nothing_of_today(elements: Resource, expected: str | None) -> None:
    assert values({**condition(SNOMED, "88092000"), **elements}) == {"muscle_atrophy": expected}


@pytest.mark.parametrize(
    ("system", "code", "name"),
    [
        (SNOMED, SPASTICITY, UMN),
        (SNOMED, "86854008", "brisk_reflexes"),
        (SNOMED, "54304004", "marked_bulbar_involvement"),
        (ICD10, "G12.22", "marked_bulbar_involvement"),
        (SNOMED, "82470000", "cramps_or_fasciculations"),
        (SNOMED, "55300003", "cramps_or_fasciculations"),
        (SNOMED, "88092000", "muscle_atrophy"),
        (SNOMED, "398026008", "objective_sensory_loss"),
        (ICD10, "G61.82", "mmn_condition"),
        (SNOMED, "230591002", "mmn_condition"),
    ],
)
def test_chart_codes_show_their_finding(system: str, code: str, name: str) -> None:
    assert values(condition(system, code))[name] == "present"


@pytest.mark.parametrize(
    ("system", "code", "name"),
    [
        (SNOMED, "86854008", "brisk_reflexes"),
        (SNOMED, "54304004", "marked_bulbar_involvement"),
        (ICD10, "G12.22", "marked_bulbar_involvement"),
        (SNOMED, "88092000", "muscle_atrophy"),
        (SNOMED, "398026008", "objective_sensory_loss"),
    ],
)
def test_a_refuted_chart_code_that_is_as_wide_as_its_finding_shows_its_absence(
    system: str, code: str, name: str
) -> None:
    assert values(condition(system, code, "refuted")) == {name: "absent"}


@pytest.mark.parametrize(
    "resource",
    [
        condition(SNOMED, SPASTICITY, "refuted"),
        condition(SNOMED, "82470000", "refuted"),
        condition(SNOMED, "55300003", "refuted"),
        condition(ICD10, "G12.21", "refuted"),
        observation(LOINC, BABINSKI, valueCodeableConcept=coded(SNOMED, "2667000")),
    ],
)
def test_the_absence_of_a_narrower_finding_does_not_show_the_absence_of_the_wider_one(resource: Resource) -> None:
    assert set(values(resource).values()) == {None}
    assert [reason for _, reason in reasons(resource)] == ["not-evidence"]


@pytest.mark.parametrize("code", ["52101004", "10828004"])
def test_a_babinski_sign_is_an_upper_motor_neuron_sign(code: str) -> None:
    assert values(observation(LOINC, BABINSKI, valueCodeableConcept=coded(SNOMED, code))) == {UMN: "present"}


def test_brisk_reflexes_alone_leave_upper_motor_neuron_signs_unknown() -> None:
    brisk = sheet(finding("brisk-reflexes", valueBoolean=True)).facts
    assert brisk["upper_motor_neuron_signs"].value is None
    assert brisk["upper_motor_neuron_signs"].evidence == brisk["brisk_reflexes"].evidence
    assert brisk["upper_motor_neuron_signs"].flags == ("review",)


def test_brisk_reflexes_do_not_overrule_an_examination_without_upper_motor_neuron_signs() -> None:
    found = sheet(
        finding("brisk-reflexes", valueBoolean=True), finding("upper-motor-neuron-signs", valueBoolean=False)
    ).facts["upper_motor_neuron_signs"]
    assert (found.value, found.flags) == ("absent", ("review",))


def test_an_absent_babinski_does_not_contradict_spasticity() -> None:
    absent = observation(LOINC, BABINSKI, valueBoolean=False)
    assert fact(UMN, absent, condition(SNOMED, SPASTICITY)).value == "present"


def test_a_present_babinski_contradicts_a_statement_that_there_are_no_such_signs() -> None:
    babinski = observation(LOINC, BABINSKI, valueBoolean=True)
    found = fact(UMN, babinski, finding("upper-motor-neuron-signs", valueBoolean=False))
    assert (found.value, found.flags) == (None, ("contradiction", "review"))
    assert found.evidence == ("Observation/1", "Observation/2")
    assert found.why == "extensor plantar noted, and denied by another statement: examine"


# ---- which statement counts ----------------------------------------------------------------------------


def test_the_newer_statement_counts_and_the_older_one_is_listed() -> None:
    old, new = finding("muscle-atrophy", valueBoolean=False), finding("muscle-atrophy", valueBoolean=True)
    result = judged(dated(("2024-03-04", old), ("2025-03-04", new)))
    assert (result.facts["muscle_atrophy"].value, result.facts["muscle_atrophy"].evidence) == (
        "present",
        ("Observation/2",),
    )
    assert [(row.resource, row.reason) for row in result.excluded] == [("Observation/1", "older")]


def test_statements_of_unknown_order_contradict_each_other() -> None:
    old, new = finding("muscle-atrophy", valueBoolean=False), finding("muscle-atrophy", valueBoolean=True)
    result = judged(dated(("2025", old), ("2025-03-04", new)))
    assert result.facts["muscle_atrophy"].flags == ("contradiction",)


def test_a_later_hour_of_the_same_day_does_not_settle_what_two_hands_found() -> None:
    yes, no = (
        finding("upper-motor-neuron-signs", valueBoolean=True),
        finding("upper-motor-neuron-signs", valueBoolean=False),
    )
    result = judged(dated(("2025-03-04T10:00:00Z", yes), ("2025-03-04T15:00:00Z", no)))
    found = result.facts["upper_motor_neuron_signs"]
    assert (found.value, found.flags) == (None, ("contradiction",))
    assert found.why == "statements contradict each other: absent by Observation/2; present by Observation/1"
    next_day = judged(dated(("2025-03-04T10:00:00Z", yes), ("2025-03-05T09:00:00Z", no)))
    assert next_day.facts["upper_motor_neuron_signs"].value == "absent"


def test_a_newer_unconfirmed_condition_does_not_disturb_an_older_statement() -> None:
    said = finding("muscle-atrophy", valueBoolean=True)
    result = judged(dated(("2024", said), ("2025-06", condition(SNOMED, "88092000", "unconfirmed"))))
    assert result.facts["muscle_atrophy"].value == "present"
    assert [row.reason for row in result.excluded] == ["status"]


# ---- sensory loss beside a minor vibration loss ----------------------------------------------------------

SENSORY, VIBRATION = finding("objective-sensory-loss", valueBoolean=True), "minor-vibration-loss-legs"


def test_sensory_loss_beside_a_minor_vibration_loss_may_be_the_same_thing() -> None:
    found = fact("objective_sensory_loss", SENSORY, finding(VIBRATION, valueBoolean=True))
    assert (found.value, found.flags) == (None, ("ambiguous",))
    assert "beyond the minor vibration loss" in found.why
    assert found.evidence == ("Observation/1", "Observation/2")


def test_without_a_vibration_loss_sensory_loss_stands() -> None:
    assert fact("objective_sensory_loss", SENSORY).value == "present"
    assert fact("objective_sensory_loss", SENSORY, finding(VIBRATION, valueBoolean=False)).value == "present"
    assert fact("objective_sensory_loss", SENSORY, finding(VIBRATION)).value == "present"


def test_no_sensory_loss_beside_a_minor_vibration_loss_is_plain() -> None:
    absent = finding("objective-sensory-loss", valueBoolean=False)
    assert fact("objective_sensory_loss", absent, finding(VIBRATION, valueBoolean=True)).value == "absent"


def test_loss_of_skin_sensation_is_more_than_a_vibration_loss() -> None:
    both = condition(SNOMED, "398026008"), finding(VIBRATION, valueBoolean=True)
    assert fact("objective_sensory_loss", *both).value == "present"


# ---- MMN and its mimics --------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "code"), MIMICS)
def test_every_mimic_is_known(system: str, code: str) -> None:
    assert fact("mimic_condition", condition(system, code)).value == "present"


@pytest.mark.parametrize(
    ("system", "code", "name"),
    [
        (SNOMED, "86044005", "motor_neuron_disease_condition"),
        (ICD10, "G12.21", "motor_neuron_disease_condition"),
        (ICD10, "G61.81", "cidp_condition"),
        (SNOMED, "57406009", "entrapment_condition"),
        (SNOMED, "56177003", "entrapment_condition"),
        (SNOMED, "399081005", "entrapment_condition"),
    ],
)
def test_a_mimic_that_differential_diagnoses_speak_of_is_known_by_its_own_name(
    system: str, code: str, name: str
) -> None:
    assert fact(name, condition(system, code)).value == "present"
    assert judged(undated(condition(system, code, "refuted"))).facts.get(name) is None


def test_mimics_of_different_years_do_not_replace_each_other() -> None:
    result = judged(dated(("2015", condition(SNOMED, "57406009")), ("2024", condition(ICD10, "G61.81"))))
    found = result.facts["mimic_condition"]
    assert (found.value, found.why) == ("present", "carpal tunnel syndrome, CIDP")
    assert result.excluded == []


def test_a_later_refuted_diagnosis_leaves_the_others() -> None:
    cidp, refuted = condition(ICD10, "G61.81"), condition(ICD10, "G12.21", "refuted")
    assert fact("mimic_condition", cidp, refuted).why == "CIDP"


@pytest.mark.parametrize(
    ("snomed", "icd10"),
    [
        ("54304004", "G12.22"),
        ("86044005", "G12.21"),
        ("37340000", "G12.21"),
        ("88923002", "G12.25"),
        ("230558006", "G60.0"),
        ("56177003", "G56.20"),
        ("399081005", "G57.30"),
        ("57406009", "G56.01"),
        ("128209004", "G61.81"),
        ("230591002", "G61.82"),
    ],
)
def test_codes_that_charts_send_together_mean_one_thing(snomed: str, icd10: str) -> None:
    """Intake refuses a resource whose codes mean different concepts."""
    both = {"coding": [{"system": SNOMED, "code": snomed}, {"system": ICD10, "code": icd10}]}
    assert len(MAPPINGS.concepts_of(both, "Condition")) == 1


@pytest.mark.parametrize("code", NO_EVIDENCE)
def test_symptoms_are_recognised_but_are_no_evidence(code: str) -> None:
    result = sheet(condition(SNOMED, code))
    assert result.facts == {}
    assert [(row.resource, row.reason) for row in result.excluded] == [("Condition/1", "not-evidence")]
    assert result.excluded[0].detail


def test_an_unspecific_inflammatory_polyneuropathy_is_no_mimic() -> None:
    assert sheet(condition(ICD10, "G61.89")).facts == {}


# ---- numbers and words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueInteger": 2}, 2),
        ({"valueInteger": 0}, 0),
        ({"valueQuantity": quantity(3, "1")}, 3),
        ({"valueQuantity": quantity("3.0", "{nerves}")}, 3),
        ({"valueString": "2"}, 2),
        ({"valueQuantity": {"value": 2}}, 2),
        ({"valueQuantity": {"value": 2, "unit": "nerves"}}, 2),
        ({"valueString": "two or three"}, "invalid"),
        ({"valueString": "2 of 5"}, "invalid"),
        ({"valueString": "2.5"}, "invalid"),
        ({"valueQuantity": quantity(200, "%")}, "unit"),
        ({"valueInteger": True}, "invalid"),
        ({"valueInteger": -1}, "implausible"),
        ({"valueQuantity": quantity("2.5", "1")}, "invalid"),
        ({"valueQuantity": quantity(2, "1", comparator="about")}, "comparator"),
        ({"valueQuantity": quantity(2, "mV")}, "unit"),
    ],
)
def test_weak_territories_are_a_whole_number(value: Resource, expected: int | str) -> None:
    result = sheet(finding("weak-nerve-territories", **value))
    known = Range.exactly(expected) if isinstance(expected, int) else None
    assert result.facts["weak_nerve_territories"].value == known
    assert [row.reason for row in result.excluded] == ([] if known else [expected])


def test_a_bound_on_weak_territories_is_the_range_that_it_allows() -> None:
    bounds = {sign: quantity(2, "1", comparator=sign) for sign in (">=", "<=")}
    said = {sign: finding("weak-nerve-territories", valueQuantity=bound) for sign, bound in bounds.items()}
    assert fact("weak_nerve_territories", said[">="]).value == Range(Fraction(2), None)
    assert fact("weak_nerve_territories", said["<="]).value == Range(Fraction(0), Fraction(2))


def test_two_different_numbers_contradict_each_other() -> None:
    two, three = (finding("weak-nerve-territories", valueInteger=number) for number in (2, 3))
    assert fact("weak_nerve_territories", two, three).flags == ("contradiction",)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("slowly-progressive", "slowly_progressive"), ("stepwise", "stepwise"), ("rapid", "rapid"), ("steady", None)],
)
def test_the_course_is_a_word_of_the_bedside_system(code: str, expected: str | None) -> None:
    assert values(finding("progression", valueCodeableConcept=coded(BEDSIDE, code))) == {"progression": expected}


def test_a_course_of_another_system_or_in_plain_text_is_unknown() -> None:
    assert values(finding("progression", valueCodeableConcept=coded(SNOMED, "rapid"))) == {"progression": None}
    assert values(finding("progression", valueString="rapid")) == {"progression": None}


def test_courses_that_differ_contradict_each_other_in_words() -> None:
    rapid, slow = (
        finding("progression", valueCodeableConcept=coded(BEDSIDE, code)) for code in ("rapid", "slowly-progressive")
    )
    assert "rapid by Observation/1; slowly progressive by Observation/2" in fact("progression", rapid, slow).why


# ---- onset, duration, age ------------------------------------------------------------------------------

MONTH, YEAR = Fraction("30.4375"), Fraction("365.25")


def onset(when: object) -> Resource:
    return finding("weakness-onset", valueDateTime=when)


def days(number: float) -> str:
    return (AS_OF - timedelta(days=number)).isoformat()


def span(name: str, *resources: Resource, patient: object = None) -> tuple[Fraction | None, Fraction | None]:
    value = sheet(*resources, patient=patient).facts[name].value
    assert isinstance(value, Range)
    return value.low, value.high


def test_an_exact_onset_gives_an_exact_duration() -> None:
    assert span("weakness_duration_months", onset(days(100))) == (100 / MONTH, 100 / MONTH)
    assert span("weakness_duration_months", onset(days(0.5))) == (Fraction(1, 2) / MONTH, Fraction(1, 2) / MONTH)


def test_a_partial_onset_gives_a_span_that_holds_every_reading() -> None:
    low, high = span("weakness_duration_months", onset("2025"))
    assert low is not None
    assert high is not None
    # From the last moment of 2025 to the first.
    assert 62 / MONTH < low < 63 / MONTH
    assert 427 / MONTH < high < 428 / MONTH


def test_an_onset_that_may_lie_after_the_evaluation_starts_at_zero() -> None:
    low, high = span("weakness_duration_months", onset("2026"))
    assert low == 0
    assert high is not None
    assert high > 2


def test_an_onset_after_the_evaluation_is_unknown_and_flagged() -> None:
    found = fact("weakness_duration_months", onset("2026-05-01"))
    assert (found.value, found.flags) == (None, ("implausible",))


@pytest.mark.parametrize("when", ["last year", 2024, None, {"start": "2024"}])
def test_an_unreadable_onset_is_listed_and_makes_no_fact(when: object) -> None:
    assert values(onset(when)) == {}
    assert len(reasons(onset(when))) == 1


def test_onsets_that_differ_contradict_each_other() -> None:
    found = fact("weakness_duration_months", onset("2020"), onset("2023"))
    assert (found.value, found.flags) == (None, ("contradiction",))


def test_a_rough_onset_and_a_fine_one_inside_it_agree() -> None:
    assert span("weakness_duration_months", onset("2023"), onset(days(800))) == (800 / MONTH, 800 / MONTH)


@pytest.mark.parametrize(
    "resource",
    [
        condition(ICD10, "G61.82", onsetDateTime=days(700)),
        condition(SNOMED, "713514005", onsetPeriod={"start": days(700)}),
        condition(SNOMED, "6077001", None, onsetDateTime=days(700)),
    ],
)
def test_the_onset_of_a_weakness_condition_serves_where_none_is_stated(resource: Resource) -> None:
    found = fact("weakness_duration_months", resource)
    assert (found.value, found.evidence) == (Range.exactly(700 / MONTH), ("Condition/1",))
    assert reasons(resource) == []


def test_a_stated_onset_comes_before_that_of_a_condition() -> None:
    limb = condition(SNOMED, "713514005", onsetDateTime=days(700))
    assert span("weakness_duration_months", limb, onset(days(900))) == (900 / MONTH, 900 / MONTH)
    assert reasons(limb, onset(days(900))) == [("Condition/1", "not-evidence")]


def test_conditions_of_different_onset_give_a_span() -> None:
    mmn, limb = (
        condition(ICD10, "G61.82", onsetDateTime=days(100)),
        condition(SNOMED, "713514005", onsetDateTime=days(700)),
    )
    assert span("weakness_duration_months", mmn, limb) == (100 / MONTH, 700 / MONTH)


@pytest.mark.parametrize("verification", ["refuted", "unconfirmed"])
def test_a_condition_that_is_not_held_true_dates_nothing(verification: str) -> None:
    assert values(condition(SNOMED, "713514005", verification, onsetDateTime="2020")) == {}


def test_ages_come_from_the_birth_date() -> None:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-03-04"}
    low, high = span("onset_age_years", onset("2020-03-04T12:00:00Z"), patient=patient)
    assert low is not None
    assert high is not None
    assert (14609 / YEAR) < low < high < (14612 / YEAR)
    found = sheet(onset("2020"), patient=patient).facts
    assert found["onset_age_years"].evidence == ("Observation/1", "Patient/p1")
    assert found["age_years"].evidence == ("Patient/p1",)


def test_an_onset_before_birth_is_unknown_and_flagged() -> None:
    found = sheet(onset("1970"), patient={"birthDate": "1980"}).facts["onset_age_years"]
    assert (found.value, found.flags) == (None, ("implausible",))


@pytest.mark.parametrize("patient", [None, {}, [], "p1", {"birthDate": 1980}, {"birthDate": "4 March 1980"}])
def test_without_a_readable_birth_date_there_is_no_age(patient: object) -> None:
    assert set(sheet(onset("2020"), patient=patient).facts) == {"recent_weakness", "weakness_duration_months"}


# ---- statements beside MRC grades ----------------------------------------------------------------------


def grades(left: int, right: int) -> list[tuple[str, Resource]]:
    return [
        ("2025-03-04", finding("mrc-grade", bodySite=coded(MDC, code), valueInteger=grade))
        for code, grade in (("459493", left), ("459494", right))
    ]


@pytest.mark.parametrize(
    ("stated", "left", "right", "expected", "flags"),
    [
        (True, 3, 5, "present", ()),
        (False, 4, 4, "absent", ()),
        (True, 5, 5, "present", ()),  # grades leave it unknown
        (False, 3, 5, None, ("contradiction",)),
        (True, 4, 4, None, ("contradiction",)),
        (None, 3, 5, "present", ()),
    ],
)
def test_a_statement_counts_unless_the_grades_contradict_it(
    stated: bool | None, left: int, right: int, expected: str | None, flags: tuple[str, ...]
) -> None:
    said = finding("asymmetric-limb-weakness", **({} if stated is None else {"valueBoolean": stated}))
    found = judged(dated(*grades(left, right), ("2025-03-04", said))).facts["asymmetric_limb_weakness"]
    assert (found.value, found.flags) == (expected, flags)


def test_a_contradiction_cites_statement_and_grades() -> None:
    said = finding("asymmetric-limb-weakness", valueBoolean=False)
    found = judged(dated(*grades(3, 5), ("2025-03-04", said))).facts["asymmetric_limb_weakness"]
    assert found.evidence == ("Observation/3", "Observation/1", "Observation/2")


def test_statements_that_contradict_each_other_are_not_settled_by_grades() -> None:
    both = [("2025-03-04", finding("asymmetric-limb-weakness", valueBoolean=value)) for value in (True, False)]
    found = judged(dated(*grades(3, 5), *both)).facts["asymmetric_limb_weakness"]
    assert (found.value, found.flags) == (None, ("contradiction",))


@pytest.mark.parametrize(
    ("stated", "expected"),
    [(1, None), (2, Range.exactly(2)), (5, Range.exactly(5)), (14, Range.exactly(14)), (15, None)],
)
def test_a_stated_number_of_territories_must_be_possible_by_the_grades(stated: int, expected: Range | None) -> None:
    """Both median nerves are weak; twelve more territories of the muscle table were not tested."""
    said = finding("weak-nerve-territories", valueInteger=stated)
    found = judged(dated(*grades(3, 4), ("2025-03-04", said))).facts["weak_nerve_territories"]
    assert found.value == expected
    assert found.flags == (() if expected else ("contradiction",))


def test_grades_alone_give_the_facts() -> None:
    facts = judged(dated(*grades(3, 5))).facts
    assert facts["asymmetric_limb_weakness"].value == "present"
    assert facts["weak_nerve_territories"].value == Range(Fraction(1), Fraction(13))


# ---- tables and odd shapes -----------------------------------------------------------------------------


def test_a_wrong_word_in_a_table_is_refused_with_the_choices() -> None:
    broken = with_tables(answers={"http://x.org|1": "maybe"})
    with pytest.raises(KnowledgeError, match=r"answers\.http://x.org\|1: 'maybe' is none of present, absent"):
        word_table(broken, "answers", ("present", "absent"))


CODES = [*PRESENCE[:3], "weak-nerve-territories", "weakness-onset", "progression", "mrc-grade"]
VALUES = st.sampled_from(
    ["valueBoolean", "valueInteger", "valueQuantity", "valueDateTime", "valueCodeableConcept", "component", "bodySite"]
)
STATUSES = st.sampled_from(["verificationStatus", "clinicalStatus", "abatementBoolean", "onsetDateTime", "onsetPeriod"])


@given(st.sampled_from(CODES), st.dictionaries(VALUES, JSON, max_size=3))
def test_no_shape_of_an_observation_breaks_the_reading(code: str, elements: Resource) -> None:
    result = sheet({**finding(code), **elements}, patient=elements)
    assert result.facts or result.excluded


@given(st.dictionaries(STATUSES, JSON, max_size=3))
def test_no_shape_of_a_condition_breaks_the_reading(elements: Resource) -> None:
    assert "mmn_condition" in sheet({**condition(ICD10, "G61.82"), **elements}).facts


@pytest.mark.parametrize(("code", "name"), [("I82.409", "thrombosis_risk"), ("I63.9", "thrombosis_risk")])
def test_a_refuted_entry_takes_no_precaution_away_that_another_one_names(code: str, name: str) -> None:
    once, again = condition(ICD10, code), condition(ICD10, code, "refuted")
    told = judged([source(once, 1, "2019-01-01"), source(again, 2, "2026-01-01")])
    assert told.facts[name].value == "present"
    assert judged([source(again, 2, "2026-01-01")]).facts[name].value is None
