"""The steps from what was prefetched to what is known, over HTTP, with a FHIR server over TLS.

PRE-6 MIS-3     test_the_cards_are_the_same_by_prefetch_by_fetching_and_by_any_mixture
PRE-7 PRE-8     test_the_cards_are_the_same_by_prefetch_by_fetching_and_by_any_mixture
PRE-9           test_null_and_an_empty_bundle_mean_the_same_and_nobody_is_asked
PRE-10          test_a_query_that_failed_for_the_ehr_is_not_made_again
PRE-11          test_a_first_page_alone_is_fetched_to_its_end_or_counts_as_a_part
PRE-12          test_a_next_page_elsewhere_is_not_asked_for
PRE-13          test_another_patient_is_refused_and_what_is_of_another_patient_left_out
MIS-1 MIS-4 MIS-5   test_each_required_key_that_comes_by_no_route_is_named_in_a_412
MIS-2           test_what_the_fhir_server_does_wrong_is_missing_data_in_time
MIS-5           test_optional_data_that_did_not_come_are_told_on_the_card
"""

import re
import time

import pytest

from tests.bench import bodies
from tests.checklist.place import FETCH_SECONDS, NAME, Place
from tests.checklist.without_uuids import without_uuids
from tests.ehr import Answer, Ehr
from tests.fake_fhir import Behaviour
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.server import Asked
from tests.hook_calls import HOOKS

REQUIRED = ("patient", "conditions", "nerveStudies", "laboratory", "findings")
SECOND = re.compile(r"(MedicationAdministration|Procedure|DiagnosticReport|DocumentReference)\?patient=[^&]+")
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def assert_missing(answer: Answer, *named: str) -> None:
    """412 that names this, and nothing of the patient."""
    assert answer.status == 412, answer.body
    (issue,) = answer.json["issue"]
    assert (answer.json["resourceType"], issue["severity"], issue["code"]) == (
        "OperationOutcome",
        "error",
        "incomplete",
    )
    assert all(name in issue["diagnostics"] for name in named), issue
    assert bodies.PATIENT.encode() not in answer.body
    assert NAME.encode() not in answer.body


def asked_first(ehr: Ehr) -> list[Asked]:
    """What was asked, without the second question: all that was given, which no prefetch template asks for."""
    return [each for each in ehr.record.asked if not SECOND.fullmatch(each.path.partition("/fhir/")[2])]


@pytest.mark.conforms("PRE-6", "PRE-7", "PRE-8", "MIS-3")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("sent", [(), ("patient",), ("nerveStudies", "findings"), REQUIRED[1:], REQUIRED])
def test_the_cards_are_the_same_by_prefetch_by_fetching_and_by_any_mixture(
    ehr: Ehr, hook: str, sent: tuple[str, ...]
) -> None:
    everything = ehr.prefetched(hook)
    expected = ehr.call(ehr.hook_call(hook, **ehr.access())).cards
    assert expected
    assert asked_first(ehr) == []
    ehr.record.asked.clear()
    some = ehr.with_access(hook, prefetch={key: everything[key] for key in sent} or None)
    assert without_uuids(ehr.call(some).cards) == without_uuids(expected)
    assert len(asked_first(ehr)) == len(everything.keys() - set(sent))


@pytest.mark.conforms("PRE-9")
def test_null_and_an_empty_bundle_mean_the_same_and_nobody_is_asked(ehr: Ehr) -> None:
    patient = ehr.prefetched()["patient"]
    others = ehr.prefetched().keys() - {"patient"}
    by_null = ehr.call(ehr.hook_call(prefetch={"patient": patient, **dict.fromkeys(others)}, **ehr.access()))
    empty = ehr.call(ehr.hook_call(prefetch={"patient": patient, **dict.fromkeys(others, EMPTY)}, **ehr.access()))
    assert without_uuids(by_null.cards) == without_uuids(empty.cards)
    assert asked_first(ehr) == []


@pytest.mark.conforms("PRE-10")
@pytest.mark.parametrize("within", [False, True])
def test_a_query_that_failed_for_the_ehr_is_not_made_again(ehr: Ehr, within: bool) -> None:
    failed = {**EMPTY, "entry": [{"resource": does.OUTCOME, "search": {"mode": "outcome"}}]} if within else does.OUTCOME
    prefetch = {**ehr.prefetched(), "conditions": failed}
    assert_missing(ehr.call(ehr.hook_call(prefetch=prefetch, **ehr.access())), "conditions")
    assert ehr.record.asked == []


