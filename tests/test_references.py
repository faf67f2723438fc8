"""References as senders write them: each leads to the one resource that fits, or the reason says why to none."""

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.settings import Settings
from tests.posted_charts import (
    SERVER,
    SUBJECT,
    Json,
    answered,
    bundled,
    chart,
    details,
    entries,
    raw,
    reached,
    rows,
    signs,
    umn_signs,
    without_umn_signs,
)
from tests.shipped import shipped

OTHER = "https://other.example.org/fhir"
MRN, VALUE = "https://hospital.example.org/mrn", "61431450"
IDENTIFIER = {"system": MRN, "value": VALUE}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()


def pointing(subject: Json, *, patients: int = 1, contained: Any = None) -> Json:
    """The chart with this subject in each resource; ``patients`` of the same identifier."""
    text = raw(chart()).decode().replace(raw(SUBJECT).decode(), raw(subject).decode())
    resources: list[Json] = orjson.loads(text)
    for each in resources:
        if each["resourceType"] == "Patient":
            each["identifier"] = [IDENTIFIER]
        elif contained is not None:
            each["contained"] = contained
    others: list[Json] = [
        {"resourceType": "Patient", "id": f"other-{number}", "identifier": [IDENTIFIER]}
        for number in range(1, patients)
    ]
    listed = [
        {"fullUrl": f"{SERVER}/{each['resourceType']}/{each['id']}", "resource": each} for each in (*resources, *others)
    ]
    return bundled("collection", listed)


def conditional(query: str, path: str = "Patient") -> Json:
    return {"reference": f"{path}?{query}"}


FOLLOWED: dict[str, Json] = {
    "relative": SUBJECT,
    "with a version": {"reference": f"{SUBJECT['reference']}/_history/7"},
    "absolute": {"reference": f"{SERVER}/{SUBJECT['reference']}"},
    "absolute with a version": {"reference": f"{SERVER}/{SUBJECT['reference']}/_history/7"},
    "absolute with a default port": {"reference": f"https://EHR.example.org:443/fhir/{SUBJECT['reference']}"},
    "conditional": conditional(f"identifier={MRN}|{VALUE}"),
    "conditional and escaped": conditional(f"identifier=https%3A%2F%2Fhospital.example.org%2Fmrn%7C{VALUE}"),
    "conditional by the value alone": conditional(f"identifier={VALUE}"),
    "conditional at its server": conditional(f"identifier={MRN}|{VALUE}", f"{SERVER}/Patient"),
    "logical": {"identifier": IDENTIFIER},
    "logical with a type": {"type": "Patient", "identifier": IDENTIFIER},
    "logical by the value alone": {"identifier": {"value": VALUE}},
    "literal beside another identifier": {**SUBJECT, "identifier": {"system": MRN, "value": "somebody"}},
}
NOT_FOLLOWED: dict[str, tuple[Json, str]] = {
    "another patient": ({"reference": "Patient/other"}, "another patient"),
    "another server": ({"reference": f"https://other.example.org/{SUBJECT['reference']}"}, "another patient or server"),
    "a condition that fits nobody": (conditional(f"identifier={MRN}|1"), "no Patient of this request"),
    "a condition of another system": (conditional(f"identifier=https://x.example.org|{VALUE}"), "no Patient"),
    "a condition without system": (conditional(f"identifier=|{VALUE}"), "no Patient"),
    "a condition of two parts": (conditional(f"identifier={MRN}|{VALUE}&active=true"), "only by one identifier"),
    "a condition by name": (conditional("name=Berger"), "only by one identifier"),
    "a condition of two values": (conditional(f"identifier={MRN}|{VALUE},{MRN}|1"), "only by one identifier"),
    "a condition of another type": (conditional(f"identifier={MRN}|{VALUE}", "Group"), "no Patient"),
    "an identifier of nobody": ({"identifier": {"system": MRN, "value": "1"}}, "no Patient of this request"),
    "an identifier of a Group": ({"type": "Group", "identifier": IDENTIFIER}, "not that of a Patient"),
    "a name only": ({"display": "Anna Berger"}, "neither a literal reference nor an identifier"),
    "a urn of nobody": ({"reference": "urn:uuid:0e5b1c1e-0000-4000-8000-000000000000"}, "urn that is no Patient"),
}


