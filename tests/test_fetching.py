"""Hook calls whose data come from the FHIR server of the EHR: the same cards, or an honest 412, always in time."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Literal

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.domain.facts import PARTIAL
from service.errors import MissingData
from service.evaluate import Evaluator
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Templates, gather
from service.fhir.intake.wholeness import Seen
from service.outgoing.client import Client
from service.settings import Settings
from service.web.answers import exact_number
from tests.bench import bodies
from tests.fake_fhir import Behaviour, Canary, FakeFhirServer
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.server import Asked, serve
from tests.patient_folders import PatientFolder, patient_folders

JSON = {"Content-Type": "application/json"}
CALL = "/cds-services/mmn-patient-view"
# A busy machine may need more than a second for what takes a hundredth.
SECONDS, SLACK = 2.0, 2.0
TOKEN = "canary-token-4711"  # noqa: S105  # made up
AUTHORIZATION = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read"}
PATIENT = bodies.PATIENT
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REQUIRED = ("patient", "conditions", "nerveStudies", "laboratory", "findings")
Json = Mapping[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture
def ehr() -> Iterator[FakeFhirServer]:
    condition = {"resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{PATIENT}"}}
    with FakeFhirServer([*bodies.mmn_resources(12), condition]) as server:
        yield server


@pytest.fixture
def client(evaluator: Evaluator, ehr: FakeFhirServer) -> FlaskClient:
    return client_for(evaluator, ehr.base)


def client_for(evaluator: Evaluator, *registered: str, is_local: bool = True) -> FlaskClient:
    """The service for a caller whose FHIR servers are these."""
    fetcher = FhirFetcher(Client(), fetch_seconds=SECONDS, https_only=not is_local)
    profile: Literal["local", "production"] = "local" if is_local else "production"
    settings = Settings(profile=profile, insecure=not is_local, fhir_servers=registered)
    return create_app(settings, evaluator, fetcher).test_client()


def call(client: FlaskClient, server: str | None, prefetch: Json | None = None, **more: object) -> TestResponse:
    """A patient-view call, answered in time."""
    body = {
        "hook": "patient-view",
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": {"patientId": PATIENT, "userId": "Practitioner/example"},
        "prefetch": prefetch or {},
        "fhirServer": server,
        **more,
    }
    started = time.monotonic()
    answer = client.post(CALL, data=orjson.dumps(body), headers=JSON)
    assert time.monotonic() - started < SECONDS + SLACK
    assert TOKEN not in answer.get_data(as_text=True)
    return answer


def cards(answer: TestResponse) -> list[Json]:
    """The cards, but for what differs from call to call."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [without_moment(card) for card in answer.get_json()["cards"]]


def without_moment(card: Json) -> Json:
    kept = {key: value for key, value in card.items() if key != "uuid"}
    for suggestion in kept.get("suggestions", ()):
        suggestion.pop("uuid", None)
    return {**kept, "detail": card.get("detail", "").partition("data as of")[0]}


def prefetched(evaluator: Evaluator, ehr: FakeFhirServer) -> dict[str, Any]:
    """What the EHR would send for every key of discovery."""
    patient = next(each for each in ehr.resources if each["resourceType"] == "Patient")
    templates = {**evaluator.prefetch_templates(), **evaluator.optional_prefetch_templates()}
    paths = {key: f"/fhir/{each.replace('{{context.patientId}}', patient['id'])}" for key, each in templates.items()}
    return {key: ehr.searchset(path) if "?" in path else patient for key, path in paths.items()}


def first_questions(ehr: FakeFhirServer) -> list[Asked]:
    """All that was asked but for the second question: tests/test_second_question.py."""
    kinds = ("MedicationAdministration", "Procedure", "DiagnosticReport", "DocumentReference")
    again = [f"/fhir/{kind}?patient={PATIENT}" for kind in kinds]
    return [asked for asked in ehr.asked if asked.path not in again]


def assert_a_part_came(answer: TestResponse, key: str) -> None:
    """Answered by what came, and every card says that the rest was not seen."""
    told = cards(answer)
    assert told
    assert all(f"Only a part came, and the rest was not seen: {key}" in card["detail"] for card in told)