@pytest.mark.conforms("PRE-11")
def test_a_first_page_alone_is_fetched_to_its_end_or_counts_as_a_part(ehr: Ehr) -> None:
    expected = ehr.call(ehr.hook_call(**ehr.access())).cards
    ehr.record.asked.clear()
    ehr.record.page_size = 3
    first_pages = ehr.hook_call()
    assert without_uuids(ehr.call({**first_pages, **ehr.access()}).cards) == without_uuids(expected)
    assert {"_start=" in asked.path for asked in asked_first(ehr)} == {True}
    told = ehr.call(first_pages).cards
    assert told
    assert all("Only a part came" in card["detail"] and "findings" in card["detail"] for card in told)


@pytest.mark.conforms("PRE-12")
def test_a_next_page_elsewhere_is_not_asked_for(place: Place, ehr: Ehr) -> None:
    prefetch = ehr.prefetched()
    place.servers.elsewhere.asked.clear()
    link = [{"relation": "next", "url": f"{place.servers.elsewhere.base}/Observation?page=2"}]
    prefetch["nerveStudies"] = {**prefetch["nerveStudies"], "link": link}
    told = ehr.call(ehr.hook_call(prefetch=prefetch, **ehr.access())).cards
    assert all("the rest was not seen: nerveStudies" in card["detail"] for card in told)
    assert place.servers.elsewhere.asked == []


@pytest.mark.conforms("PRE-13")
def test_another_patient_is_refused_and_what_is_of_another_patient_left_out(ehr: Ehr) -> None:
    prefetch = ehr.prefetched()
    stranger = {**prefetch["patient"], "id": "somebody-else"}
    assert ehr.call(ehr.hook_call(prefetch={**prefetch, "patient": stranger})).status == 400
    foreign = {**bodies.mmn_resources(12)[1], "id": "foreign", "subject": {"reference": "Patient/somebody-else"}}
    prefetch["findings"]["entry"].append({"resource": foreign})
    assert any(
        "Not used, as about another patient: 1 record" in card["detail"]
        for card in ehr.call(ehr.hook_call(prefetch=prefetch)).cards
    )


@pytest.mark.conforms("PRE-8", "MIS-1", "MIS-4", "MIS-5", "RSP-3")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("key", REQUIRED)
def test_each_required_key_that_comes_by_no_route_is_named_in_a_412(ehr: Ehr, hook: str, key: str) -> None:
    prefetch = ehr.prefetched(hook)
    del prefetch[key]
    assert_missing(ehr.call(ehr.hook_call(hook, prefetch=prefetch)), key)


@pytest.mark.conforms("REQ-8", "MIS-1")
@pytest.mark.parametrize("prefetch", [None, {}])
def test_with_no_prefetch_and_no_server_every_required_key_is_named(ehr: Ehr, prefetch: object) -> None:
    assert_missing(ehr.call(ehr.hook_call(prefetch=prefetch)), *REQUIRED)


FAILURES: list[tuple[str, Behaviour]] = [
    ("status 401", does.status(401)),
    ("status 500", does.status(500)),
    ("no answer in time", does.hang),
    ("no answer in time", does.dribble_body),
    ("connection failed", does.reset),
    ("not JSON", does.html),
]


@pytest.mark.conforms("MIS-2", "FHA-8")
@pytest.mark.parametrize(
    "number", range(len(FAILURES)), ids=[f"{number}-{each[0]}" for number, each in enumerate(FAILURES)]
)
def test_what_the_fhir_server_does_wrong_is_missing_data_in_time(place: Place, number: int) -> None:
    reason, behaviour = FAILURES[number]
    ehr = place.ehr_failing(number)
    ehr.record.behave(behaviour)
    started = time.monotonic()
    assert_missing(ehr.call(ehr.with_access()), *REQUIRED, reason)
    assert time.monotonic() - started < FETCH_SECONDS + 2
    assert ehr.record.asked


@pytest.mark.conforms("MIS-5")
def test_optional_data_that_did_not_come_are_told_on_the_card(ehr: Ehr) -> None:
    prefetch = ehr.prefetched()
    del prefetch["treatments"]
    (card,) = ehr.call(ehr.hook_call(prefetch=prefetch)).cards
    assert "treatments" in card["detail"].partition("Not looked at")[2]
    assert_unseen_when_it_fails(ehr)


def assert_unseen_when_it_fails(ehr: Ehr) -> None:
    ehr.record.behave(does.status(403), on="MedicationAdministration")
    (card,) = ehr.call(ehr.with_access()).cards
    ehr.record.behave(None, on="MedicationAdministration")
    assert "treatments" in card["detail"].partition("Not looked at")[2]