@pytest.mark.parametrize("subject", FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_subject_is_the_one_patient_that_fits(client: FlaskClient, subject: Json) -> None:
    answer = answered(client, pointing(subject))
    assert reached(answer) == "definite"
    assert "other-patient" not in rows(answer).values()


@pytest.mark.parametrize(("subject", "said"), NOT_FOLLOWED.values(), ids=NOT_FOLLOWED.keys())
def test_a_subject_that_fits_nobody_says_why(client: FlaskClient, subject: Json, said: str) -> None:
    answer = answered(client, pointing(subject))
    assert reached(answer) == "none"
    assert not {"other-patient", "no-subject"}.isdisjoint(rows(answer).values())
    assert said in details(answer)


UNKNOWN = {
    "a condition of another system",
    "a condition by name",
    "a name only",
    "a urn of nobody",
}
LINE = "Not used, as nobody can tell whom they are about"


@pytest.mark.parametrize("subject", [NOT_FOLLOWED[name][0] for name in sorted(UNKNOWN)])
def test_a_subject_that_leads_nowhere_is_of_nobody_and_nothing_is_ordered_again(
    client: FlaskClient, subject: Json
) -> None:
    answer = answered(client, pointing(subject))
    assert "other-patient" not in rows(answer).values()
    assert any(LINE in card["detail"] for card in answer["cards"])
    assert not any("suggestions" in card for card in answer["cards"])


@pytest.mark.parametrize("name", ["another patient", "an identifier of nobody", "a condition that fits nobody"])
def test_a_subject_that_is_somebody_else_is_another_patient(client: FlaskClient, name: str) -> None:
    answer = answered(client, pointing(NOT_FOLLOWED[name][0]))
    assert "no-subject" not in rows(answer).values()
    assert not any(LINE in card["detail"] for card in answer["cards"])


@pytest.mark.parametrize("subject", [conditional(f"identifier={VALUE}"), {"identifier": IDENTIFIER}])
def test_an_identifier_that_two_patients_have_names_neither(client: FlaskClient, subject: Json) -> None:
    answer = answered(client, pointing(subject, patients=2))
    assert [reached(each) for each in answer["results"]] == ["none", "none"]
    assert any("several Patient resources" in row["detail"] for row in answer["excluded"])


def test_a_contained_patient_is_the_one_with_its_identifier(client: FlaskClient) -> None:
    held = [{"resourceType": "Patient", "id": "p", "identifier": [IDENTIFIER]}]
    assert reached(answered(client, pointing({"reference": "#p"}, contained=held))) == "definite"
    stranger = [{"resourceType": "Patient", "id": "p", "identifier": [{"system": MRN, "value": "1"}]}]
    assert reached(answered(client, pointing({"reference": "#p"}, contained=stranger))) == "none"


def linked(*links: tuple[str, str, str]) -> Json:
    """The chart and a Patient ``new`` with signs of their own; ``links``: whose, of which type, to whom."""
    resources = [*without_umn_signs(), {"resourceType": "Patient", "id": "new"}]
    resources.append(signs(True, subject={"reference": "Patient/new"}))
    for owner, kind, other in links:
        (patient,) = [each for each in resources if f"{each['resourceType']}/{each['id']}" == owner]
        patient.setdefault("link", []).append({"type": kind, "other": {"reference": other}})
    return bundled("collection", entries(*resources))


OLD, NEW = SUBJECT["reference"], "Patient/new"


@pytest.mark.parametrize("link", [(OLD, "replaced-by", NEW), (NEW, "replaces", OLD)])
def test_a_patient_that_was_replaced_is_one_person_with_the_other(
    client: FlaskClient, link: tuple[str, str, str]
) -> None:
    answer = answered(client, linked(link))
    assert answer["evaluation"]["patient"] == NEW
    assert rows(answer)[OLD] == "replaced"
    assert umn_signs(answer) == "met"
    assert answered(client, linked(link), f"?subject={OLD}")["evaluation"]["patient"] == NEW


@pytest.mark.parametrize(
    "links",
    [
        [(OLD, "seealso", NEW)],
        [(OLD, "replaced-by", NEW), (NEW, "replaced-by", OLD)],
        [(OLD, "replaced-by", OLD)],
        [],
    ],
)
def test_patients_that_are_not_surely_one_person_are_answered_apart(
    client: FlaskClient, links: list[tuple[str, str, str]]
) -> None:
    assert len(answered(client, linked(*links))["results"]) == 2


def test_a_patient_that_was_replaced_by_somebody_who_did_not_come_says_so(client: FlaskClient) -> None:
    resources = chart()
    (patient,) = [each for each in resources if each["resourceType"] == "Patient"]
    patient["link"] = [{"type": "replaced-by", "other": {"reference": "Patient/gone"}}]
    answer = answered(client, bundled("collection", entries(*resources)))
    assert reached(answer) == "definite"
    assert rows(answer)[OLD] == "replaced"


def report(held: Json, **more: Any) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "id": "dr",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "45034-6"}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-02-20T10:00:00Z",
        "contained": [held],
        "result": [{"reference": "#umn"}],
        **more,
    }