def assert_missing(answer: TestResponse, *named: str) -> None:
    """412 with an OperationOutcome that names this and nothing of the patient."""
    assert answer.status_code == 412, answer.get_data(as_text=True)
    outcome = answer.get_json()
    assert outcome["issue"][0]["code"] == "incomplete"
    assert all(name in outcome["issue"][0]["diagnostics"] for name in named), outcome
    assert PATIENT not in answer.get_data(as_text=True)


# --- The same by both routes ---


SUBSETS = [frozenset(each) for size in range(len(REQUIRED) + 1) for each in combinations(REQUIRED, size)]


@pytest.mark.conforms("PRE-7")
@pytest.mark.parametrize("sent", SUBSETS, ids=lambda sent: "+".join(sorted(sent)) or "nothing")
def test_whatever_part_is_prefetched_the_cards_are_the_same(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient, sent: frozenset[str]
) -> None:
    everything = prefetched(evaluator, ehr)
    expected = cards(call(client, ehr.base, everything))
    assert expected
    assert first_questions(ehr) == []
    assert cards(call(client, ehr.base, {key: everything[key] for key in sent})) == expected
    keys = [*REQUIRED, "medications", "allergies", "statements", "treatments", "examinations"]
    assert len(first_questions(ehr)) == len([key for key in keys if key not in sent])


def has_patient_with_id(folder: PatientFolder) -> bool:
    resources = [entry["resource"] for entry in folder.bundle["entry"]]
    return any(each["resourceType"] == "Patient" and "id" in each for each in resources)


FOLDERS = [folder for folder in patient_folders() if has_patient_with_id(folder)]


@pytest.mark.conforms("PRE-6", "MIS-3")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_patient_folder_is_evaluated_alike_by_both_routes(evaluator: Evaluator, folder: PatientFolder) -> None:
    templates = Templates(evaluator.prefetch_templates(), evaluator.optional_prefetch_templates())
    resources = [entry["resource"] for entry in folder.bundle["entry"]]
    patient = next(each["id"] for each in resources if each["resourceType"] == "Patient")
    with FakeFhirServer([each for each in resources if "id" in each]) as ehr:
        access = Access(patient, ehr.base, (ehr.base,))
        results = []
        for prefetch in (prefetched(evaluator, ehr), {}):
            gathered = gather(prefetch, templates, access, FhirFetcher(Client(), https_only=False), 1000)
            results.append(
                evaluator.evaluate_prefetch(
                    patient, ehr.base, gathered.resources, folder.as_of, Seen(gathered.unseen, gathered.whole)
                ).cards
            )
            assert not gathered.unseen
    by_prefetch, by_fetching = (UUID.sub("", orjson.dumps(each, default=exact_number).decode()) for each in results)
    assert by_fetching == by_prefetch


def test_paging_changes_nothing(evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient) -> None:
    expected = cards(call(client, ehr.base, prefetched(evaluator, ehr)))
    ehr.page_size = 2
    assert cards(call(client, ehr.base)) == expected
    assert any("_start=4" in asked.path for asked in ehr.asked)


def test_discovery_names_the_scopes_that_fetching_needs(client: FlaskClient) -> None:
    for service in client.get("/cds-services").get_json()["services"]:
        types = {template.partition("?")[0].partition("/")[0] for template in service["prefetch"].values()}
        assert set(re.findall(r"patient/(\w+)\.read", service["usageRequirements"])) == (
            types | {"Procedure", "DiagnosticReport", "DocumentReference"}
        )
        assert all(key in service["usageRequirements"] for key in service["prefetch"])


