"""What an order of immunoglobulin is held against: codes and what is below them, what is over, words of results."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.domain.facts import UNSEEN
from service.fhir.intake.drafts import Drafts
from service.fhir.intake.wholeness import DRUG_HISTORY, Seen
from tests.shipped import shipped

EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
SUBJECT = {"reference": "Patient/p"}
ICD10, SNOMED, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org"
Json = dict[str, Any]


def condition(code: str, system: str = ICD10, name: str = "c", status: str = "active") -> Json:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": {"coding": [{"code": status}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": SUBJECT,
    }


def observed(code: str, day: str = "2026-03-01", name: str = "x", **value: Any) -> Json:
    coding = {"coding": [{"system": LOINC, "code": code}]}
    made = {"resourceType": "Observation", "id": name, "status": "final", "code": coding, "subject": SUBJECT}
    return {**made, "effectiveDateTime": day, **value}


def quantity(value: str, unit: str) -> Json:
    return {"value": Decimal(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def low_iga() -> Json:
    return observed("2458-8", name="iga", valueQuantity=quantity("3", "mg/dL"))


def allergy(**changes: Any) -> Json:
    made = {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": {"text": "Immune globulin"}}
    return {**made, **changes}


def ordered(product: str = "Immune globulin", unit: str = "g/kg", dose: str = "0.4") -> Json:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
    return {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": product},
        "dosageInstruction": [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity(dose, unit)}]}],
    }


def cards(*resources: Json, draft: Json | None = None, unseen: frozenset[str] = frozenset()) -> list[Json]:
    chart = [(None, each) for each in (condition("G61.82", name="mmn"), *resources)]
    drafts = Drafts([(None, draft or ordered())], frozenset())
    return EVALUATOR.evaluate_orders(
        "p", None, chart, drafts, AS_OF, Seen(dict.fromkeys(unseen, UNSEEN), DRUG_HISTORY)
    ).cards


def told(*resources: Json, draft: Json | None = None, unseen: frozenset[str] = frozenset()) -> str:
    found = cards(*resources, draft=draft, unseen=unseen)
    return "\n".join(f"{card['indicator']}: {card['summary']}\n{card['detail']}" for card in found)


BELOW = {
    "Volume load or viscosity": ("I50.1", "I50.20", "I50.22", "I50.32", "I50.9"),
    "Thrombosis risk": ("I82.401", "I26.09", "I21.4", "I63.50", "D68.51", "D68.61", "D68.62", "Z86.718", "C90.00"),
    "Kidney risk": ("N18.9", "N18.3", "N18.30", "N17.0", "E10.21", "E11.65", "C90.00"),
}
CHILDREN = {
    "Kidney risk": ("709044004", "433144002", "46177005", "236423003"),
    "Volume load or viscosity": ("42343007", "84114007"),
    "Thrombosis risk": ("401314000", "404223003", "22298006"),
}


@pytest.mark.parametrize(("risk", "code"), [(risk, code) for risk, codes in BELOW.items() for code in codes])
def test_a_code_below_a_listed_one_counts(risk: str, code: str) -> None:
    # By its name alone: with much room a card tells it in a sentence, with little in a few words.
    assert risk.removesuffix(" risk") in told(condition(code))


@pytest.mark.parametrize(("risk", "code"), [(risk, code) for risk, codes in CHILDREN.items() for code in codes])
def test_a_listed_child_counts(risk: str, code: str) -> None:
    assert risk in told(condition(code, SNOMED))


@pytest.mark.parametrize("code", ["I51.9", "I5", "I", "", "E74.1", "D80.29", "i50.20", "I50" + "0" * 200, "G45.4"])
def test_a_code_beside_the_listed_ones_says_nothing(code: str) -> None:
    assert "Volume load" not in told(condition(code))
    assert "warning: " not in told(condition(code))


@pytest.mark.parametrize("status", ["resolved", "inactive", "remission"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("I82.409", "Thrombosis risk"),
        ("I26.99", "Thrombosis risk"),
        ("I21.9", "Thrombosis risk"),
        ("G03.0", "aseptic meningitis"),
        ("J95.84", "lung injury"),
        ("T50.Z15A", "Earlier reaction to immunoglobulin"),
        ("D59.9", "Haemolysis risk"),
    ],
)
def test_what_is_over_was_there_once(code: str, said: str, status: str) -> None:
    assert said in told(condition(code, status=status))


def test_a_thrombosis_that_has_abated_counts_and_one_that_was_refuted_does_not() -> None:
    abated = {**condition("I82.409"), "clinicalStatus": None, "abatementDateTime": "2020-01-01"}
    assert "Thrombosis risk" in told({key: value for key, value in abated.items() if value is not None})
    refuted = {**condition("I82.409"), "verificationStatus": {"coding": [{"code": "refuted"}]}}
    assert "Thrombosis risk" not in told(refuted)


@pytest.mark.parametrize("code", ["E86.0", "A41.9", "D80.2"])
def test_what_asks_for_now_does_not_count_when_it_is_over(code: str) -> None:
    assert "warning: " not in told(condition(code, status="resolved"))


def test_a_reaction_that_stands_as_a_diagnosis_contraindicates_as_an_allergy_does() -> None:
    named = {**condition(""), "code": {"text": "Anaphylaxie auf IVIG 2019"}}
    assert "critical: Contraindicated: earlier reaction to immunoglobulin (severe)" in told(named)
    unsure = {**named, "code": {"text": "Severe infusion reaction to Privigen"}}
    assert "critical: Contraindicated: earlier reaction to immunoglobulin (not stated)" in told(unsure)
    assert "critical: " not in told({**named, "code": {"text": "No reaction to IVIG"}})


POSITIVE: list[Json] = [
    {"valueString": "Detected"},
    {"valueBoolean": True},
    {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "260373001"}]}},
    {"valueString": "1:64", "interpretation": [{"coding": [{"code": "POS"}]}]},
]


@pytest.mark.parametrize("value", POSITIVE)
def test_antibodies_to_iga_with_deficiency_and_an_earlier_reaction_are_a_contraindication(value: Json) -> None:
    reaction = allergy(reaction=[{"manifestation": [{"text": "hives"}], "severity": "mild"}])
    found = told(low_iga(), observed("44584-1", **value), reaction)
    assert "critical: Contraindicated: IgA deficiency with antibodies" in found
    assert "slow the infusion" not in found


@pytest.mark.parametrize(
    "value", [{"valueString": "1:64"}, {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 64}}}]
)
def test_a_titre_of_antibodies_to_iga_that_nobody_judged_is_named_and_not_asked_for(value: Json) -> None:
    found = told(low_iga(), observed("44583-3", **value))
    assert "warning: IgA deficiency, and a result of antibodies to IgA could not be used" in found
    assert "test for antibodies" not in found


def test_negative_antibodies_are_not_asked_for_again() -> None:
    found = told(low_iga(), observed("44584-1", valueString="negative"))
    assert "warning: IgA deficiency: prefer a product low in IgA" in found
    assert "look for antibodies" not in found


def test_antibodies_that_were_never_tested_are_not_called_negative() -> None:
    found = told(low_iga())
    assert "look for antibodies to IgA" in found
    assert "negative" not in found


def test_antibodies_to_iga_without_an_iga_are_told() -> None:
    found = told(observed("44584-1", valueString="positive"))
    assert "warning: Antibodies to IgA on record: measure IgA" in found
    assert "IgA: none was found" in found


def test_without_hypersensitivity_the_antibodies_are_a_warning_and_unseen_allergies_are_not_absent() -> None:
    results = low_iga(), observed("44584-1", valueString="positive")
    assert "critical" not in told(*results)
    assert "critical: IgA deficiency with antibodies" in told(*results, unseen=frozenset({"allergies"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"verificationStatus": {"coding": [{"code": "presumed"}]}},
        {"verificationStatus": {"coding": [{"code": "unconfirmed"}]}},
    ],
)
def test_a_severe_reaction_counts_however_sure_it_is(changes: Json) -> None:
    anaphylaxis = allergy(reaction=[{"manifestation": [{"text": "Anaphylaxis"}]}], **changes)
    assert "critical: Contraindicated: earlier reaction" in told(anaphylaxis)


def test_an_allergy_that_cannot_be_used_is_a_warning() -> None:
    unread = allergy(clinicalStatus={"coding": [{"code": "gone"}]})
    assert "warning: An allergy to immunoglobulin in the record could not be used" in told(unread)


@pytest.mark.parametrize(
    "text", ["A+", "AB+", "B -", "a rh(d) positive", "Group A", "blood group AB neg", "A, RhD pos"]
)
def test_a_blood_group_with_its_rhesus_factor_is_read(text: str) -> None:
    assert "Haemolysis risk" in told(observed("883-9", valueString=text))


@pytest.mark.parametrize("text", ["O+", "O neg", "group O"])
def test_blood_group_o_raises_no_risk(text: str) -> None:
    found = told(observed("883-9", valueString=text))
    assert "aemolysis" not in found


@pytest.mark.parametrize("text", ["abo", "apparently O", "AO", "see form", "bombay"])
def test_a_text_that_is_no_blood_group_is_named(text: str) -> None:
    assert "A blood group is in the record but could not be used" in told(observed("883-9", valueString=text))


def test_a_blood_group_by_its_code_with_the_rhesus_factor_is_read() -> None:
    coded: Json = {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "278149003"}]}}
    assert "Haemolysis risk" in told(observed("883-9", **coded))


def test_blood_group_a_and_a_dose_without_a_weight_are_told() -> None:
    found = told(observed("883-9", valueString="A"), draft=ordered(unit="g", dose="32"))
    assert "Haemolysis: the blood group is not O, and the dose by weight could not be worked out" in found


NEWER_WEIGHTS: list[Json] = [
    {"status": "preliminary", "valueQuantity": quantity("60", "kg")},
    {"valueQuantity": quantity("800", "kg")},
    {"valueQuantity": quantity("60", "cm")},
]


@pytest.mark.parametrize("newer", NEWER_WEIGHTS)
def test_a_newer_weight_that_could_not_be_used_is_named(newer: Json) -> None:
    older = observed("29463-7", "2026-02-20", "w1", valueQuantity=quantity("80", "kg"))
    found = told(older, observed("29463-7", name="w2", **newer), draft=ordered(unit="g", dose="32"))
    assert "A newer weight is in the record but could not be used: a result" in found
    assert "Weight needed" not in found


def test_an_older_weight_that_could_not_be_used_is_no_news() -> None:
    newer = observed("29463-7", "2026-03-02", "w1", valueQuantity=quantity("80", "kg"))
    unread = observed("29463-7", "2026-02-20", "w2", valueQuantity=quantity("60", "cm"))
    assert "A newer weight" not in told(newer, unread, draft=ordered(unit="g", dose="32"))


def test_a_metabolic_disorder_asks_for_the_name_of_the_product() -> None:
    assert "warning: Name the product" in told(condition("E74.12"))
    assert "Name the product" not in told(condition("E74.12"), draft=ordered("Gammagard Liquid"))
    assert "This product holds sorbitol" in told(condition("E74.12"), draft=ordered("Flebogamma 10%"))


def test_a_product_with_sucrose_is_named_where_the_kidneys_are_at_risk() -> None:
    low = observed("62238-1", valueQuantity=quantity("40", "mL/min/{1.73_m2}"))
    assert "this product holds sucrose" in told(low, draft=ordered("Carimune NF"))


def test_maltose_in_diabetes_names_no_other_stabiliser() -> None:
    found = told(condition("E11.9"), draft=ordered("Octagam 10%"))
    assert "maltose" in found.casefold()
    assert "sorbitol" not in found
    assert "proline" not in found


def test_a_creatinine_without_an_egfr_is_not_called_missing() -> None:
    creatinine = observed("2160-0", valueQuantity=quantity("3", "mg/dL"))
    found = told(creatinine)
    assert "a creatinine is on record and no eGFR: a result" in found
    assert "neither eGFR nor creatinine" not in found


def test_a_creatinine_that_the_laboratory_calls_high_is_a_risk() -> None:
    limits = [{"high": quantity("1.2", "mg/dL")}]
    found = told(observed("2160-0", valueQuantity=quantity("3", "mg/dL"), referenceRange=limits))
    assert "warning: Kidney risk" in found


# ---- a code that takes in more than one disease -------------------------------------------------------------

PROLINE_IS_HELD = "This product holds proline"


@pytest.mark.parametrize(
    "text", ["Hyperprolinemia type II", "Hyperprolinämie", "hyperprolinaemia", "Iperprolinemia di tipo I"]
)
def test_the_wide_code_with_a_text_that_names_hyperprolinaemia_is_hyperprolinaemia(text: str) -> None:
    chart = condition("E72.59")
    chart["code"]["text"] = text
    said = told(chart, draft=ordered("Privigen 10%"))
    assert PROLINE_IS_HELD in said
    assert "takes in hyperprolinaemia among others" not in said


@pytest.mark.parametrize(
    "text", [None, "Sarcosinemia", "Hyperhydroxyprolinemia", "Other disorders of glycine metabolism"]
)
def test_the_wide_code_alone_asks_whether_it_is_hyperprolinaemia(text: str | None) -> None:
    chart = condition("E72.59")
    if text:
        chart["code"]["text"] = text
    said = cards(chart, draft=ordered("Privigen 10%"))
    assert [card["indicator"] for card in said if "proline" in card["detail"]] == ["info"]
    assert any("takes in hyperprolinaemia among others" in card["detail"] for card in said)


def test_the_wide_code_says_nothing_on_a_product_without_proline() -> None:
    assert "proline" not in told(condition("E72.59"), draft=ordered("Octagam 10%"))


# ---- drugs by their ATC codes -------------------------------------------------------------------------------


def taken(code: str) -> Json:
    drug = {"coding": [{"system": "http://www.whocc.no/atc", "code": code}]}
    made = {"resourceType": "MedicationStatement", "id": "s", "status": "active", "subject": SUBJECT}
    return {**made, "medicationCodeableConcept": drug}


@pytest.mark.parametrize("code", ["M01AE01", "M01AB05", "M01AX17", "M01AH01", "J01GA01", "J01GB03"])
def test_an_anti_inflammatory_or_an_aminoglycoside_is_a_risk_to_the_kidney(code: str) -> None:
    assert "nephrotoxic drug" in told(taken(code))


@pytest.mark.parametrize("code", ["L04AD01", "L04AD02"])
def test_a_calcineurin_inhibitor_is_a_risk_to_the_kidney(code: str) -> None:
    assert "nephrotoxic drug" in told(taken(code))


def named(name: str) -> Json:
    return {**taken("L04AD02"), "medicationCodeableConcept": {"text": name}}


@pytest.mark.parametrize("name", ["Tacrolimus 2 mg", "Prograf", "Ciclosporin 100 mg", "シクロスポリン"])
def test_a_calcineurin_inhibitor_is_known_by_its_name(name: str) -> None:
    assert "nephrotoxic drug" in told(named(name))


@pytest.mark.parametrize("name", ["Protopic 0.1% ointment", "tacrolimus ointment", "Ikervis", "Sirolimus"])
def test_a_calcineurin_inhibitor_on_skin_or_eye_and_another_drug_are_no_risk_to_the_kidney(name: str) -> None:
    assert "nephrotoxic" not in told(named(name)).lower()


@pytest.mark.parametrize("code", ["D11AH01", "S01XA18"])
def test_a_calcineurin_inhibitor_for_skin_or_eye_is_no_risk_to_the_kidney(code: str) -> None:
    assert "nephrotoxic" not in told(taken(code))


def test_a_calcineurin_inhibitor_that_was_stopped_is_no_risk_to_the_kidney() -> None:
    assert "nephrotoxic" not in told({**taken("L04AD02"), "status": "stopped"})


@pytest.mark.parametrize("code", ["M01AX05", "M01AX12", "M01AX14", "M01AX21", "M01AX24", "M01AX25", "M01AX26"])
def test_glucosamine_and_its_like_are_no_risk_to_the_kidney(code: str) -> None:
    assert "nephrotoxic" not in told(taken(code))


@pytest.mark.parametrize("code", ["G03HB01", "G03AA07", "G03CA03", "G03FA01"])
def test_an_oestrogen_alone_or_combined_is_a_risk_of_thrombosis(code: str) -> None:
    assert "(oestrogen)" in told(taken(code))


def test_a_progestogen_is_no_oestrogen() -> None:
    assert "oestrogen" not in told(taken("G03AC01"))
