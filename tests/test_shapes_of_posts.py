"""What integration engines post to ``$mmn-evaluate``: one chart in every shape, and the same answer to each."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.posted_charts import (
    AS_OF,
    FHIR,
    LINES,
    PATIENT,
    SERVER,
    SUBJECT,
    Json,
    answered,
    bundled,
    chart,
    details,
    entries,
    named,
    post,
    raw,
    reached,
    rows,
    signs,
    umn_signs,
    without_umn_signs,
)
from tests.shipped import shipped

Shape = Callable[[], Any]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()


def requested(method: str) -> list[Json]:
    return [
        {"fullUrl": f"{SERVER}/{named(each)}", "resource": each, "request": {"method": method, "url": named(each)}}
        for each in chart()
    ]


def responded(status: str = "200 OK") -> list[Json]:
    return [{"resource": each, "response": {"status": status}} for each in chart()]


def with_urns() -> list[Json]:
    """As a transaction writes new resources: no ids, and every reference to a fullUrl of this Bundle."""
    urls = {named(each): f"urn:uuid:0e5b1c1e-0000-4000-8000-{number:012}" for number, each in enumerate(chart())}
    text = raw(chart()).decode()
    for name, url in urls.items():
        text = text.replace(f'"{name}"', f'"{url}"')
    made = orjson.loads(text)
    return [
        {
            "fullUrl": url,
            "resource": {key: value for key, value in each.items() if key != "id"},
            "request": {"method": "POST", "url": each["resourceType"]},
        }
        for url, each in zip(urls.values(), made, strict=True)
    ]


def parameters(*listed: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(listed)}


def collection() -> Json:
    return bundled("collection", entries())


def lines(*values: Any) -> bytes:
    return b"\n".join(map(raw, values or chart()))


def in_halves() -> tuple[list[Json], list[Json]]:
    resources = chart()
    return resources[:5], resources[5:]


def pages() -> list[Json]:
    """Two pages of one search that both came: each names the other."""
    first, second = (entries(*half) for half in in_halves())
    total = len(first) + len(second)
    here, there = f"{SERVER}?page=1", f"{SERVER}?page=2"
    links = [{"relation": "self", "url": here}, {"relation": "next", "url": there}]
    back = [{"relation": "self", "url": there}, {"relation": "previous", "url": here}]
    return [
        bundled("searchset", first, total=total, link=links),
        bundled("searchset", second, total=total, link=back),
    ]


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}
EVENT = {"resourceType": "MessageHeader", "id": "m1", "source": {"endpoint": "urn:x"}, "eventCoding": {"code": "R01"}}
TITLE = {"resourceType": "Composition", "id": "d1", "status": "final", "subject": SUBJECT}

# Each holds the whole chart, and nothing that says that something is missing.
WHOLE: dict[str, Shape] = {
    "a collection": collection,
    "a searchset": lambda: bundled("searchset", entries(search={"mode": "match"}), total=len(chart())),
    "a searchset with a remark": lambda: bundled("searchset", [*entries(), *entries(OUTCOME)], total=len(chart())),
    "a searchset with what is included": lambda: bundled(
        "searchset",
        [*entries(*chart()[:1], search={"mode": "include"}), *entries(*chart()[1:])],
        total=len(chart()) - 1,
    ),
    "a transaction of PUT": lambda: bundled("transaction", requested("PUT")),
    "a transaction of POST with urn:uuid": lambda: bundled("transaction", with_urns()),
    "a batch": lambda: bundled("batch", requested("PUT")),
    "a batch response of reads": lambda: bundled("batch-response", responded()),
    "a batch response of searches": lambda: bundled(
        "batch-response",
        [{"resource": bundled("searchset", entries(*half)), "response": {"status": "200"}} for half in in_halves()],
    ),
    "a transaction response": lambda: bundled("transaction-response", responded("201 Created")),
    "a message with a header": lambda: bundled("message", [*entries(EVENT), *entries()]),
    "a document with a composition": lambda: bundled("document", [*entries(TITLE), *entries()]),
    "a history with one version of each": lambda: bundled("history", requested("PUT"), total=len(chart())),
    "a notification of a subscription": lambda: bundled(
        "subscription-notification", [*entries(parameters({"name": "type", "valueCode": "event"})), *entries()]
    ),
    "a notification of a later FHIR": lambda: bundled(
        "subscription-notification", [*entries({"resourceType": "SubscriptionStatus", "status": "active"}), *entries()]
    ),
    "a Bundle in a Bundle": lambda: bundled("collection", [{"resource": collection()}]),
    "a Bundle in a Bundle in a Bundle": lambda: bundled(
        "collection", [{"resource": bundled("batch-response", [{"resource": collection()}])}]
    ),
    "two pages that both came": lambda: bundled("collection", entries(*pages())),
    "Parameters with the Bundle": lambda: parameters({"name": "resource", "resource": collection()}),
    "Parameters under another name": lambda: parameters({"name": "bundle", "resource": collection()}),
    "Parameters with a part": lambda: parameters(
        {"name": "input", "part": [{"name": "content", "resource": collection()}]}
    ),
    "Parameters with each resource": lambda: parameters(*({"name": "resource", "resource": each} for each in chart())),
    "Parameters with the Bundle and the moment": lambda: parameters(
        {"name": "asOf", "valueDateTime": AS_OF}, {"name": "resource", "resource": collection()}
    ),
    "Parameters with the Bundle and its subject": lambda: parameters(
        {"name": "resource", "resource": collection()},
        {"name": "subject", "valueReference": SUBJECT},
    ),
    "Parameters with the Bundle and the id of its subject": lambda: parameters(
        {"name": "resource", "resource": collection()}, {"name": "subject", "valueString": PATIENT}
    ),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + raw(collection()),
    "entries that are only text beside good ones": lambda: bundled("collection", [*entries(), {"id": "x"}]),
}


@pytest.mark.parametrize("shape", WHOLE.values(), ids=WHOLE.keys())
def test_one_chart_gives_one_answer_in_whatever_shape_it_comes(client: FlaskClient, shape: Shape) -> None:
    answer = answered(client, shape())
    assert reached(answer) == "definite"
    assert "partial" not in rows(answer).values()
    assert "other-patient" not in rows(answer).values()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n\n"])
@pytest.mark.parametrize("media", [LINES, "application/fhir+ndjson", f"{LINES}; charset=utf-8"])
def test_a_resource_on_each_line_is_one_chart(client: FlaskClient, media: str, ending: bytes) -> None:
    sent = b"\xef\xbb\xbf" + ending.join(map(raw, chart())) + ending
    assert reached(answered(client, sent, **{"Content-Type": media})) == "definite"


def test_a_bundle_on_each_line_is_one_chart_too(client: FlaskClient) -> None:
    sent = lines(*(bundled("searchset", entries(*half)) for half in in_halves()))
    assert reached(answered(client, sent, **{"Content-Type": LINES})) == "definite"


def test_a_line_that_is_no_json_is_named(client: FlaskClient) -> None:
    refused = post(client, lines() + b"\n{", **{"Content-Type": LINES})
    assert refused.status_code == 400
    assert f"Line {len(chart()) + 1}" in refused.get_json()["issue"][0]["diagnostics"]


def test_lines_are_no_hook_call(client: FlaskClient) -> None:
    hook = client.post("/cds-services/mmn-patient-view", data=b"{}", headers={"Content-Type": LINES})
    assert hook.status_code == 415


def searched(**more: Any) -> Json:
    return bundled("searchset", entries(), **more)


PARTS: dict[str, tuple[Shape, str]] = {
    "a next page": (lambda: searched(link=[{"relation": "next", "url": f"{SERVER}?page=2"}]), "Bundle"),
    "the last page": (lambda: searched(link=[{"relation": "previous", "url": f"{SERVER}?page=1"}]), "Bundle"),
    "a total above its entries": (lambda: searched(total=40), "Bundle"),
    "a page of a history": (lambda: bundled("history", requested("PUT"), total=99), "Bundle"),
    "a page inside a batch response": (
        lambda: bundled("batch-response", [{"resource": searched(total=40)}]),
        "Bundle.entry[0].resource",
    ),
    "something suppressed": (
        lambda: searched() | {"entry": [*entries(), *entries(_issue("warning", "suppressed"))]},
        f"Bundle.entry[{len(chart())}]",
    ),
    "an error among the entries": (
        lambda: searched() | {"entry": [*entries(_issue("error", "timeout")), *entries()]},
        "Bundle.entry[0]",
    ),
    "a search of a batch that failed": (
        lambda: bundled("batch-response", [{"response": {"status": "500"}}, *responded()]),
        "Bundle.entry[0]",
    ),
    "a search of a batch that was forbidden": (
        lambda: bundled(
            "batch-response",
            [{"response": {"status": "403", "outcome": _issue("error", "forbidden")}}, *responded()],
        ),
        "Bundle.entry[0]",
    ),
}


def _issue(severity: str, code: str) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


@pytest.mark.parametrize(("shape", "place"), PARTS.values(), ids=PARTS.keys())
def test_what_did_not_come_is_a_row_and_a_word_on_each_card(client: FlaskClient, shape: Shape, place: str) -> None:
    answer = answered(client, shape())
    assert rows(answer)[place] == "partial"
    assert answer["cards"]
    for card in answer["cards"]:
        assert "Only a part came, and the rest was not seen" in card["detail"]


def test_nothing_is_called_the_first_where_a_page_did_not_come(client: FlaskClient) -> None:
    def advised(answer: Json) -> set[str]:
        return {row["id"].rpartition(".")[2] for row in answer["evaluation"]["advice"]}

    assert "consider_immunoglobulin" in advised(answered(client, searched(total=len(chart()))))
    assert "consider_immunoglobulin" not in advised(answered(client, searched(total=40)))


def test_what_is_not_found_in_a_batch_is_no_part(client: FlaskClient) -> None:
    sent = bundled("batch-response", [{"response": {"status": "404 Not Found"}}, *responded()])
    assert "partial" not in rows(answered(client, sent)).values()


def versioned(*listed: Json) -> list[Json]:
    return [{"fullUrl": f"{SERVER}/Observation/umn", **each} for each in listed]


DELETED = {"request": {"method": "DELETE", "url": "Observation/umn"}}


def _dated(day: str, content: Json) -> Json:
    return {**content, "response": {"status": "200", "lastModified": f"2026-02-{day}T10:00:00Z"}}


HISTORIES: dict[str, tuple[list[Json], str]] = {
    "newest first": (versioned({"resource": signs(True)}, {"resource": signs(False)}), "met"),
    "newest first, the other way": (versioned({"resource": signs(False)}, {"resource": signs(True)}), "not_met"),
    "by the date of the answer, oldest first": (
        versioned(_dated("02", {"resource": signs(False)}), _dated("03", {"resource": signs(True)})),
        "met",
    ),
    "deleted": (versioned(DELETED, {"resource": signs(True)}), "unknown"),
    "deleted, oldest first": (versioned(_dated("02", {"resource": signs(True)}), _dated("03", DELETED)), "unknown"),
    "deleted and written again": (versioned({"resource": signs(True)}, DELETED, {"resource": signs(False)}), "met"),
    "written again by date": (
        versioned(_dated("02", DELETED), _dated("03", {"resource": signs(True)})),
        "met",
    ),
}


@pytest.mark.parametrize(("listed", "verdict"), HISTORIES.values(), ids=HISTORIES.keys())
def test_a_history_tells_which_version_stands(client: FlaskClient, listed: list[Json], verdict: str) -> None:
    answer = answered(client, bundled("history", [*entries(*without_umn_signs()), *listed]))
    assert umn_signs(answer) == verdict


def test_one_resource_without_its_patient_is_answered_for_its_subject(client: FlaskClient) -> None:
    answer = answered(client, signs(True))
    assert answer["evaluation"]["patient"] == SUBJECT["reference"]
    assert rows(answer) == {}


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (
            {"reference": "urn:uuid:0e5b1c1e-0000-4000-8000-000000000000"},
            "urn:uuid:0e5b1c1e-0000-4000-8000-000000000000",
        ),
        ({"reference": f"{SERVER}/Patient/x"}, "Patient/x"),
        (
            {"identifier": {"system": "https://h.example.org", "value": "7"}},
            "Patient?identifier=https://h.example.org|7",
        ),
    ],
)
def test_the_subject_of_resources_without_a_patient_is_the_patient(
    client: FlaskClient, subject: Json, name: str
) -> None:
    answer = answered(
        client, bundled("collection", entries(signs(True, subject=subject), signs(True, subject=subject)))
    )
    assert answer["evaluation"]["patient"] == name
    assert umn_signs(answer) == "met"


def test_one_resource_about_nobody_is_refused(client: FlaskClient) -> None:
    assert post(client, {**signs(True), "subject": None}).status_code == 400


def of_two() -> Json:
    other = [
        {**signs(True), "id": "x", "subject": {"reference": "Patient/p2"}},
        {"resourceType": "Patient", "id": "p2"},
    ]
    return bundled("message", [*entries(EVENT), *entries(), *entries(*other)])


@pytest.mark.parametrize("subject", [f"Patient/{PATIENT}", PATIENT, f"Patient/{PATIENT}/_history/3"])
def test_of_several_patients_only_the_subject_is_answered(client: FlaskClient, subject: str) -> None:
    assert len(answered(client, of_two())["results"]) == 2
    for sent, query in (
        (of_two(), f"?asOf={AS_OF}&subject={subject}"),
        (
            parameters({"name": "bundle", "resource": of_two()}, {"name": "subject", "valueString": subject}),
            f"?asOf={AS_OF}",
        ),
    ):
        answer = answered(client, sent, query)
        assert answer["evaluation"]["patient"] == SUBJECT["reference"]
        assert reached(answer) == "definite"
        assert {rows(answer)[name] for name in ("Patient/p2", "Observation/x")} == {"other-patient"}


WRONG: dict[str, tuple[Shape, str, str]] = {
    "asof": (collection, f"?asof={AS_OF}", "is asOf meant?"),
    "as-of": (collection, f"?as-of={AS_OF}", "is asOf meant?"),
    "patient": (collection, "?patient=p1", "known are asOf, subject, _format, _pretty"),
    "subjects": (collection, "?subjects=p1", "is subject meant?"),
    "format": (collection, "?format=json", "is _format meant?"),
    "asOf twice": (collection, f"?asOf={AS_OF}&asOf={AS_OF}", "once"),
    "an empty subject": (collection, "?subject=", "subject"),
    "a subject of nobody": (collection, "?subject=Patient/p9", "subject"),
    "pretty": (collection, "?_pretty=yes", "_pretty"),
    "two moments": (
        lambda: parameters({"name": "asOf", "valueDateTime": AS_OF}, {"name": "resource", "resource": collection()}),
        "?asOf=2026-03-05T10:20:00Z",
        "differs",
    ),
    "a moment misspelt": (
        lambda: parameters({"name": "asof", "valueDateTime": AS_OF}, {"name": "resource", "resource": collection()}),
        "",
        "is asOf meant?",
    ),
    "a moment without a value": (
        lambda: parameters({"name": "asOf"}, {"name": "resource", "resource": collection()}),
        "",
        "asOf",
    ),
    "Parameters without a resource": (lambda: parameters({"name": "subject", "valueString": PATIENT}), "", "resource"),
    "Parameters without parameters": (lambda: {"resourceType": "Parameters"}, "", "Parameters.parameter"),
    "Parameters with two": (
        lambda: parameters({"name": "a", "resource": collection()}, {"name": "b", "resource": collection()}),
        "",
        "several",
    ),
    "an array": (chart, "", "array"),
}


@pytest.mark.parametrize(("shape", "query", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_meant_is_refused_and_names_the_fix(
    client: FlaskClient, shape: Shape, query: str, said: str
) -> None:
    refused = post(client, shape(), query)
    assert refused.status_code == 400
    assert said in refused.get_json()["issue"][0]["diagnostics"]


JSON = "application/json"
FORMS: list[tuple[str | None, str, str | None]] = [
    (None, "", JSON),
    ("*/*", "", JSON),
    ("application/*", "", JSON),
    (JSON, "", JSON),
    (FHIR, "", FHIR),
    ("application/json+fhir", "", FHIR),
    (f"{FHIR}; fhirVersion=4.0", "", FHIR),
    (f"{FHIR}; charset=utf-8", "", FHIR),
    (f"{FHIR};q=0.5, {JSON}", "", JSON),
    (f"{FHIR}, {JSON};q=0.9", "", FHIR),
    (f"{FHIR};q=0.9, */*;q=0.8", "", FHIR),
    (f"{JSON};q=0, */*", "", FHIR),
    ("text/html, */*;q=0.1", "", JSON),
    ("text/html", "", None),
    ("application/fhir+xml", "", None),
    ("application/xml, text/xml;q=0.9", "", None),
    ("*/*;q=0", "", None),
    (f"{FHIR}; fhirVersion=5.0", "", None),
    (JSON, "_format=application/fhir%2Bjson", FHIR),
    (JSON, "_format=application/fhir+json", FHIR),
    (FHIR, "_format=json", JSON),
    (None, "_format=xml", None),
]


@pytest.mark.parametrize(("accept", "query", "form"), FORMS)
def test_the_answer_comes_in_the_form_that_is_asked_for(
    client: FlaskClient, accept: str | None, query: str, form: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = post(client, collection(), f"?{query}", **headers)
    if form is None:
        assert answer.status_code == 406
        assert answer.get_json()["resourceType"] == "OperationOutcome"
    else:
        assert (answer.status_code, answer.mimetype) == (200, form)


def test_hooks_and_descriptions_keep_their_own_forms(client: FlaskClient) -> None:
    assert client.get("/cds-services", headers={"Accept": "text/html"}).status_code == 200
    for path in ("/fhir/metadata", "/fhir/OperationDefinition/mmn-evaluate"):
        assert client.get(path).mimetype == FHIR
        assert client.get(path, headers={"Accept": JSON}).mimetype == JSON
        assert client.get(path, headers={"Accept": "application/fhir+xml"}).status_code == 406


def test_a_pretty_answer_has_lines(client: FlaskClient) -> None:
    assert post(client, collection(), "?_pretty=true").data.count(b"\n") > 50
    assert post(client, collection(), "?_pretty=false").data.count(b"\n") == 0


def spoilt(text: bytes, number: bytes) -> bytes:
    return raw(bundled("collection", [*entries(), *entries(signs(True, note="here"))])).replace(text, number)


@pytest.mark.parametrize("number", [b"1e400", b"-1e-400", b"9" * 5000, b"1." + b"1" * 5000])
def test_a_number_that_is_no_measurement_excludes_its_resource(client: FlaskClient, number: bytes) -> None:
    answer = answered(client, spoilt(b'"here"', number))
    assert rows(answer)["Observation/umn"] == "invalid"
    assert "measurement" in details(answer)
    assert reached(answer) == "definite"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b'1,"note":2'])
def test_what_is_no_json_refuses_the_whole_post(client: FlaskClient, number: bytes) -> None:
    assert post(client, spoilt(b'"here"', number)).status_code == 400


OTHER_VERSIONS: dict[str, Json] = {
    "an order of R5": {"resourceType": "MedicationRequest", "medication": {"concept": {"text": "x"}}},
    "an administration of R5": {
        "resourceType": "MedicationAdministration",
        "medicationCodeableConcept": {"text": "IVIG"},
        "occurenceDateTime": "2026-01-01",
    },
    "a procedure of R5": {"resourceType": "Procedure", "occurrenceDateTime": "2026-01-01"},
    "a service of R5": {"resourceType": "ServiceRequest", "code": {"concept": {"text": "x"}}},
    "a procedure of STU3 that was not done": {"resourceType": "Procedure", "notDone": True},
    "a statement of STU3 that it was not taken": {"resourceType": "MedicationStatement", "taken": "n"},
    "an infusion of STU3 that was not given": {"resourceType": "MedicationAdministration", "notGiven": True},
    "a problem of STU3": {"resourceType": "Condition", "clinicalStatus": "active"},
    "a type of DSTU2": {"resourceType": "MedicationOrder"},
    "a type of R5": {"resourceType": "NutritionIntake"},
}


@pytest.mark.parametrize("resource", OTHER_VERSIONS.values(), ids=OTHER_VERSIONS.keys())
def test_what_only_another_version_of_fhir_has_is_left_out_with_its_reason(client: FlaskClient, resource: Json) -> None:
    made = {"id": "x", "status": "active", "subject": SUBJECT, **resource}
    answer = answered(client, bundled("collection", [*entries(), *entries(made)]))
    assert "not-r4" in rows(answer).values()
    assert "is not R4" in details(answer)
    assert reached(answer) == "definite"


@pytest.mark.parametrize(
    "more",
    [
        {"triggeredBy": [], "instantiatesCanonical": "https://example.org/x"},
        {"comment": "as in STU3", "related": []},
        {"meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Observation"]}},
    ],
)
def test_what_is_the_same_in_other_versions_is_read(client: FlaskClient, more: Json) -> None:
    answer = answered(client, bundled("collection", [*entries(*without_umn_signs()), *entries(signs(True, **more))]))
    assert umn_signs(answer) == "met"


@pytest.mark.parametrize("media", [JSON, FHIR, "application/json+fhir", f"{FHIR}; fhirVersion=4.0"])
def test_every_name_of_json_is_taken(client: FlaskClient, media: str) -> None:
    assert reached(answered(client, collection(), **{"Content-Type": media})) == "definite"


def test_texts_full_of_commas_are_no_countless_values(client: FlaskClient) -> None:
    note = {"note": [{"text": ", [{" * 100_000}]}
    assert reached(answered(client, bundled("collection", [*entries(), *entries(signs(False, **note))]))) == "definite"


def hook_call(number: bytes, place: str) -> bytes:
    searched = {key: bundled("searchset", []) for key in ("conditions", "nerveStudies", "laboratory", "findings")}
    call: Json = {
        "hook": "order-sign",
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": {"userId": "u1", "patientId": PATIENT, "draftOrders": bundled("collection", entries(signs(True)))},
        "prefetch": {**searched, "patient": {"resourceType": "Patient", "id": PATIENT}},
    }
    held = bundled("searchset", entries(signs(True, note="here")))
    if place == "context":
        call["context"]["draftOrders"] = held
    else:
        call["prefetch"]["findings"] = held
    return raw(call).replace(b'"here"', number)


@pytest.mark.parametrize(("place", "status"), [("prefetch", 200), ("context", 400)])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_hook_excuses_a_number_beyond_measure_in_its_prefetch_only(
    client: FlaskClient, place: str, status: int, mark: bytes
) -> None:
    for number in (b"1e400", b"9" * 5000):
        sent = mark + hook_call(number, place)
        answer = client.post("/cds-services/mmn-order-sign", data=sent, headers={"Content-Type": JSON})
        assert answer.status_code == status, answer.get_json()