@pytest.mark.conforms("PRE-11")
def test_a_first_page_in_the_prefetch_is_followed_by_the_others(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient
) -> None:
    expected = cards(call(client, ehr.base, prefetched(evaluator, ehr)))
    ehr.asked.clear()
    ehr.page_size = 3
    answer = call(client, ehr.base, prefetched(evaluator, ehr), fhirAuthorization=AUTHORIZATION)
    assert cards(answer) == expected
    assert first_questions(ehr)
    assert all("_start=" in asked.path for asked in first_questions(ehr))
    assert {asked.headers["authorization"] for asked in ehr.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.conforms("PRE-9")
def test_null_and_an_empty_bundle_are_known_to_be_empty_and_nobody_is_asked(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient
) -> None:
    everything = prefetched(evaluator, ehr)
    nothing = {key: None for key in everything if key != "patient"}
    empty = {key: {"resourceType": "Bundle", "type": "searchset", "total": 0} for key in nothing}
    by_null = cards(call(client, ehr.base, {"patient": everything["patient"], **nothing}))
    assert by_null == cards(call(client, ehr.base, {"patient": everything["patient"], **empty}))
    assert ehr.asked == []


@pytest.mark.conforms("PRE-10")
@pytest.mark.parametrize("value", [does.OUTCOME, {"resourceType": "Bundle", "entry": [{"resource": does.OUTCOME}]}])
def test_a_query_that_failed_for_the_ehr_is_not_made_again(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient, value: object
) -> None:
    assert_missing(call(client, ehr.base, {**prefetched(evaluator, ehr), "conditions": value}), "conditions")
    assert ehr.asked == []


@pytest.mark.conforms("PRE-13")
def test_the_answer_to_another_question_is_as_good_as_none(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient
) -> None:
    """The Sandbox sends what a token it could not replace happened to find."""
    everything = prefetched(evaluator, ehr)
    expected = cards(call(client, ehr.base, everything))
    assert cards(call(client, ehr.base, {**everything, "findings": everything["patient"]})) == expected
    assert len(first_questions(ehr)) == 1


@pytest.mark.conforms("PRE-13")
def test_resources_of_somebody_else_are_left_out_and_the_card_says_so(ehr: FakeFhirServer, client: FlaskClient) -> None:
    stranger = {**bodies.mmn_resources(12)[1], "id": "foreign", "subject": {"reference": "Patient/somebody-else"}}

    def with_a_stranger(exchange: Any) -> None:
        page = exchange.fake.searchset(exchange.path)
        page["entry"] = [*page.get("entry", ()), {"resource": stranger}]
        exchange.send(200, page)

    ehr.behave(with_a_stranger, on="Observation")
    details = [card["detail"] for card in call(client, ehr.base).get_json()["cards"]]
    assert any("Not used, as about another patient: 1 record" in detail for detail in details), details


# --- The FHIR server fails ---

FAILURES: dict[str, Behaviour] = {
    "401": does.status(401),
    "403": does.status(403),
    "404": does.status(404),
    "410": does.status(410),
    "429": does.status(429, {"Retry-After": "1"}),
    "500": does.status(500),
    "503 for a minute": does.status(503, {"Retry-After": "60"}),
    "hang": does.hang,
    "head byte by byte": does.dribble_head,
    "body byte by byte": does.dribble_body,
    "good body and blanks for ever": does.dribble_whole,
    "100 Continue for ever": does.continues,
    "reset": does.reset,
    "closed": does.closed,
    "cut body": does.cut_body,
    "cut chunk": does.cut_chunk,
    "two lengths": does.two_lengths,
    "no http": does.no_http,
    "gzip bomb": does.gzip_bomb,
    "huge": does.huge,
    "html": does.html,
    "html called json": does.html_called_json,
    "json called html": does.json_called_html,
    "deep": does.deep,
    "duplicate keys": does.duplicate_keys,
    "NaN": does.not_a_number,
    "an outcome": does.an_outcome,
    "an outcome within": does.an_outcome_within,
    "nothing": does.nothing,
    "null": does.null,
    "another type": does.another_type,
    "paging loop": does.paging_loop,
    "endless pages": does.endless_pages,
}


@pytest.mark.conforms("MIS-2", "FHA-8")
@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_server_is_missing_data_in_time_and_never_an_empty_list_of_cards(
    ehr: FakeFhirServer, client: FlaskClient, name: str
) -> None:
    ehr.behave(FAILURES[name])
    assert_missing(call(client, ehr.base), *(["patient"] if "pag" in name else REQUIRED))


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_optional_may_fail_in_any_way_and_the_card_says_that_it_was_not_seen(
    ehr: FakeFhirServer, client: FlaskClient, name: str
) -> None:
    ehr.behave(FAILURES[name], on="MedicationAdministration")
    (card,) = cards(call(client, ehr.base))
    assert "treatments" in card["detail"].partition("Not looked at")[2]


@pytest.mark.parametrize("then", [does.status(500), does.hang, does.an_outcome], ids=["500", "hang", "outcome"])
def test_the_pages_that_came_count_where_a_later_one_of_an_optional_key_fails(
    evaluator: Evaluator, then: Behaviour
) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": f"Patient/{PATIENT}"}}
    with FakeFhirServer([*bodies.mmn_resources(12), allergy]) as server:
        server.behave(does.in_turn(does.endless_pages, then), on="AllergyIntolerance")
        templates = Templates({}, {"allergies": evaluator.optional_prefetch_templates()["allergies"]})
        access = Access(PATIENT, server.base, (server.base,))
        found = gather({}, templates, access, FhirFetcher(Client(), fetch_seconds=SECONDS, https_only=False), 100)
    assert [resource["id"] for _, resource in found.resources] == ["a1"]
    assert found.unseen == {"allergies": PARTIAL}


@pytest.mark.parametrize("then", [does.status(500), does.hang, does.an_outcome], ids=["500", "hang", "outcome"])
def test_a_required_key_of_which_a_later_page_fails_is_answered_by_what_came(then: Behaviour) -> None:
    known = {"resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{PATIENT}"}}
    with FakeFhirServer([*bodies.mmn_resources(12), known]) as server:
        server.behave(does.in_turn(does.endless_pages, then), on="Condition")
        templates = Templates({"conditions": "Condition?patient={{context.patientId}}"}, {})
        access = Access(PATIENT, server.base, (server.base,))
        found = gather({}, templates, access, FhirFetcher(Client(), fetch_seconds=SECONDS, https_only=False), 100)
    assert [resource["id"] for _, resource in found.resources] == ["c1"]
    assert found.unseen == {"conditions": PARTIAL}


