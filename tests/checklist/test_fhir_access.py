"""What the service does with the access that an EHR grants it, over HTTP.

FHA-1   test_an_authorization_without_a_lifetime_is_used
FHA-2   test_a_token_for_another_patient_or_an_expired_one_is_not_used
FHA-3 FHA-5   test_the_token_goes_to_the_ehrs_own_server_with_every_question_and_to_nobody_else
FHA-4   test_the_access_token_is_in_no_answer_no_log_no_store_and_no_counter
FHA-5   test_a_redirect_leads_nowhere
FHA-6   test_a_server_that_is_not_the_callers_is_not_contacted
FHA-8   tests/checklist/test_missing_data.py
"""

import pytest

from tests.checklist.place import ACCESS_TOKEN, METRICS_TOKEN, Place
from tests.checklist.test_missing_data import assert_missing
from tests.ehr import Ehr
from tests.fake_fhir import behaviours as does


@pytest.mark.conforms("FHA-1")
def test_an_authorization_without_a_lifetime_is_used(ehr: Ehr) -> None:
    assert ehr.call(ehr.with_access(**ehr.access(expires_in=None, patient=None))).cards


@pytest.mark.conforms("FHA-2")
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"patient": "somebody-else"}, "another patient"), ({"expires_in": 0}, "expired"), ({"token_type": "x"}, "type")],
)
def test_a_token_for_another_patient_or_an_expired_one_is_not_used(
    ehr: Ehr, change: dict[str, object], reason: str
) -> None:
    assert_missing(ehr.call(ehr.with_access(**ehr.access(**change))), reason)
    assert ehr.record.asked == []


@pytest.mark.conforms("FHA-3", "FHA-5")
def test_the_token_goes_to_the_ehrs_own_server_with_every_question_and_to_nobody_else(place: Place, ehr: Ehr) -> None:
    others = [place.servers.elsewhere, place.servers.keys, *place.servers.failing]
    for other in others:
        other.asked.clear()
    assert ehr.call(ehr.with_access("order-sign")).cards
    assert {asked.headers["authorization"] for asked in ehr.record.asked} == {f"Bearer {ACCESS_TOKEN}"}
    assert {asked.method for asked in ehr.record.asked} == {"GET"}
    assert [asked for other in others for asked in other.asked] == []


@pytest.mark.conforms("FHA-5")
def test_a_redirect_leads_nowhere(place: Place, ehr: Ehr) -> None:
    place.servers.elsewhere.asked.clear()
    ehr.record.behave(does.redirects(f"{place.servers.elsewhere.base}/Condition"), on="Condition")
    answer = ehr.call(ehr.with_access())
    ehr.record.behave(None, on="Condition")
    assert_missing(answer, "conditions")
    assert place.servers.elsewhere.asked == []


@pytest.mark.conforms("FHA-6")
def test_a_server_that_is_not_the_callers_is_not_contacted(place: Place, ehr: Ehr) -> None:
    place.servers.elsewhere.asked.clear()
    spellings = [
        place.servers.elsewhere.base,
        ehr.record.base.replace("127.0.0.1", "localhost"),
        ehr.record.base.replace("127.0.0.1", "2130706433"),
        ehr.record.base.replace("https://", "https://user@"),
        f"{ehr.record.base}/other",
        ehr.record.base.upper().replace("HTTPS", "https"),
    ]
    for base in spellings:
        assert_missing(ehr.call(ehr.with_access(fhirServer=base)), "not registered")
    assert [*place.servers.elsewhere.asked, *ehr.record.asked] == []


@pytest.mark.conforms("FHA-6")
def test_a_server_of_one_ehr_is_not_asked_for_another(place: Place, ehr: Ehr) -> None:
    """The EHR with its keys at a URL has no FHIR server registered."""
    other = place.ehr("with-key-url")
    assert_missing(other.call(other.with_access()), "not registered")
    assert ehr.record.asked == []


@pytest.mark.conforms("FHA-4")
def test_the_access_token_is_in_no_answer_no_log_no_store_and_no_counter(place: Place, ehr: Ehr) -> None:
    answers = [ehr.call(ehr.with_access()), ehr.call(ehr.with_access(**ehr.access(patient="somebody-else")))]
    counters = ehr.raw("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert counters.status == 200
    files = [path.read_bytes() for path in place.service.log.parent.iterdir()]
    texts = [counters.body, *files, *(answer.body + str(answer.headers).encode() for answer in answers)]
    assert len(files) >= 3
    assert not any(ACCESS_TOKEN.encode() in text for text in texts)
