"""An EHR that calls from a browser, and what the service writes down about anybody.

COR-1 COR-2     test_a_preflight_is_answered_for_the_named_origin_alone_and_without_a_token
COR-3           test_a_page_can_read_every_status
LOG-1           test_a_call_is_one_line_with_its_instance_service_caller_version_and_number_of_cards
LOG-2 SEC-15 FB-9   test_the_log_is_json_of_named_fields_and_holds_nothing_that_was_sent
PRF-1           test_an_answer_says_how_long_each_stage_took_and_the_counters_say_it_for_all
"""

from uuid import uuid4

import orjson
import pytest

from tests.checklist.place import CANARIES, METRICS_TOKEN, NAME, ORIGIN, Place
from tests.ehr import Ehr
from tests.ehr.client import DISCOVERY, JSON, path_of

CALL = path_of("patient-view")
PATHS = [DISCOVERY, CALL, f"{CALL}/feedback", f"{DISCOVERY}/unknown", f"{DISCOVERY}/unknown/feedback"]
ALLOWED = "access-control-allow-origin"
FIELDS = frozenset(
    "time level logger event route method status ms stages correlation_id knowledge exception location count caller "
    "reason issuer jti topic service hook_instance cards used unused reached held_back".split()
)


@pytest.mark.conforms("COR-1", "COR-2")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example.org", "null", f"{ORIGIN}.evil.example.org"])
def test_a_preflight_is_answered_for_the_named_origin_alone_and_without_a_token(
    ehr: Ehr, path: str, origin: str
) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = ehr.raw("OPTIONS", path, headers=asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers.get(ALLOWED) == (ORIGIN if origin == ORIGIN else None)
    if origin == ORIGIN:
        assert {"GET", "POST", "OPTIONS"} == set(answer.headers["access-control-allow-methods"].split(", "))
        assert {"authorization", "content-type"} == set(answer.headers["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.conforms("COR-3")
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [(CALL, b"{", 400), (CALL, b"", 401), (f"{DISCOVERY}/unknown", b"{}", 404), (CALL, b"missing", 412)],
)
def test_a_page_can_read_every_status(ehr: Ehr, path: str, body: bytes, status: int) -> None:
    headers = {**JSON, "Origin": ORIGIN}
    if status == 401:
        answer = ehr.raw("POST", path, body, headers)
    elif status == 412:
        answer = ehr.signed("POST", path, orjson_of(ehr), headers)
    else:
        answer = ehr.signed("POST", path, body, headers)
    assert (answer.status, answer.headers[ALLOWED]) == (status, ORIGIN)
    assert "Origin" in answer.headers["vary"]


@pytest.mark.conforms("FB-9", "SEC-15", "LOG-2")
def test_the_log_is_json_of_named_fields_and_holds_nothing_that_was_sent(place: Place, ehr: Ehr) -> None:
    ehr.call(ehr.hook_call())
    ehr.call(ehr.with_access())
    ehr.call(ehr.with_access(**ehr.access(patient=NAME)))
    ehr.feedback("patient-view", {"card": str(uuid4()), "overrideReason": {"userComment": "comment-canary"}})
    ehr.signed("GET", f"/{NAME}?name=query-canary")
    ehr.signed("POST", f"{DISCOVERY}/{NAME}", f'{{"hook":"{NAME}"}}'.encode())
    ehr.raw("POST", CALL, b"{}", {**JSON, "Authorization": f"Bearer {ehr.token(CALL, aud=NAME)}"})
    lines = place.service.log_lines()
    assert {name for line in lines for name in line} <= FIELDS
    assert [canary for canary in CANARIES if canary in place.service.log.read_text(encoding="utf-8")] == []
    assert {line["event"] for line in lines} >= {"request", "refused"}


@pytest.mark.conforms("LOG-1")
def test_a_call_is_one_line_with_its_instance_service_caller_version_and_number_of_cards(
    place: Place, ehr: Ehr
) -> None:
    call = ehr.hook_call()
    answer = ehr.call(call)
    (line,) = [line for line in place.service.log_lines() if line.get("hook_instance") == call["hookInstance"]]
    assert (line["service"], line["caller"], line["route"]) == (
        "mmn-patient-view",
        ehr.signer.iss,
        "/cds-services/<service_id>",
    )
    assert (line["status"], line["cards"]) == (200, len(answer.cards))
    assert line["correlation_id"] == answer.headers["x-request-id"]
    assert line["knowledge"] == ehr.raw("GET", "/readyz").json["knowledge"]["version"]


@pytest.mark.conforms("SEC-15")
def test_a_refusal_can_be_found_in_the_log_by_its_request_id(place: Place, ehr: Ehr) -> None:
    answer = ehr.raw("POST", CALL, b"{}", {**JSON, "Authorization": f"Bearer {ehr.token(DISCOVERY)}"})
    lines = [line for line in place.service.log_lines() if line.get("correlation_id") == answer.headers["x-request-id"]]
    assert [line["event"] for line in lines] == ["refused", "request"]
    assert lines[0]["reason"] == "claim aud"
    assert lines[0]["issuer"] == ehr.signer.iss


@pytest.mark.conforms("PRF-1")
def test_an_answer_says_how_long_each_stage_took_and_the_counters_say_it_for_all(ehr: Ehr) -> None:
    assert ehr.call(ehr.hook_call()).headers["server-timing"].startswith("read;dur=")
    counters = ehr.raw("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).body.decode()
    assert 'mmn_cds_request_seconds_count{route="/cds-services/<service_id>"}' in counters


def orjson_of(ehr: Ehr) -> bytes:
    """A call that lacks everything."""
    return orjson.dumps(ehr.hook_call(prefetch=None))


def test_the_rules_are_shown_to_everybody(ehr: Ehr) -> None:
    answers = [ehr.raw("GET", path) for path in ("/rules", "/rules/thresholds", "/rules/mmn.conduction_block.definite")]
    assert {answer.status for answer in answers} == {200}