def test_a_first_page_beside_an_error_is_no_answer(ehr: FakeFhirServer) -> None:
    def with_an_error(exchange: Any) -> None:
        page = exchange.fake.searchset(exchange.path)
        failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
        page["entry"] = [*page.get("entry", ()), {"resource": failed}]
        exchange.send(200, page)

    ehr.behave(with_an_error, on="Observation")
    templates = Templates({"findings": "Observation?patient={{context.patientId}}"}, {})
    access, fetcher = Access(PATIENT, ehr.base, (ehr.base,)), FhirFetcher(Client(), https_only=False)
    with pytest.raises(MissingData, match="failed in part"):
        gather({}, templates, access, fetcher, 100)


@pytest.mark.parametrize("code", [502, 503, 504])
def test_a_passing_failure_is_tried_once_more(ehr: FakeFhirServer, client: FlaskClient, code: int) -> None:
    ehr.behave(does.in_turn(does.status(code, {"Retry-After": "0"}), serve), on="Condition")
    assert cards(call(client, ehr.base))
    assert len(ehr.asked_for("Condition")) == 2


def test_a_connection_that_breaks_is_made_once_more_and_no_oftener(ehr: FakeFhirServer, client: FlaskClient) -> None:
    ehr.behave(does.reset, on="Condition")
    assert_missing(call(client, ehr.base), "conditions")
    assert len(ehr.asked_for("Condition")) == 2


@pytest.mark.parametrize(
    "behaviour",
    [pytest.param(does.status(503, {"Retry-After": "60"}), id="later"), pytest.param(does.status(500), id="500")],
)
def test_what_would_not_fit_or_not_help_is_not_tried_again(
    ehr: FakeFhirServer, client: FlaskClient, behaviour: Behaviour
) -> None:
    ehr.behave(behaviour, on="Condition")
    assert_missing(call(client, ehr.base), "conditions")
    assert len(ehr.asked_for("Condition")) == 1


def test_a_slow_server_that_is_in_time_is_waited_for(ehr: FakeFhirServer, client: FlaskClient) -> None:
    ehr.behave(does.slow_first_byte)
    assert cards(call(client, ehr.base))


