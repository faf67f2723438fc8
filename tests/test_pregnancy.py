"""Pregnancy by code, by text, and by the answer of a status: doses by adjusted weight do not hold in it."""

from decimal import Decimal

import pytest

from tests.test_orders_in_other_languages import SUBJECT, Json, cards_of, mmn

LOINC, SNOMED, WHO = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
CM, UCUM = "http://hl7.org/fhir/sid/icd-10-cm", "http://unitsofmeasure.org"
WOMAN: Json = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-01"}


def measured(loinc: str, value: int, unit: str) -> Json:
    return observed(loinc, {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}})


def observed(loinc: str, answer: Json) -> Json:
    code = {"coding": [{"system": LOINC, "code": loinc}]}
    made = {"resourceType": "Observation", "id": f"o-{loinc}", "status": "final", "subject": SUBJECT, "code": code}
    return {**made, "effectiveDateTime": "2026-02-20", **answer}


def diagnosed(text: str = "", system: str = "", code: str = "") -> Json:
    concept: Json = {"text": text} if text else {"coding": [{"system": system, "code": code}]}
    return {**mmn(), "id": "c", "code": concept}


def coded(system: str, code: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


ORDER: Json = {
    "resourceType": "MedicationRequest",
    "id": "d",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": {"text": "Privigen"},
    "dosageInstruction": [
        {
            "route": {"text": "intravenous"},
            "timing": {
                "repeat": {
                    "boundsDuration": {"value": 5, "unit": "d", "system": UCUM, "code": "d"},
                    "frequency": 1,
                    "period": 1,
                    "periodUnit": "d",
                }
            },
            "doseAndRate": [
                {"doseQuantity": {"value": Decimal("0.4"), "unit": "g/kg", "system": UCUM, "code": "g/kg"}}
            ],
        }
    ],
}


def is_adjusted(*chart: Json) -> bool:
    """Whether dosing by adjusted weight is named for a heavy woman."""
    body = [measured("29463-7", 120, "kg"), measured("8302-2", 165, "cm")]
    return any("adjusted weight" in line for line in cards_of(ORDER, WOMAN, mmn(), *body, *chart))


@pytest.mark.parametrize(
    "said",
    [
        diagnosed(system=CM, code="O26.891"),
        diagnosed(system=CM, code="Z34.90"),
        diagnosed(system=CM, code="Z3A.20"),
        diagnosed(system=CM, code="O22.31"),
        diagnosed(system=WHO, code="O99.3"),
        diagnosed(system=SNOMED, code="77386006"),
        diagnosed("Pregnant, 20 weeks"),
        diagnosed("Schwangerschaft 24. SSW"),
        diagnosed("grossesse en cours"),
        observed("82810-3", coded(LOINC, "LA15173-0")),
        observed("82810-3", coded(SNOMED, "77386006")),
        observed("82810-3", {"valueCodeableConcept": {"text": "Pregnant"}}),
        observed("82810-3", {"valueString": "schwanger"}),
    ],
)
def test_in_pregnancy_no_adjusted_weight_is_named(said: Json) -> None:
    assert not is_adjusted(said)


@pytest.mark.parametrize(
    "said",
    [
        diagnosed("Pregnancy test negative"),
        diagnosed("not pregnant"),
        diagnosed(system=CM, code="Z30.9"),
        observed("82810-3", coded(LOINC, "LA26683-5")),
        observed("82810-3", {"valueCodeableConcept": {"text": "Not pregnant"}}),
    ],
)
def test_whoever_is_not_pregnant_has_one(said: Json) -> None:
    assert is_adjusted(said)


CYCLOPHOSPHAMIDE: Json = {**ORDER, "medicationCodeableConcept": {"text": "Cyclophosphamide"}, "dosageInstruction": []}
MAN: Json = {**WOMAN, "gender": "male"}
PREGNANT = "critical: Pregnancy is in the chart"
ASKED = "warning: Is there a pregnancy? Clarify before cyclophosphamide"
UNIT = {"unit": "[IU]/L", "system": UCUM, "code": "[IU]/L"}


def told(*chart: Json, patient: Json = WOMAN) -> str:
    """The cards beside an order of cyclophosphamide."""
    return "\n".join(cards_of(CYCLOPHOSPHAMIDE, patient, mmn(), *chart))


def on(day: str, said: Json) -> Json:
    return {**said, "effectiveDateTime": day}


def tested(loinc: str, text: str) -> Json:
    return observed(loinc, {"valueCodeableConcept": {"text": text}})


def gonadotropin(value: int, **elements: object) -> Json:
    return observed("21198-7", {"valueQuantity": {"value": value, **UNIT}, **elements})


def named(text: str, answer: str) -> Json:
    return {**observed("x", {"valueString": answer}), "code": {"text": text}}


@pytest.mark.parametrize(
    "said",
    [
        *map(
            diagnosed,
            [
                "IUP 12 weeks",
                "12 weeks gestation",
                "gravid",
                "Hyperemesis gravidarum",
                "妊娠12週",
                "enceinte",
                "embarazada de 20 semanas",
                "incinta",
                "schwanger",
                "28 weeks pregnant",
                "Twin pregnancy",
                "Risikoschwangerschaft",
                "gestation 22 weeks",
                "third trimester",
            ],
        ),
        *(diagnosed(system=CM, code=code) for code in ("Z33.1", "O21.0", "O24.410", "O99.810", "Z3A.12", "O09.90")),
        *(tested("82810-3", text) for text in ("12 weeks pregnant", "Pregnancy confirmed", "妊娠中", "enceinte")),
        *(tested(code, "Positive") for code in ("2118-8", "2106-3", "2110-5", "19080-1")),
        named("Urine pregnancy test", "positive"),
        named("hCG", "pos"),
        observed("11778-8", {"valueDateTime": "2026-08-01"}),
        measured("11884-4", 12, "wk"),
        measured("18185-9", 100, "d"),
    ],
)
def test_a_pregnancy_is_told_in_many_ways(said: Json) -> None:
    assert PREGNANT in told(said)


@pytest.mark.parametrize(
    "said",
    [
        *map(
            diagnosed,
            [
                "Partner is pregnant",
                "Wife pregnant",
                "compagne enceinte",
                "Wish for pregnancy",
                "Kinderwunsch",
                "désir de grossesse",
                "deseo de embarazo",
                "desiderio di gravidanza",
                "History of pregnancy",
                "Previous pregnancy complicated by DVT",
                "Z. n. Schwangerschaft",
                "Pregnancy 2015",
                "Postpartum",
                "G2P2",
                "Pregnancy test negative",
                "not pregnant",
                "Recurrent pregnancy loss",
                "History of termination of pregnancy",
                "Ectopic pregnancy",
                "妊娠歴",
                "Gravida 3 para 3",
                "Planung einer Schwangerschaft",
                "desidera gravidanza",
                "Teratogenic risk in pregnancy discussed",
                "non gravida",
                "False pregnancy",
            ],
        ),
        *(
            diagnosed(system=CM, code=code)
            for code in ("Z87.59", "Z39.2", "O24.43", "O99.815", "O72.1", "O86.4", "O80")
        ),
        *(tested(code, "Negative") for code in ("2118-8", "2106-3", "2110-5", "19080-1")),
        tested("82810-3", "Patient denies pregnancy"),
        tested("82810-3", "妊娠していない"),
        gonadotropin(2, referenceRange=[{"high": {"value": 5, **UNIT}}]),
        gonadotropin(2),
        observed("11778-8", {"valueDateTime": "2024-08-01"}),
        on("2024-02-20", measured("11884-4", 12, "wk")),
        on("2024-02-20", tested("2106-3", "Positive")),
        on("2024-02-20", tested("82810-3", "Pregnant")),
    ],
)
def test_what_is_no_pregnancy_of_now_is_none(said: Json) -> None:
    found = told(said)
    assert PREGNANT not in found
    assert ASKED not in found


@pytest.mark.parametrize(
    "chart",
    [
        [diagnosed("Possible pregnancy")],
        [diagnosed(system=CM, code="Z33.2")],
        [{**diagnosed(system=CM, code="Z33.1"), "recordedDate": "2015-03-01"}],
        [{**diagnosed(system=CM, code="Z33.1"), "verificationStatus": {"coding": [{"code": "unconfirmed"}]}}],
        [tested("82810-3", "Possible pregnancy")],
        [tested("82810-3", "unknown")],
        [tested("2106-3", "Indeterminate")],
        [{**tested("2106-3", "Positive"), "status": "preliminary"}],
        [diagnosed(system=CM, code="Z33.1"), tested("82810-3", "Not pregnant")],
        [diagnosed(system=CM, code="Z33.1"), tested("2106-3", "Negative")],
        [gonadotropin(25000, referenceRange=[{"high": {"value": 5, **UNIT}}])],
        [gonadotropin(25000, interpretation=[{"coding": [{"code": "H"}]}])],
    ],
)
def test_what_leaves_it_open_is_asked(chart: list[Json]) -> None:
    found = told(*chart)
    assert ASKED in found
    assert PREGNANT not in found
    assert not is_adjusted(*chart)


def test_a_newer_answer_takes_the_place_of_an_older_one() -> None:
    before, after = on("2025-12-01", tested("2106-3", "Negative")), on("2026-02-20", tested("2118-8", "Positive"))
    assert PREGNANT in told(before, after)
    assert ASKED not in told(on("2025-12-01", tested("2106-3", "Positive")), tested("82810-3", "Not pregnant"))


def test_of_a_man_it_is_asked_and_a_test_is_of_something_else() -> None:
    assert ASKED in told(diagnosed(system=CM, code="Z33.1"), patient=MAN)
    assert ASKED not in told(tested("2106-3", "Positive"), patient=MAN)
    assert PREGNANT not in told(tested("82810-3", "Pregnant"), patient=MAN)


def test_a_refuted_pregnancy_is_none() -> None:
    refuted = {**diagnosed(system=CM, code="Z33.1"), "verificationStatus": {"coding": [{"code": "refuted"}]}}
    assert is_adjusted(refuted)
    assert ASKED not in told(refuted)