def bare() -> Json:
    """The signs without subject and date, as contained resources often are."""
    return {name: value for name, value in signs(True).items() if name not in ("subject", "effectiveDateTime")}


CONTAINED: dict[str, tuple[Json, str]] = {
    "whole": (report(signs(True)), "met"),
    "with subject and date of its report": (report(bare()), "met"),
    "of a panel": ({**report(bare()), "resourceType": "Observation", "id": "panel"}, "met"),
    "of a report that was entered in error": (report(signs(True), status="entered-in-error"), "unknown"),
    "of a preliminary report": (report(signs(True), status="preliminary"), "unknown"),
    "of a preliminary result in a final report": (report(signs(True, status="preliminary")), "unknown"),
    "of a report about somebody else": (report(bare(), subject={"reference": "Patient/x"}), "unknown"),
    "of a report from the future": (report(bare(), effectiveDateTime="2027-01-01"), "unknown"),
    "of a report with a modifier": (report(bare(), modifierExtension=[{"url": "urn:x"}]), "unknown"),
}


@pytest.mark.parametrize(("holder", "verdict"), CONTAINED.values(), ids=CONTAINED.keys())
def test_a_contained_result_counts_as_its_report_lets_it(client: FlaskClient, holder: Json, verdict: str) -> None:
    answer = answered(client, bundled("collection", entries(*without_umn_signs(), holder)))
    assert umn_signs(answer) == verdict
    assert reached(answer) == ("excluded" if verdict == "met" else "none")


def test_contained_results_of_a_newer_version_replace_those_of_the_older(client: FlaskClient) -> None:
    older = report(signs(True), meta={"lastUpdated": "2026-02-20T10:00:00Z"})
    newer = report(signs(False), meta={"lastUpdated": "2026-02-21T10:00:00Z"})
    assert umn_signs(answered(client, bundled("collection", entries(*without_umn_signs(), newer, older)))) == "not_met"


RESULTS: dict[str, tuple[list[Json], bool]] = {
    "a result that came": ([{"reference": "Observation/umn"}], False),
    "a result by its address": ([{"reference": f"{SERVER}/Observation/umn"}], False),
    "a result of a version": ([{"reference": "Observation/umn/_history/1"}], False),
    "a contained result": ([{"reference": "#umn"}], False),
    "no results": ([], False),
    "a result that did not come": ([{"reference": "Observation/umn"}, {"reference": "Observation/gone"}], True),
    "a contained result that is not there": ([{"reference": "#gone"}], True),
    "a result by its identifier": ([{"identifier": IDENTIFIER}], True),
}


@pytest.mark.parametrize(("results", "is_part"), RESULTS.values(), ids=RESULTS.keys())
def test_a_report_whose_results_did_not_come_is_a_part(client: FlaskClient, results: list[Json], is_part: bool) -> None:
    whole = report({**signs(False), "id": "umn"}, result=results)
    answer = answered(client, bundled("collection", entries(*without_umn_signs(), signs(False), whole)))
    assert (rows(answer).get("DiagnosticReport/dr") == "partial") is is_part
    told = ["Only a part came, and the rest was not seen: a report" in card["detail"] for card in answer["cards"]]
    assert told == [is_part] * len(told)
    assert told


PREDNISONE = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "8640"}]}
LOCAL = {"coding": [{"system": "https://hospital.example.org/drugs", "code": "17"}]}


