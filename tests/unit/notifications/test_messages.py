"""Whom a message is about, in every form in which engines and Subscriptions send one, and by what it is known again."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from service.errors import BadRequest, PayloadTooLarge
from service.notifications.messages import Place, deletion_of, message_of
from service.notifications.pointers import Pointer, on_servers

EHR = "https://ehr.example.org/fhir"
Json = dict[str, Any]
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:mrn", "value": "61431450"}]}
RESULT: Json = {"resourceType": "Observation", "id": "o1", "subject": {"reference": "Patient/p1"}}


def bundle(*entries: Json, kind: str = "collection", **further: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **further}


def result(subject: Json, **further: Any) -> Json:
    return {**RESULT, "subject": subject, **further}


def status_r4(kind: str = "event-notification", *events: Json, since: str = "3") -> Json:
    """The Parameters of the Subscriptions Backport."""
    parts = [
        {"name": name, "part": list(named(event))} for name, event in (("notification-event", one) for one in events)
    ]
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": f"{EHR}/Subscription/mmn"}},
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": kind},
            {"name": "events-since-subscription-start", "valueString": since},
            *parts,
        ],
    }


def named(event: Json) -> list[Json]:
    forms = {"focus": "valueReference", "event-number": "valueString"}
    return [{"name": name, forms[name]: value} for name, value in event.items()]


def status_r5(kind: str, *events: Json) -> Json:
    return {
        "resourceType": "SubscriptionStatus",
        "status": "active",
        "type": kind,
        "subscription": {"reference": f"{EHR}/Subscription/mmn"},
        "eventsSinceSubscriptionStart": 3,
        "notificationEvent": list(events),
    }


P1, P1_THERE = Pointer("patient", "p1"), Pointer("patient", "p1", EHR)
O1, MRN = Pointer("resource", "Observation/o1"), Pointer("identifier", "urn:mrn|61431450")
POINTERS: dict[str, tuple[Any, list[Pointer]]] = {
    "a patient alone": (PATIENT, [P1]),
    "one result": (RESULT, [P1]),
    "results on lines": ([PATIENT, RESULT], [P1]),
    "two patients": (
        bundle({"resource": PATIENT}, {"resource": {**PATIENT, "id": "p2"}}),
        [P1, Pointer("patient", "p2")],
    ),
    "a result whose subject has an address": (result({"reference": f"{EHR}/Patient/p1"}), [P1_THERE]),
    "a result whose subject has a version": (result({"reference": "Patient/p1/_history/3"}), [P1]),
    "a result whose address tells the server": (
        bundle({"fullUrl": f"{EHR}/Observation/o1", "resource": RESULT}),
        [P1_THERE],
    ),
    "a conditional reference": (result({"reference": "Patient?identifier=urn:mrn|61431450"}), [MRN]),
    "a logical reference": (result({"identifier": {"system": "urn:mrn", "value": "61431450"}}), [MRN]),
    "a contained patient": (result({"reference": "#p"}, contained=[{**PATIENT, "id": "p"}]), [MRN]),
    "a subject that is no patient": (result({"reference": "Group/g1"}), []),
    "an allergy, whose subject is called patient": (
        {"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"}},
        [P1],
    ),
    "a result without a subject, which the server may know": ({"resourceType": "Observation", "id": "o1"}, [O1]),
    "an organisation": ({"resourceType": "Organization", "id": "h1"}, []),
    "a transaction that puts a patient": (
        bundle({"resource": PATIENT, "request": {"method": "PUT", "url": "Patient/p1"}}, kind="transaction"),
        [P1],
    ),
    "a transaction that posts a patient, who gets another id": (
        bundle(
            {"fullUrl": "urn:uuid:1", "resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
            {"resource": result({"reference": "urn:uuid:1"}), "request": {"method": "POST", "url": "Observation"}},
            kind="transaction",
        ),
        [MRN],
    ),
    "the answer to such a transaction": (
        bundle({"response": {"status": "201", "location": "Patient/p1/_history/1"}}, kind="transaction-response"),
        [P1],
    ),
    "the answer to a transaction that also kept an organisation": (
        bundle(
            {"response": {"status": "201", "location": "Organization/h1/_history/1"}},
            {"response": {"status": "201", "location": "Observation/o1/_history/1"}},
            kind="transaction-response",
        ),
        [O1],
    ),
    "a transaction that deletes": (
        bundle({"request": {"method": "DELETE", "url": "Observation/o1"}}, kind="transaction"),
        [O1],
    ),
    "a transaction that deletes by condition": (
        bundle({"request": {"method": "DELETE", "url": "Observation?patient=Patient/p1&code=1"}}, kind="transaction"),
        [P1],
    ),
    "a history in which something was deleted": (
        bundle(
            {"fullUrl": f"{EHR}/Observation/o1", "request": {"method": "DELETE", "url": "Observation/o1"}},
            kind="history",
        ),
        [O1],
    ),
    "a patient who was merged": (
        {**PATIENT, "link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]},
        [P1, Pointer("patient", "p2")],
    ),
    "a message": (
        bundle(
            {"resource": {"resourceType": "MessageHeader", "id": "m1", "focus": [{"reference": "Observation/o1"}]}},
            {"resource": RESULT},
            kind="message",
        ),
        [P1],
    ),
    "a message that brings nothing of what it is about": (
        bundle(
            {"resource": {"resourceType": "MessageHeader", "id": "m1", "focus": [{"reference": "Observation/o1"}]}},
            kind="message",
        ),
        [O1],
    ),
    "Parameters around a Bundle": (
        {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": bundle({"resource": RESULT})}]},
        [P1],
    ),
    "a Bundle in a Bundle": (
        bundle({"resource": bundle({"resource": RESULT}, kind="searchset")}, kind="batch-response"),
        [P1],
    ),
    "a notification with its resource": (
        bundle(
            {"resource": status_r4("event-notification", {"focus": {"reference": "Observation/o1"}})},
            {"resource": RESULT},
            kind="history",
        ),
        [P1],
    ),
    "a notification with an id only": (
        bundle(
            {"resource": status_r4("event-notification", {"focus": {"reference": "Observation/o1"}})}, kind="history"
        ),
        [O1],
    ),
    "a notification of R4B with an id only": (
        bundle({"resource": status_r5("event-notification", {"focus": {"reference": "Patient/p1"}})}, kind="history"),
        [P1],
    ),
    "a notification of R5 with an id only": (
        bundle(
            {
                "resource": status_r5(
                    "event-notification", {"focus": {"reference": "Observation/o1"}, "eventNumber": "3"}
                )
            },
            kind="subscription-notification",
        ),
        [O1],
    ),
    "an empty notification with a number": (
        bundle({"resource": status_r4("event-notification", {"event-number": "3"})}, kind="history"),
        [Pointer("events", "Subscription/mmn|3|3", EHR)],
    ),
    "an empty notification that only counts": (
        bundle({"resource": status_r4()}, kind="history"),
        [Pointer("events", "Subscription/mmn|3|3", EHR)],
    ),
    "an empty Bundle": (bundle(), []),
}


@pytest.mark.parametrize("name", POINTERS)
def test_whom_a_message_is_about(name: str) -> None:
    body, expected = POINTERS[name]
    message = message_of(body)
    assert message.kind == "notification"
    assert list(message.pointers) == expected


@pytest.mark.parametrize("kind", ["handshake", "heartbeat"])
@pytest.mark.parametrize("status", [status_r4, status_r5], ids=["R4", "R5"])
def test_a_handshake_and_a_heartbeat_want_an_answer_and_nothing_else(kind: str, status: Any) -> None:
    message = message_of(bundle({"resource": status(kind)}, kind="history"))
    assert (message.kind, message.pointers) == (kind, ())


IDENTITIES: dict[str, tuple[Json, tuple[str, str] | None]] = {
    "by the id of a message": (
        bundle({"resource": {"resourceType": "MessageHeader", "id": "m1"}}, {"resource": RESULT}, kind="message"),
        ("message", "m1"),
    ),
    "by the identifier of a Bundle": (
        bundle({"resource": RESULT}, identifier={"system": "urn:x", "value": "b1"}),
        ("bundle", "urn:x|b1"),
    ),
    "by the number of its event": (
        bundle(
            {
                "resource": status_r4(
                    "event-notification", {"focus": {"reference": "Observation/o1"}, "event-number": "3"}
                )
            }
        ),
        ("events", f"{EHR}/Subscription/mmn|3"),
    ),
    "by nothing but its content": (bundle({"resource": RESULT}), None),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_by_what_a_message_is_known_again(name: str) -> None:
    body, expected = IDENTITIES[name]
    assert message_of(body).identity == expected


@pytest.mark.parametrize(
    ("body", "is_bare"),
    [
        (RESULT, False),
        (bundle({"resource": RESULT}), False),
        (bundle({"resource": status_r4("event-notification", {"focus": {"reference": "Observation/o1"}})}), True),
        (bundle({"request": {"method": "DELETE", "url": "Observation/o1"}}, kind="transaction"), True),
    ],
    ids=["a resource", "a Bundle of resources", "an id only", "a deletion"],
)
def test_the_same_bytes_tell_of_the_same_change_only_where_they_hold_what_changed(body: Json, is_bare: bool) -> None:
    assert message_of(body).is_bare is is_bare


def test_a_rest_hook_names_its_resource_in_the_address() -> None:
    assert message_of({"resourceType": "Observation"}, Place("Observation", "o1")).pointers == (O1,)
    assert message_of(RESULT, Place("Observation", "o1")).pointers == (P1,)
    assert deletion_of(Place("Observation", "o1")).pointers == (O1,)
    assert deletion_of(Place("Patient", "p1")).pointers == (P1,)


@pytest.mark.parametrize("body", [None, [], {}, 1, "text", [1], {"resourceType": "Nothing"}, {"resourceType": 1}])
def test_what_is_no_fhir_is_refused(body: Any) -> None:
    if body == []:
        assert message_of(body).pointers == ()
        return
    with pytest.raises(BadRequest, match="no FHIR resource"):
        message_of(body)


def test_a_message_of_very_many_patients_is_refused() -> None:
    body = [{"resourceType": "Patient", "id": f"p{number}"} for number in range(1001)]
    with pytest.raises(PayloadTooLarge, match="1000"):
        message_of(body)


OTHER = "https://other.example.org/fhir"


@pytest.mark.parametrize(
    ("bases", "servers", "expected"),
    [
        (["", ""], (EHR,), [EHR, EHR]),
        ([EHR, ""], (EHR,), [EHR, EHR]),
        (["https://EHR.example.org:443/fhir/".rstrip("/")], (EHR,), [EHR]),
        ([OTHER, ""], (EHR,), [EHR, EHR]),
        ([EHR, OTHER], (EHR,), [EHR]),
        ([OTHER, "https://third.example.org/fhir"], (EHR,), []),
        ([OTHER, EHR], (EHR, OTHER), [OTHER, EHR]),
    ],
    ids=[
        "no server named",
        "the registered one",
        "in another spelling",
        "one that knows itself under another name",
        "one of two is registered",
        "neither of two",
        "each on its own",
    ],
)
def test_on_which_server_a_pointer_counts(bases: list[str], servers: tuple[str, ...], expected: list[str]) -> None:
    pointers = [Pointer("patient", f"p{number}", _spelled(base)) for number, base in enumerate(bases)]
    assert list(on_servers(pointers, servers).values()) == expected


def _spelled(base: str) -> str:
    found = message_of(
        {"resourceType": "Observation", "subject": {"reference": f"{base}/Patient/p1" if base else "Patient/p1"}}
    )
    return found.pointers[0].base


ODD: tuple[Any, ...] = (None, True, 1, "", "x", [], {}, [None], [[1]], [{}], {"a": []})


def with_odd_places(value: Any) -> Iterator[Any]:
    """The body as often as it has places, each time with something odd in one of them."""
    yield from ODD
    if isinstance(value, dict):
        yield from ({**value, key: odd} for key, item in value.items() for odd in with_odd_places(item))
    if isinstance(value, list):
        yield from (
            [*value[:at], odd, *value[at + 1 :]] for at, item in enumerate(value) for odd in with_odd_places(item)
        )


@pytest.mark.parametrize("name", POINTERS)
def test_a_message_with_something_odd_anywhere_in_it_is_read_or_refused(name: str) -> None:
    for body in with_odd_places(POINTERS[name][0]):
        with suppress(BadRequest):
            message_of(body)
