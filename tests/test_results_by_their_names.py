"""Results and weights that only their name tells: read where a name says it whole, else told as there and not used."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.posted_charts import SUBJECT as MMN_SUBJECT
from tests.posted_charts import answered, bundled, chart, entries, rows
from tests.shipped import shipped
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import SUBJECT, Json, searched, signed, today, weight

MAPPINGS = shipped().mappings
LOCAL, LOINC = "urn:our:laboratory", "http://loinc.org"


def named(text: str, system: str = "", code: str = "") -> Json:
    return {"text": text, "coding": [{"system": system, "code": code}]} if code else {"text": text}


def displayed(text: str) -> Json:
    return {"coding": [{"system": LOCAL, "code": "X1", "display": text}]}


def result(code: Json, value: object, **more: Any) -> Json:
    dated = {"effectiveDateTime": today(), "subject": SUBJECT}
    said = {"valueQuantity": value} if isinstance(value, dict) else {"valueString": value}
    return {"resourceType": "Observation", "id": "r", "status": "final", "code": code, **dated, **said, **more}


def amount(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit}


def said(client: FlaskClient, *results: Json, kilograms: int | None = 80) -> str:
    """All that the cards on a course of 160 g say."""
    found = [weight(kilograms)] if kilograms else []
    made = signed(client, draft(line(32, daily(5))), findings=searched(*found), laboratory=searched(*results))
    return "\n".join(f"{card['summary']}\n{card['detail']}" for card in made)


EGFR = (
    *("eGFR (CKD-EPI) nach Kreatinin", "GFR nach Kreatinin (CKD-EPI)", "Creatinine-based eGFR", "eGFR, creatinine"),
    *("DFG estimé par la créatinine", "eGFR kreatinin", "Kreatinin-basierte eGFR", "eGFR (creatinine clearance)"),
    *("GFR (kreatinine)", "eGFR da creatinina", "VFG estimado (creatinina)"),
)
CREATININE = (
    *("Kreatinin", "Kreatinin (eGFR siehe unten)", "Creatinine, see eGFR", "Kreatinin i.S.", "Créatinine (voir DFG)"),
    "Creatinine (eGFR see below)",
)
NEITHER = (
    *("Kreatinin-Clearance", "Creatinine clearance", "Clairance de la créatinine", "Aclaramiento de creatinina"),
    *("EGFR mutation", "Kreatinin im Urin", "Kreatinin-Clearance 24 h"),
)


def kinds(text: str) -> list[str]:
    return [concept.name for concept in MAPPINGS.concepts_of(named(text), "Observation")]


@pytest.mark.parametrize("text", EGFR)
def test_an_egfr_by_creatinine_is_an_egfr(text: str) -> None:
    assert kinds(text) == ["egfr_in_words"]


@pytest.mark.parametrize("text", CREATININE)
def test_a_creatinine_that_only_points_to_an_egfr_is_a_creatinine(text: str) -> None:
    assert kinds(text) == ["creatinine_in_words"]


@pytest.mark.parametrize("text", NEITHER)
def test_a_clearance_and_another_test_of_the_name_are_neither(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize("unit", ["mL/min", "ml/min/1,73 m²", "ml/min/1,73 m2", "mL/min/1.73m2"])
def test_a_low_egfr_by_creatinine_warns_of_the_kidney(client: FlaskClient, unit: str) -> None:
    low = result(named("eGFR (CKD-EPI) nach Kreatinin", LOCAL, "GFR"), amount(31, unit))
    assert "Kidney risk (eGFR at most 31" in said(client, low)
    assert "No eGFR or creatinine was found" not in said(client, low)


WEIGHTS = (
    *("Body weight", "Körpergewicht", "Poids", "Peso corporal", "Peso", "Lichaamsgewicht", "Kroppsvikt", "Masa ciała"),
    *("Body weight Measured --with clothes", "Weight", "Gewicht"),
)


@pytest.mark.parametrize("code", [*map(named, WEIGHTS), *map(displayed, ("Body weight", "Körpergewicht"))])
def test_a_weight_by_its_whole_name_is_a_weight(client: FlaskClient, code: Json) -> None:
    told = said(client, result(code, amount(50, "kg")), kilograms=None)
    assert "course of 3.2 g/kg is above the usual range" in told


@pytest.mark.parametrize("code", ["27113001", "363808001"])
def test_a_weight_by_snomed_is_a_weight(client: FlaskClient, code: str) -> None:
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": code}]}
    assert "3.2 g/kg" in said(client, result(coded, amount(50, "kg")), kilograms=None)


@pytest.mark.parametrize(
    "text", ["Birth weight", "Ideal body weight", "Weight loss", "Target weight", "Geburtsgewicht"]
)
def test_another_weight_is_none(client: FlaskClient, text: str) -> None:
    assert "no weight is on record" in said(client, result(named(text), amount(50, "kg")), kilograms=None)


IGA = ("IgA", "Immunoglobulin A", "Immunoglobulin A, serum", "IgA im Serum", "Immunglobulin A (IgA)", "IgA sérique")


@pytest.mark.parametrize("text", IGA)
@pytest.mark.parametrize(("value", "unit"), [(0.03, "g/L"), (3, "mg/dL")])
def test_a_low_iga_by_its_whole_name_warns(client: FlaskClient, text: str, value: float, unit: str) -> None:
    assert "IgA deficiency: look for antibodies to IgA" in said(client, result(named(text), amount(value, unit)))


OTHER_IGA = ("Chlamydia IgA", "Anti-tTG IgA", "IgA subclass 1", "Urine IgA", "IgA nephropathy score", "VCA-IgA")


@pytest.mark.parametrize("text", OTHER_IGA)
def test_another_iga_is_not_the_iga_of_serum(client: FlaskClient, text: str) -> None:
    told = said(client, result(named(text), amount(0.03, "g/L")))
    assert "IgA deficiency" not in told
    assert "none was found by the codes" in told


@pytest.mark.parametrize("value", ["<0,07 g/L", "0,05 g/L", "0.05 g/L"])
def test_a_low_iga_as_a_text_warns_also_with_a_comma(client: FlaskClient, value: str) -> None:
    coded = {"coding": [{"system": LOINC, "code": "2458-8"}]}
    assert "IgA deficiency: look for antibodies to IgA" in said(client, result(coded, value))


@pytest.mark.parametrize("value", ["1,05 g/L", "2.4 g/L"])
def test_a_normal_iga_as_a_text_does_not(client: FlaskClient, value: str) -> None:
    coded = {"coding": [{"system": LOINC, "code": "2458-8"}]}
    assert "IgA deficiency" not in said(client, result(coded, value))


GM1 = ("Anti-GM1 IgM", "AK gegen GM1 IgM", "GM1-IgM", "IgM anti-GM1", "Anticorps anti-GM1 IgM", "GM1 IgM Antikörper")


@pytest.mark.parametrize("text", GM1)
@pytest.mark.parametrize("value", [amount(120, "%"), "1:3200", "Positivo (1/1600)"])
def test_a_gm1_by_its_name_is_there_and_not_used(client: FlaskClient, text: str, value: object) -> None:
    told = said(client, result(named(text, LOCAL, "GM1M"), value))
    assert "A GM1 result is in the record but could not be used" in told
    assert "GM1: no result was found" not in told


@pytest.mark.parametrize("text", ["Anti-GM1b IgM", "Asialo-GM1 IgM", "Anti-GM1 IgG", "GM1 im Liquor, IgM", "GM1"])
def test_another_antibody_is_no_gm1_igm(client: FlaskClient, text: str) -> None:
    assert "GM1 result is in the record" not in said(client, result(named(text, LOCAL, "GM1X"), amount(120, "%")))


GROUPS = ("A POS", "A Rh pos", "AB+", "B positive", "A/pos", "B RhD negative")


@pytest.mark.parametrize("text", GROUPS)
@pytest.mark.parametrize("code", ["882-1", "883-9"])
def test_a_blood_group_with_its_rhesus_factor_is_read(client: FlaskClient, text: str, code: str) -> None:
    group = result({"coding": [{"system": LOINC, "code": code}]}, text)
    assert "Haemolysis risk (blood group other than O)" in said(client, group)


@pytest.mark.parametrize("text", ["0 Rh pos", "O POS", "0+", "O Rh(D) negative"])
def test_group_o_is_read_also_where_it_is_written_as_zero(client: FlaskClient, text: str) -> None:
    group = result({"coding": [{"system": LOINC, "code": "882-1"}]}, text)
    assert "blood group is not known" not in said(client, group)
    assert "Haemolysis risk (blood group" not in said(client, group)


@pytest.mark.parametrize("text", ["C", "pending", "A or B", "Rh pos"])
def test_what_names_no_group_leaves_it_open(client: FlaskClient, text: str) -> None:
    assert "blood group is not known" in said(client, result({"coding": [{"system": LOINC, "code": "882-1"}]}, text))


CK = {"coding": [{"system": LOINC, "code": "2157-6"}]}
MUSCLE = "points to a disease of muscle"
HIGH: tuple[object, ...] = (
    *(amount(86, "ukat/L"), amount(86, "µkat/L"), amount(5200, "IU/L"), amount(5200, "UI/L"), amount(5200, "[IU]/L")),
    *({**amount(1000, "U/L"), "comparator": ">"}, ">1000 U/L", amount(5200, "U/L"), amount(86000, "nkat/L")),
)
LOW: tuple[object, ...] = (
    *(amount(3, "ukat/L"), amount(200, "IU/L"), {**amount(1000, "U/L"), "comparator": "<"}, amount(999, "U/L")),
    {**amount(300, "U/L"), "comparator": ">"},
)


def with_ck(client: FlaskClient, value: object, **more: Any) -> Json:
    ck = {**result(CK, value, **more), "subject": MMN_SUBJECT, "effectiveDateTime": "2026-03-01"}
    return answered(client, bundled("collection", entries(*chart(), {**ck, "id": "ck"})))


@pytest.mark.parametrize("value", HIGH)
def test_a_high_creatine_kinase_is_named_in_every_unit_of_it(client: FlaskClient, value: object) -> None:
    answer = with_ck(client, value)
    assert any(MUSCLE in card["summary"] for card in answer["cards"])
    assert "Observation/ck" in answer["evaluation"]["used"]


@pytest.mark.parametrize("value", LOW)
def test_a_creatine_kinase_that_may_be_lower_is_not(client: FlaskClient, value: object) -> None:
    assert not any(MUSCLE in card["summary"] for card in with_ck(client, value)["cards"])


@pytest.mark.parametrize("unit", ["foo", "mmol/L", "%"])
def test_a_creatine_kinase_in_a_unit_of_nothing_is_listed_as_not_used(client: FlaskClient, unit: str) -> None:
    answer = with_ck(client, amount(5200, unit))
    assert rows(answer)["Observation/ck"] == "unit"
    assert "Observation/ck" not in answer["evaluation"]["used"]


def test_a_creatine_kinase_that_the_laboratory_judges_is_used_in_any_unit(client: FlaskClient) -> None:
    answer = with_ck(client, amount(5200, "foo"), interpretation=[{"coding": [{"code": "H"}]}])
    assert "Observation/ck" in answer["evaluation"]["used"]


SERUM_GM1 = {"coding": [{"system": LOINC, "code": "51703-7"}]}
HIGH_GM1 = {"interpretation": [{"coding": [{"code": "H"}]}]}


def supportive(client: FlaskClient, gm1: Json) -> str:
    others = [each for each in chart() if "51703-7" not in str(each)]
    told = answered(client, bundled("collection", entries(*others, {**gm1, "subject": MMN_SUBJECT, "id": "gm1"})))
    return next(str(row["verdict"]) for row in told["evaluation"]["criteria"] if "gm1" in row["id"])


def gm1(**more: Any) -> Json:
    return {**result(SERUM_GM1, amount(85, "IV"), **more), "effectiveDateTime": "2026-02-01"}


@pytest.mark.parametrize("fluid", ["Liquor cerebrospinalis", "CSF", "Cerebrospinal fluid", "LCR", "Urine"])
def test_a_serum_antibody_of_another_fluid_counts_for_nothing(client: FlaskClient, fluid: str) -> None:
    assert supportive(client, gm1(**HIGH_GM1, specimen={"display": fluid})) == "unknown"
    held = [{"resourceType": "Specimen", "id": "s", "type": {"text": fluid}}]
    assert supportive(client, gm1(**HIGH_GM1, specimen={"reference": "#s"}, contained=held)) == "unknown"


@pytest.mark.parametrize("fluid", ["Serum", "Blood", "Plasma", "Venous blood"])
def test_a_serum_antibody_of_blood_counts(client: FlaskClient, fluid: str) -> None:
    assert supportive(client, gm1(**HIGH_GM1, specimen={"display": fluid})) == "met"


ANNOTATED = {"value": 85, "unit": "IV", "system": "http://unitsofmeasure.org", "code": "{IV}"}


@pytest.mark.parametrize("limit", [amount(50, "IV"), {**ANNOTATED, "value": 50}, {"value": 50}])
def test_a_range_counts_whether_or_not_its_unit_stands_in_braces(client: FlaskClient, limit: Json) -> None:
    assert supportive(client, gm1(valueQuantity=ANNOTATED, referenceRange=[{"high": limit}])) == "met"
    assert (
        supportive(client, gm1(valueQuantity=ANNOTATED, referenceRange=[{"high": {**limit, "value": 90}}])) == "not_met"
    )


def test_a_range_in_another_unit_leaves_it_open(client: FlaskClient) -> None:
    assert supportive(client, gm1(valueQuantity=ANNOTATED, referenceRange=[{"high": amount(50, "mg/L")}])) == "unknown"