def test_a_server_that_has_been_failing_is_left_alone_and_another_is_not(
    evaluator: Evaluator, ehr: FakeFhirServer
) -> None:
    with FakeFhirServer(ehr.resources) as other:
        client = client_for(evaluator, ehr.base, other.base)
        ehr.behave(does.status(500))
        for _ in range(5):
            assert_missing(call(client, ehr.base), "status 500")
        ehr.asked.clear()
        assert_missing(call(client, ehr.base), "left alone")
        assert ehr.asked == []
        assert cards(call(client, other.base))


def test_a_server_that_refuses_a_token_is_not_failing(ehr: FakeFhirServer, client: FlaskClient) -> None:
    ehr.token = "another"  # noqa: S105  # made up
    for _ in range(6):
        assert_missing(call(client, ehr.base, fhirAuthorization=AUTHORIZATION), "status 401")
    ehr.token = TOKEN
    assert cards(call(client, ehr.base, fhirAuthorization=AUTHORIZATION))


@pytest.mark.conforms("FHA-8")
def test_a_name_that_never_resolves_does_not_hold_up_the_answer_and_is_never_sent_the_token(
    evaluator: Evaluator, ehr: FakeFhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, go_on = socket.getaddrinfo, threading.Event()

    def resolve_at_last(_: object, *arguments: Any, **named: Any) -> object:
        go_on.wait(10)
        return resolve("127.0.0.1", *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_at_last)
    base = f"http://ehr.test:{ehr.port}/fhir"
    answer = call(client_for(evaluator, base), base, fhirAuthorization=AUTHORIZATION)
    assert_missing(answer, "no answer in time", *REQUIRED)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("fetch"):
            thread.join(5)
            assert not thread.is_alive()
    assert ehr.asked == []


@pytest.mark.conforms("FHA-7")
@pytest.mark.parametrize("name", ["hang", "body byte by byte", "reset"])
def test_nothing_goes_on_after_the_answer(ehr: FakeFhirServer, client: FlaskClient, name: str) -> None:
    ehr.behave(FAILURES[name])
    assert_missing(call(client, ehr.base))
    for thread in threading.enumerate():
        if thread.name.startswith("fetch"):
            thread.join(SLACK)
            assert not thread.is_alive()


# --- Where a call may lead ---


def spellings(port: int) -> list[str]:
    """Other ways to write http://127.0.0.1:port/fhir, and addresses that only look like it."""
    return [
        f"http://2130706433:{port}/fhir",
        f"http://0x7f.1:{port}/fhir",
        f"http://0x7f000001:{port}/fhir",
        f"http://127.1:{port}/fhir",
        f"http://0177.0.0.1:{port}/fhir",
        f"http://127.0.0.1.:{port}/fhir",
        f"http://localhost:{port}/fhir",
        f"http://LOCALHOST:{port}/fhir",
        f"http://[::ffff:127.0.0.1]:{port}/fhir",
        f"http://①②⑦.0.0.1:{port}/fhir",
        f"http://user@127.0.0.1:{port}/fhir",
        f"http://user:word@127.0.0.1:{port}/fhir",
        f"http://127.0.0.1:{port}@evil.example.org/fhir",
        f"http://127.0.0.1:{port}.example.org/fhir",
        f"http://127.0.0.1:{port}/fhir/../fhir",
        f"http://127.0.0.1:{port}/fhir//",
        f"http://127.0.0.1:{port}/fhir/x",
        f"http://127.0.0.1:{port}/fhirx",
        f"http://127.0.0.1:{port}/FHIR",
        f"http://127.0.0.1:{port}/%66hir",
        f"http://127.0.0.1:{port}//fhir",
        f"http://127.0.0.1:{port}",
        f"http://127.0.0.1:0{port}/fhir",
        f"HTTP://127.0.0.1:{port}/fhir",
        f" http://127.0.0.1:{port}/fhir",
        f"http://127.0.0.1:{port}/fhir\n",
        f"http://127.0.0.1:{port}/fhir?x=",
        f"http://127.0.0.1:{port}/fhir#",
        f"http://127.0.0.1:{port}\\fhir",
        f"https://127.0.0.1:{port}/fhir",
    ]


@pytest.mark.conforms("FHA-6")
def test_no_other_spelling_of_a_registered_server_is_contacted(ehr: FakeFhirServer, client: FlaskClient) -> None:
    for spelling in spellings(ehr.port):
        answer = call(client, spelling, fhirAuthorization=AUTHORIZATION)
        assert answer.status_code in (400, 412), spelling
        assert ehr.asked == [], spelling


@pytest.mark.conforms("FHA-5")
def test_nobody_but_the_registered_server_is_contacted(client: FlaskClient) -> None:
    with Canary() as canary:
        for spelling in [f"http://127.0.0.1:{canary.port}/fhir", *spellings(canary.port)]:
            answer = call(client, spelling, fhirAuthorization=AUTHORIZATION)
            assert answer.status_code in (400, 412), spelling
            assert not canary.was_contacted, spelling


def test_the_same_port_of_the_other_loopback_address_is_not_contacted(client: FlaskClient) -> None:
    with Canary(socket.AF_INET6) as canary:
        assert_missing(call(client, f"http://[::1]:{canary.port}/fhir"), "not registered")
        assert not canary.was_contacted


@pytest.mark.conforms("FHA-6")
def test_a_caller_without_registered_servers_gets_nothing_fetched(evaluator: Evaluator, ehr: FakeFhirServer) -> None:
    assert_missing(call(client_for(evaluator), ehr.base), "not registered", *REQUIRED)
    assert ehr.asked == []


def test_one_slash_at_the_end_means_nothing(evaluator: Evaluator, ehr: FakeFhirServer) -> None:
    assert cards(call(client_for(evaluator, ehr.base), f"{ehr.base}/"))


def test_plain_http_is_not_spoken_in_production(evaluator: Evaluator, ehr: FakeFhirServer) -> None:
    client = client_for(evaluator, ehr.base.replace("http:", "https:"), is_local=False)
    assert call(client, ehr.base).status_code == 400
    assert ehr.asked == []


@pytest.mark.conforms("FHA-5")
def test_a_redirect_leads_nowhere(ehr: FakeFhirServer, client: FlaskClient) -> None:
    with Canary() as canary:
        ehr.behave(does.redirects(f"http://127.0.0.1:{canary.port}/fhir"))
        assert_missing(call(client, ehr.base, fhirAuthorization=AUTHORIZATION), "status 302")
        assert not canary.was_contacted


NEXT = (
    "http://127.0.0.1:{canary}/fhir/Condition?x=1",
    "//127.0.0.1:{canary}/fhir/Condition?x=1",
    "http://127.0.0.1:{port}@127.0.0.1:{canary}/fhir/Condition?x=1",
    "http://127.0.0.1:{port}/elsewhere/Condition?x=1",
    "http://127.0.0.1:{port}/fhir/../elsewhere?x=1",
    "http://127.0.0.1:{port}/fhir/%2e%2e/elsewhere?x=1",
    "http://127.0.0.1:{port}/fhirx?x=1",
    "../elsewhere?x=1",
    "https://127.0.0.1:{port}/fhir/Condition?x=1",
    "file:///etc/hostname",
    "http://[::1",
)


@pytest.mark.parametrize("link", NEXT)
@pytest.mark.parametrize("is_prefetched", [True, False], ids=["prefetched", "fetched"])
@pytest.mark.conforms("PRE-12")
def test_a_next_page_elsewhere_is_not_followed_and_half_a_list_is_not_the_whole(
    evaluator: Evaluator, ehr: FakeFhirServer, link: str, is_prefetched: bool
) -> None:
    with Canary() as canary:
        there = link.format(port=ehr.port, canary=canary.port)
        everything = prefetched(evaluator, ehr)
        if is_prefetched:
            everything["conditions"] = {**everything["conditions"], "link": [{"relation": "next", "url": there}]}
        else:
            del everything["conditions"]
            ehr.behave(does.next_page(lambda _: there))
        answer = call(client_for(evaluator, ehr.base), ehr.base, everything, fhirAuthorization=AUTHORIZATION)
        assert_a_part_came(answer, "conditions")
        assert not canary.was_contacted
        assert not any("x=1" in asked.path or "elsewhere" in asked.path for asked in ehr.asked)


def test_pages_that_go_round_in_a_circle_are_left_at_once(
    evaluator: Evaluator, ehr: FakeFhirServer, client: FlaskClient
) -> None:
    everything = prefetched(evaluator, ehr)
    del everything["conditions"]
    ehr.behave(does.paging_loop)
    assert_a_part_came(call(client, ehr.base, everything), "conditions")
    assert len(ehr.asked_for("Condition")) <= 2


@pytest.mark.parametrize(("count", "room"), [(2001, 5000), (30, 29)])
def test_of_more_resources_than_one_call_may_bring_the_first_pages_are_a_part(
    ehr: FakeFhirServer, count: int, room: int
) -> None:
    ehr.resources = [
        {"resourceType": "Condition", "id": f"c{number}", "subject": {"reference": "Patient/p1"}}
        for number in range(count)
    ]
    ehr.page_size = 400
    templates = Templates({"conditions": "Condition?patient={{context.patientId}}"}, {})
    access, fetcher = Access("p1", ehr.base, (ehr.base,)), FhirFetcher(Client(), https_only=False)
    if room > count:
        assert gather({}, templates, access, fetcher, room).unseen == {"conditions": PARTIAL}
    else:
        # Not even its first page is taken.
        with pytest.raises(MissingData, match="more resources"):
            gather({}, templates, access, fetcher, room)
    ehr.resources.pop()
    assert len(gather({}, templates, access, fetcher, room).resources) == count - 1


def test_a_token_is_not_used_beyond_its_time(ehr: FakeFhirServer, evaluator: Evaluator) -> None:
    ehr.behave(does.hang)
    settings = Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,))
    app = create_app(settings, evaluator, FhirFetcher(Client(), https_only=False, fetch_seconds=60))
    brief = {**AUTHORIZATION, "expires_in": 0.3}
    assert_missing(call(app.test_client(), ehr.base, fhirAuthorization=brief), "no answer in time")


