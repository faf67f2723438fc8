"""The two hooks on orders over HTTP, with drafts as real clients send them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.json_guard import read_json
from service.web.as_of import now
from tests.bench import bodies

JSON = {"Content-Type": "application/json"}
RXNORM, ICD10 = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/icd-10-cm"
SUBJECT = {"reference": "Patient/p1"}
IMMUNOGLOBULIN, PREDNISONE = "1426680", "8640"
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}
# So that a call without access to the server says all: what is not there was looked for.
Json = dict[str, Any]


def condition(code: str, name: str = "c1") -> Json:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"coding": [{"system": ICD10, "code": code}]},
        "subject": SUBJECT,
        "recordedDate": today(),
    }


def order(code: str, name: str = "d1", **changes: Any) -> Json:
    made = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]},
        "subject": SUBJECT,
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def dosed(value: float, unit: str = "g/kg", **repeat: Any) -> list[Json]:
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return [{"timing": {"repeat": repeat or DAILY}, "doseAndRate": [{"doseQuantity": quantity}]}]


def searched(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def body(hook: str, drafts: object, selections: object = None, **prefetch: object) -> Json:
    context = {"patientId": "p1", "userId": "Practitioner/COREPRACTITIONER1", "draftOrders": drafts}
    given = {
        "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"},
        "conditions": searched(condition("G61.82")),
        **{key: searched() for key in ("nerveStudies", "laboratory", "findings")},
        **{
            key: searched()
            for key in ("medications", "treatments", "statements", "allergies", "procedures", "examinations")
        },
        **prefetch,
    }
    return {
        "hook": hook,
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": context if selections is None else {**context, "selections": selections},
        "prefetch": {key: value for key, value in given.items() if value != "left out"},
    }


def post(client: FlaskClient, content: Json) -> TestResponse:
    return client.post(f"/cds-services/mmn-{content['hook']}", data=orjson.dumps(content), headers=JSON)


def signed(client: FlaskClient, *orders: object, **prefetch: object) -> list[Json]:
    """The cards for orders that are being signed."""
    entries = [{"resource": each} for each in orders]
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    answer = post(client, body("order-sign", drafts, **prefetch))
    assert answer.status_code == 200, answer.get_json()
    cards: list[Json] = answer.get_json()["cards"]
    return cards


def summaries(cards: list[Json]) -> list[str]:
    return [f"{card['indicator']}: {card['summary']}" for card in cards]


def test_a_steroid_for_somebody_with_mmn_is_warned_of(client: FlaskClient) -> None:
    (card,) = signed(client, order(PREDNISONE))
    assert card["indicator"] == "warning"
    assert "Corticosteroids" in card["summary"]
    assert card["source"]["topic"]["code"] == "mmnOtherAgentsCorticosteroid"
    assert "mmnDiagnosis" not in orjson.dumps(card).decode()


def test_the_sandbox_opens_its_view_with_an_order_that_holds_nothing(client: FlaskClient) -> None:
    empty = {"resourceType": "MedicationRequest", "id": "x", "status": "draft", "subject": SUBJECT}
    answer = post(client, body("order-select", {"resourceType": "Bundle", "entry": [{"resource": empty}]}, []))
    assert (answer.status_code, answer.get_json()) == (200, {"cards": []})


SANDBOX = {
    "resourceType": "MedicationRequest",
    "id": "request-1",
    "status": "draft",
    "subject": SUBJECT,
    "category": {"coding": [{"system": "http://example.org", "code": "inpatient"}]},
    "reasonCode": {"coding": [{"system": ICD10, "code": "G61.82"}], "text": "Multifocal motor neuropathy"},
    "medicationCodeableConcept": {
        "text": "predniSONE 5 MG Oral Tablet",
        "coding": [{"system": RXNORM, "code": "312617"}],
    },
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subject": None},
        {"status": None},
        {"reasonCode": []},
        {"reasonCode": None},
        {"category": None},
        {"medicationCodeableConcept": {"text": "Prednisone", "coding": [{}]}},
        {"dosageInstruction": {"text": "one a day"}},
        {"dosageInstruction": [7, None, {"doseAndRate": {"doseQuantity": []}, "timing": {"repeat": {"count": "1"}}}]},
    ],
)
def test_drafts_as_the_sandbox_sends_them_are_read(client: FlaskClient, changes: Mapping[str, object]) -> None:
    draft = {key: value for key, value in {**SANDBOX, **changes}.items() if value is not None}
    drafts = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    cards = post(client, body("order-select", drafts, ["MedicationRequest/request-1"])).get_json()["cards"]
    assert [card["indicator"] for card in cards] == ["warning"]


def test_a_drug_in_a_contained_medication_is_found(client: FlaskClient) -> None:
    medication = {
        "resourceType": "Medication",
        "id": "m1",
        "code": {"coding": [{"system": RXNORM, "code": IMMUNOGLOBULIN}], "text": "Immune globulin"},
        "ingredient": [
            {
                "itemCodeableConcept": {"text": "Immune globulin"},
                "strength": {"numerator": grams(10), "denominator": {"value": 100, "unit": "mL"}},
            }
        ],
    }
    draft = order(
        "",
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m1"},
        contained=[medication],
        dosageInstruction=dosed(320, "mL", **DAILY),
    )
    cards = signed(client, draft, findings=searched(weight(80)))
    assert not [each for each in summaries(cards) if "course of" in each or "cannot be checked" in each]


def grams(value: int) -> Json:
    return {"value": value, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"}


def weight(value: int) -> Json:
    return {
        "resourceType": "Observation",
        "id": "w1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": SUBJECT,
        "effectiveDateTime": today(),
        "valueQuantity": {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }


def today() -> str:
    return now().date().isoformat()


def test_only_the_selected_orders_are_judged_on_order_select(client: FlaskClient) -> None:
    drafts = searched(order(PREDNISONE, "d1"), order("3002", "d2"))
    chosen = post(client, body("order-select", drafts, ["MedicationRequest/d2"])).get_json()["cards"]
    assert ["Cyclophosphamide" in card["summary"] for card in chosen] == [True]
    both = post(client, body("order-select", drafts, [])).get_json()["cards"]
    assert len(both) == 2


@pytest.mark.parametrize("selected", ["MedicationRequest/gone", "ServiceRequest/gone"])
def test_a_selection_that_is_among_no_drafts_leaves_all_to_be_judged(client: FlaskClient, selected: str) -> None:
    cards = post(client, body("order-select", searched(order(PREDNISONE)), [selected])).get_json()["cards"]
    assert len(cards) == 1


def test_a_selected_order_that_nobody_judges_leaves_the_others_alone(client: FlaskClient) -> None:
    blood = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "subject": SUBJECT}
    drafts = searched(order(PREDNISONE), {**blood, "code": {"text": "Blood count"}})
    assert post(client, body("order-select", drafts, ["ServiceRequest/s1"])).get_json()["cards"] == []


@pytest.mark.parametrize(
    "selected", ["https://ehr.example/fhir/MedicationRequest/d2", "MedicationRequest/d2/_history/3"]
)
def test_a_selection_by_url_or_version_is_the_same_order(client: FlaskClient, selected: str) -> None:
    drafts = searched(order(PREDNISONE, "d1"), order("3002", "d2"))
    (card,) = post(client, body("order-select", drafts, [selected])).get_json()["cards"]
    assert "Cyclophosphamide" in card["summary"]


def test_a_selection_by_its_id_alone_is_the_one_draft_that_has_it(client: FlaskClient) -> None:
    drafts = searched(order(PREDNISONE, "d1"), order("3002", "d2"))
    (card,) = post(client, body("order-select", drafts, ["d2"])).get_json()["cards"]
    assert "Cyclophosphamide" in card["summary"]


def test_a_selection_by_an_id_that_two_drafts_have_is_refused(client: FlaskClient) -> None:
    blood = {"resourceType": "ServiceRequest", "id": "d1", "status": "draft", "subject": SUBJECT}
    answer = post(client, body("order-select", searched(order(PREDNISONE, "d1"), blood), ["d1"]))
    assert answer.status_code == 400
    assert "several drafts" in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.conforms("ACT-3")
def test_a_corrected_draft_keeps_everything_but_the_dose(client: FlaskClient) -> None:
    draft = order(
        IMMUNOGLOBULIN,
        note=[{"text": "as agreed"}],
        dosageInstruction=dosed(60, "g", **DAILY),
        extension=[{"url": "https://example.org/x", "valueDecimal": 1.50}],
    )
    content = body("order-sign", searched(draft), findings=searched(weight(80)))
    raw = orjson.dumps(content).replace(b'"valueDecimal":1.5', b'"valueDecimal":1.50')
    answer = client.post("/cds-services/mmn-order-sign", data=raw, headers=JSON)
    card = answer.get_json()["cards"][0]
    assert "above the usual range" in card["summary"]
    assert card["selectionBehavior"] == "any"
    (action,) = card["suggestions"][0]["actions"]
    assert action["type"] == "update"
    get_fhir_model_class("MedicationRequest").model_validate(action["resource"])
    expected = {**draft, "dosageInstruction": dosed(32.5, "g", **DAILY)}
    assert action["resource"] == expected
    exact: Any = read_json(answer.get_data())
    sent = exact["cards"][0]["suggestions"][0]["actions"][0]["resource"]["extension"][0]["valueDecimal"]
    assert str(sent) == str(Decimal("1.50"))


def test_a_corrected_order_gets_no_more_warnings(client: FlaskClient) -> None:
    draft = order(IMMUNOGLOBULIN, dosageInstruction=dosed(60, "g", **DAILY))
    cards = signed(client, draft, findings=searched(weight(80)))
    corrected = cards[0]["suggestions"][0]["actions"][0]["resource"]
    again = signed(client, corrected, findings=searched(weight(80)))
    assert all(card["indicator"] == "info" for card in again)
    assert all("suggestions" not in card for card in again)


def test_no_correction_where_the_draft_has_two_doses(client: FlaskClient) -> None:
    two = [*dosed(60, "g", **DAILY), *dosed(60, "g", **DAILY)]
    cards = signed(client, order(IMMUNOGLOBULIN, dosageInstruction=two), findings=searched(weight(80)))
    assert "above the usual range" in cards[0]["summary"]
    assert "suggestions" not in cards[0]


@pytest.mark.parametrize(
    "changes",
    [{"intent": None}, {"id": None}, {"category": {"text": "inpatient"}}, {"reasonCode": {"text": "MMN"}}, {"a": 1}],
)
def test_no_correction_of_a_draft_that_is_no_valid_resource(client: FlaskClient, changes: Mapping[str, object]) -> None:
    draft = order(IMMUNOGLOBULIN, dosageInstruction=dosed(60, "g", **DAILY))
    sent = {key: value for key, value in {**draft, **changes}.items() if value is not None}
    cards = signed(client, sent, findings=searched(weight(80)))
    assert "above the usual range" in cards[0]["summary"]
    assert "suggestions" not in cards[0]


@pytest.mark.parametrize("reference", ["Patient/p2", "https://elsewhere.example/fhir/Patient/p1"])
def test_an_order_for_another_patient_is_not_judged_and_the_card_says_so(client: FlaskClient, reference: str) -> None:
    (card,) = signed(client, order(PREDNISONE, subject={"reference": reference}))
    assert summaries([card]) == ["info: An order could not be read: not checked against MMN"]


@pytest.mark.parametrize("kind", ["ServiceRequest", "NutritionOrder", "Medication"])
def test_what_is_no_drug_and_names_another_patient_is_no_news(client: FlaskClient, kind: str) -> None:
    other = {"resourceType": kind, "id": "s1", "status": "draft", "subject": {"reference": "Patient/p2"}}
    assert signed(client, {**other, "code": {"text": "Blood count"}}) == []


DROPPED: list[Json] = [
    {"subject": {"identifier": {"value": "4711"}}},
    {"subject": {"display": "P. One"}},
    {"status": "unknown"},
    {"status": "on-hold"},
    {"medicationCodeableConcept": {"coding": {"system": RXNORM, "code": PREDNISONE}}},
    {"medicationCodeableConcept": {"text": "prednisone " + "x" * 5000}},
    {"reasonReference": [{"reference": "Condition/gone"}]},
    {"reasonCode": [{"coding": [{"system": "https://hospital.example/reasons", "code": "17"}]}]},
]


@pytest.mark.parametrize("changes", DROPPED)
def test_a_draft_that_is_unusual_is_checked_all_the_same(client: FlaskClient, changes: Json) -> None:
    (card,) = signed(client, order(PREDNISONE, **changes))
    assert (card["indicator"], "Corticosteroids" in card["summary"]) == ("warning", True)


def test_a_very_long_text_that_names_no_drug_is_not_recognised_aloud(client: FlaskClient) -> None:
    (card,) = signed(client, order("", medicationCodeableConcept={"text": "x" * 5000}))
    assert "Drug not recognised" in card["summary"]


REFERRED: list[Json] = [
    {
        "medicationReference": {"reference": "#m1"},
        "contained": [
            {
                "resourceType": "Medication",
                "id": "m1",
                "ingredient": [{"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": PREDNISONE}]}}],
            }
        ],
    },
    {"medicationReference": {"reference": "Medication/gone", "display": "prednisone 20 mg"}},
    {"medicationReference": {"display": "prednisone 20 mg"}},
]


@pytest.mark.parametrize("changes", REFERRED)
def test_a_drug_is_found_by_ingredient_or_by_the_words_of_its_reference(client: FlaskClient, changes: Json) -> None:
    (card,) = signed(client, order("", medicationCodeableConcept=None, **changes))
    assert "Corticosteroids" in card["summary"]


def test_immunoglobulin_that_was_stopped_came_before(client: FlaskClient) -> None:
    low = order(IMMUNOGLOBULIN, dosageInstruction=dosed(0.2))
    stopped = order(IMMUNOGLOBULIN, "old", status="stopped", authoredOn="2026-01-05")
    cancelled = order(IMMUNOGLOBULIN, "old", status="cancelled", authoredOn="2026-01-05")
    first = [signed(client, low, medications=searched(each)) for each in (stopped, cancelled)]
    assert ["First" in str(summaries(each)) for each in first] == [False, True]


def test_a_drug_that_was_stopped_is_not_taken_now(client: FlaskClient) -> None:
    gentamicin = order("", "old", status="stopped", medicationCodeableConcept={"text": "gentamicin"})
    for status, is_risk in (("stopped", False), ("active", True)):
        cards = signed(client, order(IMMUNOGLOBULIN), medications=searched({**gentamicin, "status": status}))
        assert ("Kidney risk" in str(summaries(cards))) is is_risk


def test_two_drafts_of_one_id_say_it_once(client: FlaskClient) -> None:
    (card,) = signed(client, order(PREDNISONE), order(PREDNISONE))
    assert "also" not in card["summary"]


@pytest.mark.parametrize("name", ["paracetamol 500 mg", "Levothyroxine", "amoxicillin", "metformin"])
def test_a_common_drug_raises_no_card(client: FlaskClient, name: str) -> None:
    assert signed(client, order("", medicationCodeableConcept={"text": name})) == []


def test_a_live_vaccine_beside_immunoglobulin_is_told(client: FlaskClient) -> None:
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "03"}]}
    cards = signed(client, order(IMMUNOGLOBULIN), order("", "v1", medicationCodeableConcept=coded))
    assert any("Live vaccine" in card["summary"] for card in cards)


def test_an_fcrn_blocker_is_called_what_it_is(client: FlaskClient) -> None:
    (card,) = signed(client, order("", medicationCodeableConcept={"text": "efgartigimod"}))
    assert "FcRn" in card["summary"]
    (card,) = signed(client, order("", medicationCodeableConcept={"text": "empasiprubart"}))
    assert "empasiprubart" in card["summary"]


@pytest.mark.conforms("MIS-5")
@pytest.mark.parametrize("key", ["patient", "conditions", "nerveStudies", "laboratory", "findings"])
def test_each_missing_required_key_is_missing_data(client: FlaskClient, key: str) -> None:
    answer = post(client, body("order-sign", searched(order(PREDNISONE)), **{key: "left out"}))
    assert answer.status_code == 412
    assert key in answer.get_json()["issue"][0]["diagnostics"]


def test_an_allergy_list_that_did_not_come_is_said(client: FlaskClient) -> None:
    cards = signed(client, order(IMMUNOGLOBULIN), allergies="left out")
    assert any("Allergies: the list did not come" in card["detail"] for card in cards)


def test_earlier_treatment_that_did_not_come_leaves_the_phase_open(client: FlaskClient) -> None:
    low = order(IMMUNOGLOBULIN, dosageInstruction=dosed(0.2))
    assert any("below" in line for line in summaries(signed(client, low, findings=searched(weight(80)))))
    unseen = signed(client, low, findings=searched(weight(80)), treatments="left out")
    assert not any("below" in line for line in summaries(unseen))


def test_a_charted_order_is_context_and_is_not_judged(client: FlaskClient) -> None:
    charted = order(PREDNISONE, "old", status="active")
    assert signed(client, medications=searched(charted)) == []


@pytest.mark.parametrize(
    ("drafts", "named"),
    [
        (None, "draftOrders"),
        ([], "draftOrders"),
        ({"resourceType": "Patient"}, "draftOrders"),
        ({"resourceType": "Bundle", "entry": {}}, "draftOrders.entry"),
    ],
)
def test_draft_orders_that_are_no_bundle_are_refused_by_name(client: FlaskClient, drafts: object, named: str) -> None:
    answer = post(client, body("order-sign", drafts))
    assert answer.status_code == 400
    assert named in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("selections", ["MedicationRequest/1", [1], ["no reference"], {}])
def test_selections_of_the_wrong_shape_are_refused_by_name(client: FlaskClient, selections: object) -> None:
    answer = post(client, body("order-select", searched(order(PREDNISONE)), selections))
    assert answer.status_code == 400
    assert "selections" in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.conforms("REQ-5")
def test_order_select_without_selections_is_refused_by_name(client: FlaskClient) -> None:
    assert post(client, body("order-select", searched(order(PREDNISONE)))).status_code == 400


@pytest.mark.parametrize("entry", [None, 7, {}, {"resource": None}, {"resource": {}}])
def test_entries_that_are_no_orders_never_break_a_call(client: FlaskClient, entry: object) -> None:
    drafts = {"resourceType": "Bundle", "entry": [entry, {"resource": order(PREDNISONE)}]}
    answer = post(client, body("order-sign", drafts))
    assert [card["indicator"] for card in answer.get_json()["cards"]] == ["warning"]


def patient_view(client: FlaskClient, *further: Json, **prefetch: object) -> list[Json]:
    """The cards for the patient of the benchmark, who has definite MMN."""
    content = orjson.loads(bodies.as_hook_call(bodies.mmn_resources(12)))
    subject = {"reference": f"Patient/{bodies.PATIENT}"}
    entries = [{"resource": {**each, "subject": subject}} for each in further]
    content["prefetch"]["findings"]["entry"] += entries
    content["prefetch"] |= {key: searched() for key in ("medications", "treatments", "statements", "procedures")}
    content["prefetch"] |= prefetch
    # Newly diagnosed, so that a treatment may be the first.
    diagnosis = {**condition("G61.82", "mmn"), "subject": subject}
    listed = content["prefetch"]["conditions"]
    content["prefetch"]["conditions"] = {**listed, "entry": [*listed.get("entry", []), {"resource": diagnosis}]}
    cards: list[Json] = post(client, content).get_json()["cards"]
    return cards


def test_immunoglobulin_is_offered_first_with_a_draft_that_passes_the_checks(client: FlaskClient) -> None:
    card, _ = patient_view(client, weight(80))
    assert card["summary"].startswith("Consider intravenous immunoglobulin as first treatment")
    (action,) = card["suggestions"][0]["actions"]
    get_fhir_model_class("MedicationRequest").model_validate(action["resource"])
    assert (action["type"], action["resource"]["status"]) == ("create", "draft")
    assert action["resource"]["subject"] == {"reference": f"Patient/{bodies.PATIENT}"}
    assert action["resource"]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 32.5
    draft = {**action["resource"], "id": "d1", "subject": SUBJECT}
    cards = signed(client, draft, findings=searched(weight(80)))
    assert not [each for each in summaries(cards) if "course of" in each]
    assert {each["indicator"] for each in cards} == {"info"}


def test_an_override_of_an_information_hides_no_warning_of_the_same_group(client: FlaskClient) -> None:
    plain = signed(client, order(IMMUNOGLOBULIN))
    at_risk = signed(client, order(IMMUNOGLOBULIN), conditions=searched(condition("G61.82"), condition("N18.4", "c2")))
    topics = [{card["source"]["topic"]["code"]: card["indicator"] for card in each} for each in (plain, at_risk)]
    assert topics[1]["mmnIvigSafetyRenalRisk"] == "warning"
    assert all(topics[0][shared] == topics[1][shared] for shared in topics[0].keys() & topics[1].keys())
    assert "mmnIvigSafetyRenalRisk" not in topics[0]


def test_whoever_has_immunoglobulin_or_may_have_it_is_offered_none(client: FlaskClient) -> None:
    subject = {"reference": f"Patient/{bodies.PATIENT}"}
    running = order(IMMUNOGLOBULIN, "m1", status="active", subject=subject)
    assert len(patient_view(client, medications=searched(running))) == 1
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    assert len(patient_view(client, treatments=failed)) == 1


def test_no_order_gives_more_than_four_cards(client: FlaskClient) -> None:
    """The worst order there is: wrong dose, contraindications and every precaution."""
    conditions = [
        condition(code, f"c{number}")
        for number, code in enumerate(("G61.82", "D80.2", "N18.4", "I50.9", "I26.99", "E11.9"))
    ]
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": SUBJECT,
        "code": {"text": "Immune globulin"},
        "criticality": "high",
    }
    cards = signed(
        client,
        order(IMMUNOGLOBULIN, dosageInstruction=dosed(4, "g/kg", count=1)),
        conditions=searched(*conditions),
        allergies=searched(allergy),
    )
    assert [card["indicator"] for card in cards] == ["critical", "warning", "warning"]


def stated(code: str) -> Json:
    made = {"resourceType": "MedicationStatement", "id": "s1", "status": "active", "effectiveDateTime": "2016-02-01"}
    return {
        **made,
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": order(code)["medicationCodeableConcept"],
    }


def test_immunoglobulin_that_is_only_stated_came_before(client: FlaskClient) -> None:
    low = order("1426680", dosageInstruction=dosed(0.2, count=5, frequency=1, period=1, periodUnit="d"))
    weighed = {"findings": searched(weight(80))}
    first = signed(client, low, **weighed)
    later = signed(client, low, **weighed, statements=searched(stated("1426680")))
    assert any("First immunoglobulin" in summary for summary in summaries(first))
    assert later
    assert not any("First immunoglobulin" in summary for summary in summaries(later))


def test_a_charted_order_that_may_harm_is_told_when_the_chart_is_opened(client: FlaskClient) -> None:
    prednisone = {**order("8640", "p1"), "status": "active", "subject": {"reference": f"Patient/{bodies.PATIENT}"}}
    (card,) = [each for each in patient_view(client, medications=searched(prednisone)) if "orticost" in each["summary"]]
    assert card["indicator"] == "warning"


def test_charted_orders_that_only_inform_are_not_told_when_the_chart_is_opened(client: FlaskClient) -> None:
    rituximab = {**order("121191", "r1"), "status": "active", "subject": {"reference": f"Patient/{bodies.PATIENT}"}}
    found = patient_view(client, medications=searched(rituximab, {**rituximab, "id": "r2"}))
    assert not any("Rituximab" in summary for summary in summaries(found))


LEFT_OUT = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "suppressed"}]}


@pytest.mark.parametrize("key", ["conditions", "nerveStudies", "laboratory", "findings"])
def test_a_part_of_a_required_key_is_answered_and_named_on_the_card(client: FlaskClient, key: str) -> None:
    chart = searched(condition("G61.82"), LEFT_OUT) if key == "conditions" else searched(LEFT_OUT)
    (card,) = post(client, body("order-sign", searched(order(PREDNISONE)), **{key: chart})).get_json()["cards"]
    assert f"Only a part came, and the rest was not seen: {key}" in card["detail"]