def medication(**more: Any) -> Json:
    return {"resourceType": "Medication", "id": "m", "identifier": [IDENTIFIER], "code": PREDNISONE, **more}


SUBSTANCE: Json = {"resourceType": "Substance", "id": "s", "code": PREDNISONE}
BY_INGREDIENT = medication(code=LOCAL, ingredient=[{"itemReference": {"reference": "Substance/s"}}])
IN_BOTH = medication(code=LOCAL, ingredient=[{"itemReference": {"reference": "#s"}}], contained=[SUBSTANCE])
DRUGS: dict[str, tuple[Json, list[Json], bool]] = {
    "relative": ({"reference": "Medication/m"}, [medication()], True),
    "with a version": ({"reference": "Medication/m/_history/3"}, [medication()], True),
    "absolute": ({"reference": f"{SERVER}/Medication/m"}, [medication()], True),
    "absolute with a version": ({"reference": f"{SERVER}/Medication/m/_history/3"}, [medication()], True),
    "absolute and nowhere": ({"reference": f"{SERVER}/Medication/gone"}, [medication()], False),
    "conditional": (conditional(f"identifier={MRN}|{VALUE}", "Medication"), [medication()], True),
    "logical": ({"identifier": IDENTIFIER}, [medication()], True),
    "an ingredient by reference": ({"reference": "Medication/m"}, [BY_INGREDIENT, SUBSTANCE], True),
    "an ingredient that is contained": ({"reference": "Medication/m"}, [IN_BOTH], True),
    "an ingredient that is a Medication": (
        {"reference": "Medication/m"},
        [
            medication(code=LOCAL, ingredient=[{"itemReference": {"reference": "Medication/n"}}]),
            medication(id="n", identifier=[]),
        ],
        True,
    ),
    "an identifier that two have": ({"identifier": IDENTIFIER}, [medication(), medication(id="n", code=LOCAL)], False),
    "nowhere": ({"reference": "Medication/gone"}, [medication()], False),
    "entered in error": ({"reference": "Medication/m"}, [medication(status="entered-in-error")], False),
}


@pytest.mark.parametrize("key", ["medications", "statements", "drugsOfThisHospital"])
@pytest.mark.parametrize(("pointer", "sent", "is_found"), DRUGS.values(), ids=DRUGS.keys())
def test_the_drug_of_an_order_is_found_under_whatever_key_it_came(
    client: FlaskClient, key: str, pointer: Json, sent: list[Json], is_found: bool
) -> None:
    order = {"resourceType": "MedicationRequest", "id": "d1", "status": "draft", "subject": SUBJECT}
    searched = {name: bundled("searchset", []) for name in ("conditions", "nerveStudies", "laboratory", "findings")}
    mmn = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": "Multifocal motor neuropathy"}}
    prefetch = {
        **searched,
        "patient": {"resourceType": "Patient", "id": SUBJECT["reference"].rpartition("/")[2]},
        "conditions": bundled("searchset", entries(mmn)),
        key: bundled("searchset", entries(*sent)),
    }
    context = {
        "userId": "u1",
        "patientId": prefetch["patient"]["id"],
        "draftOrders": bundled("collection", entries({**order, "medicationReference": pointer})),
    }
    call = {
        "hook": "order-sign",
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": context,
        "prefetch": prefetch,
    }
    answer = client.post("/cds-services/mmn-order-sign", data=raw(call), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.get_json()
    told = " ".join(card["summary"] for card in answer.get_json()["cards"])
    assert ("orticosteroid" in told) is is_found, told


@pytest.mark.parametrize(
    ("servers", "address", "is_found"),
    [((), "", True), ((SERVER,), "", True), ((OTHER,), "", False), ((), SERVER, True), ((), OTHER, False)],
)
def test_a_drug_at_another_server_is_not_the_one_that_came(
    servers: tuple[str, ...], address: str, is_found: bool
) -> None:
    url = f"{address}/Medication/m" if address else ""
    came = Entry("Medication/m", "Medication", medication(), url, address)
    order: Json = {"medicationReference": {"reference": f"{SERVER}/Medication/m"}}
    drugs = Medications([came], frozenset(servers))
    assert (drugs.code_for(Entry("MedicationRequest/r", "MedicationRequest", order, "", "")) is not None) is is_found