@pytest.mark.conforms("PRE-11")
def test_pages_are_followed_for_a_while_and_no_longer(ehr: FakeFhirServer, evaluator: Evaluator) -> None:
    everything = prefetched(evaluator, ehr)
    del everything["conditions"]
    ehr.behave(does.endless_pages)
    fetcher = FhirFetcher(Client(), https_only=False)
    app = create_app(
        Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,)), evaluator, fetcher
    )
    assert_a_part_came(call(app.test_client(), ehr.base, everything), "conditions")
    assert len(ehr.asked_for("Condition")) == 20


@pytest.mark.parametrize("patient", ["..", ".", "a/../b", "x?_id=1&code=", "x%2f..", "p1#", "p1\n", "é"])
def test_a_patient_id_that_is_none_never_gets_into_an_address(
    ehr: FakeFhirServer, client: FlaskClient, patient: str
) -> None:
    context = {"patientId": patient, "userId": "Practitioner/example"}
    assert call(client, ehr.base, context=context).status_code == 400
    assert ehr.asked == []


# --- The token ---


@pytest.mark.conforms("FHA-3")
def test_the_token_goes_to_the_fhir_server_with_every_question(ehr: FakeFhirServer, client: FlaskClient) -> None:
    ehr.token = TOKEN
    ehr.page_size = 3
    assert cards(call(client, ehr.base, fhirAuthorization=AUTHORIZATION))
    assert {asked.headers["authorization"] for asked in ehr.asked} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in asked.path for asked in ehr.asked)


