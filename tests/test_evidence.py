"""What stands behind cards as data: only for an issuer whose setting asks for it, never empty and never large."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.domain.evaluation import Evaluation
from service.domain.reading import Section
from service.evaluate import Evaluator
from service.json_guard import read_json
from service.result import evidence_of
from service.settings import Settings
from service.web import authentication
from service.web.answers import exact_number
from service.web.evidence import ANSWER, CARD
from service.web.message_schemas import validator
from tests.hook_calls import HOOKS, call_of, patient_of
from tests.patient_folders import PatientFolder, patient_folders

EVALUATOR = Evaluator.load(None)
TEMPLATES = EVALUATOR.prefetch_templates() | EVALUATOR.optional_prefetch_templates()
FOLDERS = patient_folders()
FOLDER = next(folder for folder in FOLDERS if folder.name == "definite-block-in-the-ulnar-forearm")
LARGEST = 16 * 1024
Json = dict[str, Any]
by_hook = pytest.mark.parametrize("hook", HOOKS)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The service as an issuer sees it that asks for evidence."""
    anybody = authentication.anybody
    monkeypatch.setattr(
        "service.app.anybody",
        lambda servers: lambda *_: replace(anybody(servers)(None, ""), evidence=True),
    )
    return create_app(
        Settings(profile="local", store="sqlite:///:memory:", check_responses=True), EVALUATOR
    ).test_client()


def answer(client: FlaskClient, folder: PatientFolder, hook: str, **changes: Any) -> Json:
    call = call_of(folder, hook, TEMPLATES)
    call["prefetch"] |= changes
    body = orjson.dumps(call, default=exact_number)
    said = client.post(f"/cds-services/mmn-{hook}", data=body, content_type="application/json")
    assert said.status_code == 200
    read: Any = read_json(said.get_data())
    return dict(read)


def hollow(value: Any) -> Iterator[Any]:
    if value is None or value in ("", [], {}):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from hollow(item)


@by_hook
@pytest.mark.parametrize("folder", FOLDERS[::6], ids=lambda folder: folder.name)
def test_each_card_carries_its_rule_and_what_it_rests_on(asking: FlaskClient, folder: PatientFolder, hook: str) -> None:
    said = answer(asking, folder, hook)
    assert [error.message for error in validator("HookResponse").iter_errors(said)] == []
    for card in said["cards"]:
        evidence = card["extension"][CARD]
        assert evidence["rule"] == EVALUATOR.rule_of_topic[card["source"]["topic"]["code"]]
        assert len(evidence) > 1
        assert len(orjson.dumps(evidence, default=exact_number)) <= LARGEST
        assert list(hollow(evidence)) == []


def test_the_card_on_the_class_carries_criteria_and_segments(asking: FlaskClient) -> None:
    (card,) = [
        card
        for card in answer(asking, FOLDER, "patient-view")["cards"]
        if card["source"]["topic"]["code"].startswith("mmnDiagnosis")
    ]
    evidence = card["extension"][CARD]
    assert evidence["classification"]["reached"] in ("definite", "probable", "possible", "none")
    assert {row["verdict"] for row in evidence["criteria"]} <= {"met", "not_met"}
    assert any(row["grade"] == "definite" for row in evidence["conduction"])


def test_the_card_on_an_order_carries_its_advice_with_values(asking: FlaskClient) -> None:
    for card in answer(asking, FOLDER, "order-sign")["cards"]:
        rows = card["extension"][CARD]["advice"]
        assert all(row["evidence"] and row["severity"] for row in rows)


@by_hook
def test_an_answer_without_a_card_says_what_was_looked_at(asking: FlaskClient, hook: str) -> None:
    call = call_of(FOLDER, hook, TEMPLATES)
    empty = {key: {"resourceType": "Bundle", "type": "searchset", "entry": []} for key in call["prefetch"]}
    call["prefetch"] = empty | {"patient": call["prefetch"]["patient"]}
    if hook != "patient-view":
        call["context"]["draftOrders"]["entry"] = []
        call["context"] |= {"selections": []} if hook == "order-select" else {}
    body = orjson.dumps(call, default=exact_number)
    said = asking.post(f"/cds-services/mmn-{hook}", data=body, content_type="application/json").get_json()
    assert said["cards"] == []
    assert said["extension"][ANSWER]["knowledge"] == {"id": "mmn", "version": EVALUATOR.knowledge.version}
    assert "notSeen" not in said["extension"][ANSWER]


@by_hook
def test_what_did_not_come_is_named(asking: FlaskClient, hook: str) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    said = answer(asking, FOLDER, hook, allergies=failed)
    assert "allergies" in said["extension"][ANSWER]["notSeen"]


@by_hook
def test_nobody_gets_it_who_does_not_ask(hook: str) -> None:
    client = create_app(Settings(profile="local", store="sqlite:///:memory:"), EVALUATOR).test_client()
    said = answer(client, FOLDER, hook)
    assert said.keys() == {"cards"}
    assert said["cards"]
    assert not any("extension" in card for card in said["cards"])


def test_what_does_not_fit_is_left_out_and_counted() -> None:
    resources = [(None, entry["resource"]) for entry in FOLDER.bundle["entry"]]
    concluded = EVALUATOR.evaluate_prefetch(patient_of(FOLDER)["id"], None, resources, FOLDER.as_of).concluded
    assert isinstance(concluded, Evaluation)
    (row, *_) = concluded.sections["conduction"].rows
    many = replace(concluded, sections={"conduction": Section(rows=(row,) * 500)})
    evidence: Any = evidence_of("mmn.diagnosis.definite", many, EVALUATOR.knowledge)
    assert len(orjson.dumps(evidence)) <= LARGEST
    assert len(evidence["conduction"]) + evidence["leftOut"] == 500
