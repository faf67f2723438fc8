"""Absence is said only of what was looked at, whole: infusions under other codes, and who is asked about them."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.evaluate import Evaluator
from service.fhir.gathering.fetcher import FhirFetcher
from service.outgoing.client import Client
from service.settings import Settings
from tests.fake_fhir.server import FakeFhirServer
from tests.shipped import shipped
from tests.test_order_hooks import (
    DAILY,
    IMMUNOGLOBULIN,
    RXNORM,
    SUBJECT,
    body,
    condition,
    dosed,
    order,
    post,
    searched,
    summaries,
    weight,
)

Json = dict[str, Any]
SECONDS = 2.0
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
AGAIN = {"/fhir/MedicationAdministration?patient=p1", "/fhir/Procedure?patient=p1"}
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}
GIVEN = {
    "resourceType": "MedicationAdministration",
    "id": "a1",
    "status": "completed",
    "subject": SUBJECT,
    "effectiveDateTime": "2026-06-01",
}
LOCAL = "https://hospital.example/formulary"
# Immunoglobulin as it may be recorded: none of these comes by the codes that are prefetched.
INFUSIONS = {
    "a local code with text": GIVEN
    | {"medicationCodeableConcept": {"coding": [{"system": LOCAL, "code": "4711"}], "text": "Privigen 10 % 40 g"}},
    "text alone": GIVEN | {"medicationCodeableConcept": {"text": "IVIG 80 g"}},
    "a procedure by text": {
        "resourceType": "Procedure",
        "id": "x1",
        "status": "completed",
        "subject": SUBJECT,
        "code": {"text": "Infusion of intravenous immunoglobulin"},
        "performedDateTime": "2026-06-01",
    },
}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def ehr() -> Iterator[FakeFhirServer]:
    with FakeFhirServer([PATIENT]) as server:
        yield server


def client_of(evaluator: Evaluator, ehr: FakeFhirServer) -> FlaskClient:
    fetcher = FhirFetcher(Client(), fetch_seconds=SECONDS, https_only=False)
    settings = Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,))
    return create_app(settings, evaluator, fetcher).test_client()


@pytest.fixture
def client(evaluator: Evaluator, ehr: FakeFhirServer) -> FlaskClient:
    return client_of(evaluator, ehr)


def told(client: FlaskClient, server: str | None, *drafts: Json, **prefetch: object) -> list[Json]:
    call = body("order-sign", searched(*drafts), findings=searched(weight(80)), **prefetch)
    del call["prefetch"]["procedures"]
    answer = post(client, call | ({"fhirServer": server} if server else {}))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    cards: list[Json] = answer.get_json()["cards"]
    return cards


def low_course() -> Json:
    return order(IMMUNOGLOBULIN, dosageInstruction=dosed(0.2))


def asked(ehr: FakeFhirServer) -> set[str]:
    return {each.path for each in ehr.asked}


def text(cards: list[Json]) -> str:
    return "\n".join([*summaries(cards), *(card["detail"] for card in cards)])


def test_with_nothing_given_before_a_low_course_is_the_first_and_is_corrected(
    client: FlaskClient, ehr: FakeFhirServer
) -> None:
    cards = told(client, ehr.base, low_course())
    assert any("First immunoglobulin course of 1 g/kg is below" in line for line in summaries(cards))
    assert asked(ehr) == AGAIN


@pytest.mark.parametrize("infusion", INFUSIONS.values(), ids=INFUSIONS)
def test_an_infusion_of_any_code_is_found_and_the_course_is_not_called_the_first(
    client: FlaskClient, ehr: FakeFhirServer, infusion: Json
) -> None:
    ehr.resources.append(infusion)
    cards = told(client, ehr.base, low_course())
    assert {card["indicator"] for card in cards} == {"info"}
    assert not any("suggestions" in card for card in cards)
    assert "First immunoglobulin" not in text(cards)
    assert "before the first" not in text(cards)


def test_without_access_a_low_course_has_both_readings_and_says_what_was_not_looked_at(client: FlaskClient) -> None:
    cards = told(client, None, low_course())
    assert {card["indicator"] for card in cards} == {"info"}
    assert not any("suggestions" in card for card in cards)
    assert "low for a first course, may be right for maintenance" in text(cards)
    assert "Earlier treatment not looked at: infusions of other codes" in text(cards)
    assert "No IgA was found by the codes that were asked for" in text(cards)
    assert "on record before" not in text(cards)


@pytest.mark.parametrize("kind", ["MedicationAdministration", "Procedure"])
@pytest.mark.parametrize("trouble", ["refused", "slow"])
def test_what_is_refused_or_slow_is_not_seen_and_never_an_error(
    client: FlaskClient, ehr: FakeFhirServer, kind: str, trouble: str
) -> None:
    def refused(exchange: Any) -> None:
        exchange.send_error(403)

    def slow(exchange: Any) -> None:
        exchange.server.fake.stopping.wait(SECONDS * 3)

    ehr.behave(refused if trouble == "refused" else slow, on=kind)
    cards = told(client, ehr.base, low_course())
    assert {card["indicator"] for card in cards} == {"info"}
    assert "First immunoglobulin" not in text(cards)


def test_where_mmn_is_not_likely_and_no_immunoglobulin_is_ordered_nobody_is_asked(
    client: FlaskClient, ehr: FakeFhirServer
) -> None:
    assert told(client, ehr.base, order("8640"), conditions=searched(condition("I10"))) == []
    assert ehr.asked == []


def test_what_came_whole_is_not_asked_again(evaluator: Evaluator, ehr: FakeFhirServer) -> None:
    fetcher = FhirFetcher(Client(), fetch_seconds=SECONDS, https_only=False)
    settings = Settings(
        profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,), prefetch_whole_history=True
    )
    client = create_app(settings, evaluator, fetcher).test_client()
    call = body(
        "order-sign", searched(low_course()), findings=searched(weight(80)), reports=searched(), documents=searched()
    )
    cards = post(client, call | {"fhirServer": ehr.base}).get_json()["cards"]
    assert "First immunoglobulin course" in text(cards)
    assert ehr.asked == []
    (prefetch,) = {str(sorted(each["prefetch"].items())) for each in client.get("/cds-services").get_json()["services"]}
    assert "Procedure?patient=" in prefetch
    assert "MedicationAdministration?patient={{context.patientId}}'" in prefetch


def test_a_server_that_nobody_registered_is_not_asked(client: FlaskClient, ehr: FakeFhirServer) -> None:
    told(client, "https://elsewhere.example/fhir", low_course())
    assert ehr.asked == []


def test_monthly_infusions_found_by_code_and_again_without_are_one(client: FlaskClient, ehr: FakeFhirServer) -> None:
    coded = GIVEN | {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": IMMUNOGLOBULIN}]}}
    ehr.resources.append(coded)
    cards = told(client, ehr.base, low_course(), treatments=searched(coded))
    assert "First immunoglobulin" not in text(cards)
    assert DAILY["count"] == 5


# --- Reports, in which a nerve conduction study may stand as text ---

REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "subject": SUBJECT,
    "effectiveDateTime": "2025-11-03",
    "code": {"text": "Nerve conduction study"},
    "conclusion": "Block of the right ulnar nerve.",
}
BLOOD_COUNT = REPORT | {
    "id": "r2",
    "code": {"text": "Blood count"},
    "conclusion": None,
    "result": [{"reference": "Observation/not-asked-for"}],
}
LETTER = {
    "resourceType": "DocumentReference",
    "id": "l1",
    "status": "current",
    "subject": SUBJECT,
    "date": "2025-11-03T09:00:00Z",
    "type": {"text": "Electromyography report"},
    "content": [{"attachment": {"contentType": "application/pdf"}}],
}
RESULTS_UNDER_LOCAL_CODES = REPORT | {"id": "r3", "result": [{"reference": "Observation/not-asked-for"}]}
WEAKNESS = {
    "resourceType": "Observation",
    "id": "w1",
    "status": "final",
    "subject": SUBJECT,
    "effectiveDateTime": "2026-01-05",
    "code": {"coding": [{"system": BEDSIDE, "code": "asymmetric-limb-weakness"}]},
    "valueBoolean": True,
}
SUGGESTED = "Order a nerve conduction study"
UNSEEN_REPORTS = "Not looked at: "


def viewed(client: FlaskClient, server: str | None, *conditions: Json, findings: Json | None = None) -> list[Json]:
    call = body("patient-view", None, findings=findings or searched(WEAKNESS), conditions=searched(*conditions))
    del call["context"]["draftOrders"]
    answer = post(client, call | ({"fhirServer": server} if server else {}))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    cards: list[Json] = answer.get_json()["cards"]
    return cards


def suggested(cards: list[Json]) -> list[str]:
    return [each["label"] for card in cards for each in card.get("suggestions", [])]


def asked_for_reports(ehr: FakeFhirServer) -> bool:
    return bool(ehr.asked_for("DiagnosticReport"))


def test_without_a_report_on_record_a_study_is_suggested_and_nothing_is_called_unseen(
    client: FlaskClient, ehr: FakeFhirServer
) -> None:
    ehr.resources.append(BLOOD_COUNT)
    cards = viewed(client, ehr.base)
    assert (SUGGESTED in suggested(cards), asked_for_reports(ehr)) == (True, True)
    assert "Not looked at" not in text(cards)
    assert "Only a part came" not in text(cards)


@pytest.mark.parametrize(
    "report", [REPORT, RESULTS_UNDER_LOCAL_CODES, LETTER], ids=["a conclusion", "results of local codes", "a scan"]
)
def test_a_study_in_a_report_is_told_and_not_ordered_again_at_both_doors(
    client: FlaskClient, ehr: FakeFhirServer, report: Json
) -> None:
    ehr.resources += [BLOOD_COUNT, report]
    chart = {**searched(PATIENT, WEAKNESS, report), "type": "collection"}
    posted = client.post("/fhir/$mmn-evaluate", json=chart).get_json()["cards"]
    for cards in (viewed(client, ehr.base), posted):
        assert SUGGESTED not in suggested(cards)
        assert "text only, and not read: nerve conduction study of 2025-11-03" in text(cards)
        assert "Block of the right" not in text(cards)


@pytest.mark.parametrize("report", [REPORT, BLOOD_COUNT], ids=["a study", "a blood count"])
def test_mmn_alone_on_the_problem_list_has_a_card_only_beside_such_a_report(
    client: FlaskClient, ehr: FakeFhirServer, report: Json
) -> None:
    ehr.resources.append(report)
    told = summaries(viewed(client, ehr.base, condition("G61.82"), findings=searched()))
    assert any("text only, and not read" in line for line in told) is (report is REPORT), told


def test_reports_that_nobody_could_ask_for_are_called_unseen(client: FlaskClient) -> None:
    cards = viewed(client, None)
    assert f"{UNSEEN_REPORTS}documents, reports" in text(cards)


@pytest.mark.parametrize(("kind", "key"), [("DiagnosticReport", "reports"), ("DocumentReference", "documents")])
def test_reports_that_are_refused_are_called_unseen_and_never_an_error(
    client: FlaskClient, ehr: FakeFhirServer, kind: str, key: str
) -> None:
    ehr.behave(lambda exchange: exchange.send_error(403), on=kind)
    assert f"{UNSEEN_REPORTS}{key}\n" in text(viewed(client, ehr.base))


def test_not_having_seen_reports_makes_no_card(client: FlaskClient) -> None:
    assert viewed(client, None, condition("I10"), findings=searched()) == []


def test_reports_of_somebody_without_a_question_are_not_asked_for(client: FlaskClient, ehr: FakeFhirServer) -> None:
    assert viewed(client, ehr.base, condition("I10"), findings=searched()) == []
    assert not asked_for_reports(ehr)


def test_a_study_in_words_under_a_code_of_the_hospital_is_told_at_both_doors(client: FlaskClient) -> None:
    code = {"coding": [{"system": LOCAL, "code": "EMG1"}], "text": "Nerve conduction study"}
    words = {**WEAKNESS, "id": "w2", "code": code, "valueBoolean": None, "valueString": "Block."}
    words = {key: value for key, value in words.items() if value is not None}
    chart = {**searched(PATIENT, WEAKNESS, words), "type": "collection"}
    posted = client.post("/fhir/$mmn-evaluate", json=chart).get_json()["cards"]
    for cards in (viewed(client, None, findings=searched(WEAKNESS, words)), posted):
        assert SUGGESTED not in suggested(cards)
        assert "text only, and not read: nerve conduction study of 2026-01-05" in text(cards)


# --- What a posted Bundle is taken for ---


def found_by(search: str) -> Json:
    return {"type": "searchset", "link": [{"relation": "self", "url": f"https://ehr.example/fhir/{search}"}]}


@pytest.mark.parametrize(
    ("bundle", "is_first"),
    [
        ({"type": "collection"}, True),
        ({"type": "document"}, True),
        ({"type": "searchset"}, True),
        (found_by("Patient/p1/$everything"), True),
        (found_by("Patient/p1/$everything?_type=Observation"), False),
        (found_by("MedicationRequest?patient=p1"), False),
        ({"type": "searchset", "total": 50}, False),
        ({"type": "collection", "link": [{"relation": "next", "url": "https://e/fhir?page=2"}]}, False),
        ({"type": "transaction"}, False),
        ({"type": "message"}, False),
    ],
)
def test_a_course_is_the_first_only_in_a_bundle_that_is_a_whole_chart(
    client: FlaskClient, bundle: Json, is_first: bool
) -> None:
    chart = {**searched(PATIENT, condition("G61.82"), weight(80), low_course()), **bundle}
    cards = client.post("/fhir/$mmn-evaluate", json=chart).get_json()["cards"]
    assert ("First immunoglobulin course" in text(cards)) is is_first
    assert any("1 g/kg" in line for line in summaries(cards))


@pytest.mark.parametrize(("recorded", "is_first"), [("2026-06-01", False), ("2021-06-01", False), (None, False)])
def test_a_diagnosis_that_is_not_new_makes_no_first_course(
    client: FlaskClient, recorded: str | None, is_first: bool
) -> None:
    known = {key: value for key, value in (condition("G61.82") | {"recordedDate": recorded}).items() if value}
    chart = {**searched(PATIENT, known, weight(80), low_course()), "type": "collection"}
    cards = client.post("/fhir/$mmn-evaluate?asOf=2027-01-01T00:00:00Z", json=chart).get_json()["cards"]
    assert ("First immunoglobulin course" in text(cards)) is is_first