def test_an_open_server_is_asked_without_a_token(ehr: FakeFhirServer, client: FlaskClient) -> None:
    assert cards(call(client, ehr.base))
    assert not any("authorization" in asked.headers for asked in ehr.asked)


@pytest.mark.conforms("FHA-2")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires_in": 0}, "expired"),
        ({"expires_in": -5}, "expired"),
        ({"expires_in": "soon"}, "expired"),
        ({"patient": "somebody-else"}, "another patient"),
        ({"patient": 7}, "another patient"),
        ({"token_type": "DPoP"}, "not of the type Bearer"),
        ({"token_type": None}, "not of the type Bearer"),
    ],
)
def test_a_token_that_may_not_be_used_is_not_and_the_server_is_not_asked_without_it(
    ehr: FakeFhirServer, client: FlaskClient, change: Json, reason: str
) -> None:
    answer = call(client, ehr.base, fhirAuthorization={**AUTHORIZATION, **change})
    assert_missing(answer, reason)
    assert ehr.asked == []


@pytest.mark.conforms("FHA-1")
@pytest.mark.parametrize("change", [{"expires_in": None}, {"patient": PATIENT}, {"patient": f"Patient/{PATIENT}"}])
def test_a_token_without_a_time_or_for_this_patient_is_used(
    ehr: FakeFhirServer, client: FlaskClient, change: Json
) -> None:
    ehr.token = TOKEN
    assert cards(call(client, ehr.base, fhirAuthorization={**AUTHORIZATION, **change}))


