"""Kidney function: the lowest eGFR of the newest days, cystatin C, and what is computed from a creatinine."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from service.fhir.intake.drafts import Drafts
from service.subjects.laboratory.computed_egfr import ckd_epi_2021
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
ICD10, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://loinc.org"
MDRD, EPI, BLACK, NOT_BLACK, CYSTATIN = "33914-3", "62238-1", "88293-6", "88294-4", "50210-4"
MASS, MOLES, IN_BLOOD = "2160-0", "14682-9", "38483-4"
BODY = "mL/min/{1.73_m2}"
RISK = "Kidney risk"
Json = dict[str, Any]


def patient(born: str | None = "1966-01-01", gender: str | None = "female") -> Json:
    made = {"resourceType": "Patient", "id": "p", "birthDate": born, "gender": gender}
    return {key: value for key, value in made.items() if value is not None}


def measured(code: str, value: str, unit: str = BODY, days_ago: int = 1) -> Json:
    day = (date(2026, 3, 4) - timedelta(days=days_ago)).isoformat()
    quantity = {"value": Decimal(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    made = {"resourceType": "Observation", "id": f"o{code}{days_ago}{value.replace('.', '-')}", "status": "final"}
    coded = {"coding": [{"system": LOINC, "code": code}]}
    return {**made, "code": coded, "subject": SUBJECT, "effectiveDateTime": day, "valueQuantity": quantity}


def condition(code: str, name: str = "c") -> Json:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"coding": [{"system": ICD10, "code": code}]},
        "subject": SUBJECT,
    }


def draft() -> Json:
    dose = {"value": Decimal("0.4"), "unit": "g/kg", "system": "http://unitsofmeasure.org", "code": "g/kg"}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    return {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": "Immune globulin"},
        "dosageInstruction": [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": dose}]}],
    }


def told(*resources: Json, who: Json | None = None) -> str:
    chart = [(None, each) for each in (who or patient(), condition("G61.82", "mmn"), *resources)]
    found = EVALUATOR.evaluate_orders("p", None, chart, Drafts([(None, draft())], frozenset()), AS_OF).cards
    return "\n".join(f"{card['indicator']}: {card['summary']}\n{card['detail']}" for card in found)


# ---- measured ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["33914-3", "62238-1", "98979-8", "88293-6", "88294-4", "48642-3", "48643-1", "50044-7", "69405-9", "77147-7"],
)
def test_an_egfr_by_any_formula_is_read(code: str) -> None:
    assert RISK in told(measured(code, "45"))
    assert "No eGFR or creatinine" not in told(measured(code, "75"))


@pytest.mark.parametrize(("one", "other"), [("55", "66"), ("66", "55")])
def test_of_estimates_by_race_of_one_sample_the_lower_counts(one: str, other: str) -> None:
    assert RISK in told(measured(BLACK, one), measured(NOT_BLACK, other))


def test_of_the_newest_fortnight_the_lowest_counts_and_an_older_one_does_not() -> None:
    assert RISK in told(measured(EPI, "75", days_ago=1), measured(EPI, "52", days_ago=15))
    assert RISK not in told(measured(EPI, "75", days_ago=1), measured(EPI, "52", days_ago=16))


def test_a_fresh_cystatin_c_goes_before_creatinine_unless_that_is_lower() -> None:
    assert RISK in told(measured(EPI, "95"), measured(CYSTATIN, "50", days_ago=90))
    assert RISK not in told(measured(EPI, "95"), measured(CYSTATIN, "50", days_ago=92))
    assert RISK in told(measured(EPI, "50"), measured(CYSTATIN, "95", days_ago=2))


def test_a_cystatin_c_that_is_too_old_to_count_does_not_silence_its_advice() -> None:
    low = measured(MASS, "0.4", "mg/dL")
    assert "measure cystatin C" in told(low)
    assert "measure cystatin C" not in told(low, measured(CYSTATIN, "95", days_ago=90))
    assert "measure cystatin C" in told(low, measured(CYSTATIN, "95", days_ago=92))


# ---- computed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("creatinine", "years", "female", "expected"),
    [
        ("0.9", 30, True, "88.2"),
        ("0.9", 60, False, "97.8"),
        ("2", 70, True, "26.4"),
        ("1", 50, False, "91.7"),
        ("0.5", 40, False, "132.2"),
    ],
)
def test_the_equation_of_2021(creatinine: str, years: int, female: bool, expected: str) -> None:
    assert ckd_epi_2021(Fraction(creatinine), years, female=female) == Fraction(expected)


def bounded(sign: str, value: str, unit: str = "mg/dL", days_ago: int = 1) -> Json:
    made = measured(MASS, value, unit, days_ago)
    return {**made, "valueQuantity": {**made["valueQuantity"], "comparator": sign}}


@pytest.mark.parametrize(
    ("creatinine", "warns"),
    [
        (bounded(">", "3"), True),
        (bounded(">=", "3"), True),
        (bounded(">", "265", "umol/L"), True),
        (bounded(">", "1.06"), False),
        (bounded(">", "1.08"), True),
        (bounded("<", "3"), False),
        (bounded("<=", "3"), False),
        (bounded("<", "0.6"), False),
    ],
)
def test_a_bound_of_creatinine_raises_the_kidney_card_where_it_suffices(creatinine: Json, warns: bool) -> None:
    said = told(creatinine)
    assert (RISK in said) is warns, said
    assert "No eGFR or creatinine" not in said


@pytest.mark.parametrize(("sign", "value", "is_low"), [("<", "0.6", True), ("<=", "0.59", True), ("<", "0.7", False)])
def test_a_bound_of_creatinine_shows_little_muscle_where_it_suffices(sign: str, value: str, is_low: bool) -> None:
    assert ("measure cystatin C" in told(bounded(sign, value))) is is_low


@pytest.mark.parametrize(
    ("code", "value", "unit"), [(MASS, "2.1", "mg/dL"), (MOLES, "186", "umol/L"), (IN_BLOOD, "2.1", "mg/dL")]
)
def test_a_high_creatinine_raises_the_kidney_card_with_the_source(code: str, value: str, unit: str) -> None:
    said = told(measured(code, value, unit))
    assert RISK in said
    assert "computed" in said


@pytest.mark.parametrize("who", [patient("2010-01-01"), patient(None)], ids=["a child", "no date of birth"])
def test_without_an_adult_only_the_most_it_can_be_counts(who: Json) -> None:
    assert RISK in told(measured(MASS, "2.1", "mg/dL"), who=who)  # at most 34, by the equation at 18
    assert RISK not in told(measured(MASS, "1.2", "mg/dL"), who=who)  # at most 67
    assert "eGFR" not in told(measured(MASS, "1.2", "mg/dL"), measured(EPI, "75"), who=who)


@pytest.mark.parametrize(
    ("born", "is_open", "is_under_age"),
    [
        ("2006", False, False),
        ("2007", False, False),
        ("2008", True, False),
        ("2008-03", True, False),
        ("2008-03-04", False, False),
        ("2008-03-05", False, True),
        ("2009", False, True),
    ],
)
def test_a_date_of_birth_in_part_leaves_open_whether_somebody_is_of_age(
    born: str, is_open: bool, is_under_age: bool
) -> None:
    said = told(measured(MASS, "2.1", "mg/dL"), who=patient(born))
    assert ("leaves open whether the label for MMN, which is for adults, holds" in said) is is_open, said
    assert ("childhood cases are rare" in said) is is_under_age


@pytest.mark.parametrize("gender", ["other", "unknown", None])
def test_where_the_sex_is_not_known_both_must_be_low(gender: str | None) -> None:
    who = patient(gender=gender)
    assert RISK in told(measured(MASS, "2.1", "mg/dL"), who=who)
    assert RISK not in told(measured(MASS, "1.2", "mg/dL"), who=who)  # 52 or 69


@pytest.mark.parametrize("code", ["N17.9", "Z99.2"])
def test_in_acute_injury_and_dialysis_nothing_is_computed_and_the_disease_is_named(code: str) -> None:
    said = told(measured(MASS, "2.1", "mg/dL"), condition(code))
    assert {"N17.9": "Acute kidney failure", "Z99.2": "Dependence on dialysis"}[code] in said
    assert "computed" not in said


def test_an_acute_injury_that_was_refuted_withholds_nothing() -> None:
    refuted = {**condition("N17.9"), "verificationStatus": {"coding": [{"code": "refuted"}]}}
    assert "computed" in told(measured(MASS, "2.1", "mg/dL"), refuted)


RISES = "Creatinine rose from"


@pytest.mark.parametrize(
    ("earlier", "newest", "days", "rises"),
    [
        ("0.9", "2.0", 18, True),
        ("0.9", "4.5", 10, True),
        ("0.6", "0.91", 30, True),
        ("0.6", "0.9", 30, False),
        ("0.6", "0.91", 31, False),
        ("0.9", "0.6", 10, False),
    ],
)
def test_a_creatinine_that_rises_by_more_than_half_in_a_month_warns_whatever_its_number(
    earlier: str, newest: str, days: int, rises: bool
) -> None:
    said = told(measured(MASS, newest, "mg/dL"), measured(MASS, earlier, "mg/dL", days_ago=1 + days))
    assert (RISES in said) is rises, said
    assert rises is (f"{RISES} {earlier} mg/dL to {newest.removesuffix('.0')} mg/dL in {days} days" in said), said


@pytest.mark.parametrize(("highest", "warns"), [("1.6", True), ("1.5", False)])
def test_a_creatinine_that_fell_by_more_than_half_is_a_risk_to_the_kidney(highest: str, warns: bool) -> None:
    said = told(measured(MASS, "1.0", "mg/dL"), measured(MASS, highest, "mg/dL", days_ago=10))
    assert (RISK in said) is warns, said
    assert RISES not in said


@pytest.mark.parametrize(
    ("newest", "earlier", "rises"),
    [
        (bounded(">", "3"), measured(MASS, "0.9", "mg/dL", days_ago=9), True),
        (bounded("<", "3"), measured(MASS, "0.9", "mg/dL", days_ago=9), False),
        (measured(MASS, "2", "mg/dL"), bounded("<", "1", days_ago=9), True),
        (measured(MOLES, "177", "umol/L"), measured(MASS, "0.9", "mg/dL", days_ago=9), True),
    ],
)
def test_a_bound_or_another_unit_shows_a_rise_where_it_suffices(newest: Json, earlier: Json, rises: bool) -> None:
    assert (RISES in told(newest, earlier)) is rises


def test_an_egfr_of_the_same_sample_does_not_hide_a_rise_and_a_later_one_ends_it() -> None:
    rise = measured(MASS, "0.95", "mg/dL", days_ago=5), measured(MASS, "0.6", "mg/dL", days_ago=15)
    assert RISES in told(*rise, measured(EPI, "75", days_ago=5))
    assert RISES not in told(*rise, measured(EPI, "75", days_ago=4))


def test_a_change_never_takes_away_what_the_newest_creatinine_warns_of() -> None:
    for earlier in ("0.7", "1.3", "1.4", "6"):
        said = told(measured(MASS, "2.1", "mg/dL"), measured(MASS, earlier, "mg/dL", days_ago=12))
        assert RISK in said or "also: Kidney risk" in said, earlier


def test_a_newer_egfr_counts_and_an_older_one_does_not_withhold_what_is_computed() -> None:
    assert RISK not in told(measured(MASS, "2.1", "mg/dL", days_ago=5), measured(EPI, "75", days_ago=4))
    assert RISK in told(measured(MASS, "2.1", "mg/dL", days_ago=4), measured(EPI, "75", days_ago=5))


def test_what_is_computed_never_takes_a_card_away() -> None:
    normal = told(measured(MASS, "0.7", "mg/dL"))
    assert RISK not in normal
    assert "no eGFR" in normal
    assert RISK in told(measured(MASS, "0.7", "mg/dL"), condition("N18.31"))


@pytest.mark.parametrize("code", ["N18.1", "N18.2"])
def test_early_kidney_disease_warns_unless_an_egfr_was_measured_that_is_not_reduced(code: str) -> None:
    assert RISK in told(condition(code))
    assert RISK in told(condition(code), measured(EPI, "59"))
    assert RISK in told(condition(code), measured(MASS, "0.7", "mg/dL"))
    measured_well = told(condition(code), measured(EPI, "75"))
    assert RISK not in measured_well
    assert "Kidney: chronic kidney disease of stage 1 or 2" in measured_well


OLD = "too old to count as today's"


@pytest.mark.parametrize(
    ("values", "days", "is_old", "warns"),
    [
        (["95"], 365, False, False),
        (["95"], 367, True, False),
        (["95"], 3650, True, False),
        (["45"], 3650, False, True),
        (["95", "45"], 3650, False, True),
    ],
)
def test_an_egfr_that_is_not_reduced_reassures_for_a_year_and_one_that_is_reduced_warns_at_any_age(
    values: list[str], days: int, is_old: bool, warns: bool
) -> None:
    said = told(*(measured(EPI, each, days_ago=days) for each in values))
    assert (OLD in said) is is_old, said
    assert (RISK in said) is warns, said


def test_an_old_egfr_does_not_soften_early_kidney_disease() -> None:
    assert RISK in told(condition("N18.2"), measured(EPI, "75", days_ago=400))
    assert OLD not in told(measured(EPI, "75", days_ago=400), measured(EPI, "80", days_ago=3))
