"""The button that deletes a draft: only where nothing shows that the drug was taken, and never of what a body needs."""

from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.shipped import shipped

CLIENT = create_app(
    Settings(profile="local", store="sqlite:///:memory:", check_responses=True), shipped()
).test_client()
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
SUBJECT = {"reference": "Patient/p1"}
MMN = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": SUBJECT,
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G61.82"}]},
}
Json = dict[str, Any]


def coded(code: str, system: str = RXNORM) -> Json:
    return {"medicationCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def named(text: str) -> Json:
    return {"medicationCodeableConcept": {"text": text}}


PREDNISONE = coded("8640")


def draft(drug: Json = PREDNISONE, **changes: Any) -> Json:
    dosage: Json = {"timing": {"repeat": {"count": 30, "frequency": 1, "period": 1, "periodUnit": "d"}}}
    dosage |= {"doseAndRate": [{"doseQuantity": {"value": 60, "unit": "mg", "code": "mg"}}]}
    made = {"resourceType": "MedicationRequest", "id": "d1", "status": "draft", "intent": "order", "subject": SUBJECT}
    return {**made, "dosageInstruction": [dosage], **drug, **changes}


def earlier(drug: Json = PREDNISONE, kind: str = "MedicationRequest", status: str = "completed") -> Json:
    return {"resourceType": kind, "id": "e1", "status": status, "intent": "order", "subject": SUBJECT, **drug}


PLASMA_EXCHANGE = {
    "resourceType": "ServiceRequest",
    "id": "d1",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "20720000"}]},
}


def cards(order: Json, *chart: Json, hook: str = "order-sign", **prefetch: Any) -> list[Json]:
    def found(*kinds: str) -> Json:
        entries = [{"resource": each} for each in (MMN, *chart) if each["resourceType"] in kinds]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    sent = {
        "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01"},
        "conditions": found("Condition"),
        "medications": found("MedicationRequest"),
        "statements": found("MedicationStatement"),
        "treatments": found("MedicationAdministration"),
    }
    sent |= {key: found() for key in ("findings", "nerveStudies", "laboratory", "allergies")} | prefetch
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    context = {"userId": "Practitioner/u1", "patientId": "p1", "draftOrders": drafts}
    if hook == "order-select":
        context["selections"] = [f"{order['resourceType']}/{order['id']}"]
    call = {"hook": hook, "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11", "context": context, "prefetch": sent}
    said = CLIENT.post(f"/cds-services/mmn-{hook}", json=call)
    assert said.status_code == 200, said.text
    told: list[Json] = said.get_json()["cards"]
    assert told
    return told


def deletions(told: list[Json]) -> list[Json]:
    offered = [each for card in told for each in card.get("suggestions", ())]
    return [each for each in offered if each["actions"][0]["type"] == "delete"]


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize(
    "order",
    [
        draft(),
        draft(coded("8638")),
        draft(named("Methylprednisolone 1 g")),
        draft(named("Prednisolon 20 mg Tabletten")),
        draft({"medicationCodeableConcept": {"coding": [{"system": ATC, "code": "H02AB07", "display": "prednisone"}]}}),
        PLASMA_EXCHANGE,
    ],
    ids=["prednisone", "prednisolone", "by its name", "in German", "by ATC with its name", "plasma exchange"],
)
def test_a_new_draft_can_be_deleted(order: Json, hook: str) -> None:
    (offered,) = deletions(cards(order, hook=hook))
    assert offered["label"] == "Delete this order"
    assert "isRecommended" not in offered
    (action,) = offered["actions"]
    assert action.keys() == {"type", "description", "resourceId"}
    assert action["resourceId"] == f"{order['resourceType']}/d1"


@pytest.mark.parametrize(
    ("order", "chart"),
    [
        (draft(), [earlier()]),
        (draft(), [earlier(status="active")]),
        (draft(), [earlier(status="stopped")]),
        (draft(), [earlier(status="on-hold")]),
        (draft(), [earlier(coded("8638"))]),
        (draft(), [earlier(kind="MedicationStatement")]),
        (draft(), [earlier(kind="MedicationStatement", status="active")]),
        (draft(), [earlier(kind="MedicationAdministration")]),
        (draft(), [earlier(named("cortisone"))]),
        (draft(priorPrescription={"reference": "MedicationRequest/e1"}), []),
        (draft(status="active"), []),
        (draft(status="on-hold"), []),
        (draft(coded("5492")), []),
        (draft(coded("2878")), []),
        (draft(named("Hydrocortisone 20 mg")), []),
        (draft(named("Solu-Cortef")), []),
        (draft(coded("H02AB", ATC)), []),
        (draft(named("corticosteroid")), []),
    ],
)
def test_what_was_taken_or_may_be_needed_is_never_deleted(order: Json, chart: list[Json]) -> None:
    assert deletions(cards(order, *chart)) == []


def of(mg: str | None, **more: Any) -> Json:
    """A draft of prednisone of so many milligrams a day, for MMN, so that it has a card whatever its dose."""
    made = draft(reasonCode=[{"text": "MMN"}])
    instruction = made["dosageInstruction"][0]
    dose = {"doseAndRate": [{"doseQuantity": {"value": float(mg), "unit": "mg", "code": "mg"}}]} if mg else {}
    changed = {key: value for key, value in instruction.items() if key != "doseAndRate"} | dose
    return {**made, "dosageInstruction": [changed | more]}


ADDISON: Json = {
    **MMN,
    "id": "c2",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E27.1"}]},
}


@pytest.mark.parametrize(
    ("order", "chart", "offered"),
    [
        (of("7.5"), [], 0),
        (of("8"), [], 1),
        (of(None), [], 0),
        (of("60", text="Addison"), [], 0),
        (of("60", text="replacement"), [], 0),
        (of("60", text="in the morning"), [], 1),
        (draft(), [ADDISON], 0),
        (draft(reasonCode=[{"text": "as discussed with Dr Miller"}]), [], 0),
    ],
    ids=["7.5 mg", "8 mg", "no dose", "Addison", "replacement", "a time of day", "Addison listed", "reason not read"],
)
def test_what_may_replace_what_the_adrenals_make_is_never_deleted(order: Json, chart: list[Json], offered: int) -> None:
    assert len(deletions(cards(order, *chart))) == offered


@pytest.mark.parametrize("key", ["medications", "statements"])
def test_where_a_list_of_drugs_was_not_seen_nothing_is_deleted(key: str) -> None:
    failed: Any = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    assert deletions(cards(draft(), hook="order-sign", **{key: failed})) == []


def test_another_drug_in_the_chart_changes_nothing() -> None:
    assert len(deletions(cards(draft(), earlier(named("amlodipine"))))) == 1


def test_an_order_in_force_is_never_deleted_from_a_chart() -> None:
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in (MMN, draft())],
    }
    bundle["entry"].insert(0, {"resource": {"resourceType": "Patient", "id": "p1"}})
    said = CLIENT.post("/fhir/$mmn-evaluate", json=bundle, content_type="application/fhir+json").get_json()
    assert said["cards"]
    assert deletions(said["cards"]) == []