@pytest.mark.conforms("FHA-1")
@pytest.mark.parametrize("token", [None, "", 7, f"{TOKEN}\r\nX: y", f"{TOKEN} x", "é"])
def test_an_authorization_without_a_token_is_a_bad_request(
    ehr: FakeFhirServer, client: FlaskClient, token: object
) -> None:
    answer = call(client, ehr.base, fhirAuthorization={**AUTHORIZATION, "access_token": token})
    assert answer.status_code == 400
    assert "access_token" in answer.get_json()["issue"][0]["diagnostics"]
    assert ehr.asked == []


@pytest.mark.conforms("FHA-4")
@pytest.mark.parametrize("name", ["no http", "500", "hang", "html", "an outcome"])
def test_neither_token_nor_patient_is_in_any_log_even_when_everything_is_logged(
    ehr: FakeFhirServer, client: FlaskClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        call(client, ehr.base, fhirAuthorization=AUTHORIZATION)
        ehr.behave(FAILURES[name])
        call(client, ehr.base, fhirAuthorization=AUTHORIZATION)
        assert ehr.asked
    everything = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert TOKEN not in everything
    assert PATIENT not in everything
    assert "request" in everything


A_BAD_SERVER = {
    "HTML": does.html,
    "HTML that is called JSON": does.html_called_json,
    "JSON that is called HTML": does.json_called_html,
    "compressed": does.gzip_bomb,
    "half of a text": does.says(b'{"resourceType":'),
    "no FHIR": does.says({"error": "busy"}),
    "a list": does.says(b"[]"),
    "another type": does.says({"resourceType": "CapabilityStatement"}),
    "not UTF-8": does.says(b'{"resourceType":"Bundle","id":"\xff"}'),
    "status 500": does.status(500),
    "status 429": does.status(429),
    "a way to log in": does.redirects("/login"),
    "nobody there": does.reset,
}


@pytest.mark.parametrize("trouble", A_BAD_SERVER)
def test_a_server_that_gives_nothing_of_use_is_left_alone_after_five_calls_whatever_it_says(
    evaluator: Evaluator, ehr: FakeFhirServer, trouble: str
) -> None:
    client = client_for(evaluator, ehr.base)
    ehr.behave(A_BAD_SERVER[trouble])
    for _ in range(20):
        assert call(client, ehr.base).status_code == 412
    asked = len(ehr.asked)
    assert_missing(call(client, ehr.base), "left alone")
    assert len(ehr.asked) == asked
    assert len(ehr.asked_for("Patient")) <= 10


def test_a_server_that_says_too_many_and_for_how_long_is_not_asked_until_then(
    evaluator: Evaluator, ehr: FakeFhirServer
) -> None:
    client = client_for(evaluator, ehr.base)
    ehr.behave(does.status(429, {"Retry-After": "30"}), on="Condition")
    assert_missing(call(client, ehr.base), "status 429")
    ehr.behave(None)
    asked = len(ehr.asked)
    assert_missing(call(client, ehr.base), "left alone")
    assert len(ehr.asked) == asked
