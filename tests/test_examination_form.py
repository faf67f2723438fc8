"""The examination form at every door: what is answered counts as if it had been sent as Observations."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.task import Task
from flask.testing import FlaskClient

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from tests.shipped import shipped

SAMPLES = Path(__file__).parent / "ncs_reports"
AS_OF = datetime(2026, 3, 4, tzinfo=UTC)
URL = "https://mmn-cds.example.org/fhir/Questionnaire/mmn-examination"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def client(evaluator: Evaluator) -> FlaskClient:
    return create_app(Settings(profile="local"), evaluator).test_client()


def response(answers: Mapping[str, Any], **elements: Any) -> Json:
    items = [
        {"linkId": link, "answer": [value if isinstance(value, dict) else {"valueCoding": {"code": value}}]}
        for link, value in answers.items()
    ]
    head = {"resourceType": "QuestionnaireResponse", "id": "exam", "questionnaire": URL, "status": "completed"}
    return {**head, "subject": {"reference": "Patient/p1"}, "authored": "2026-03-01", "item": items, **elements}


def observation(number: int, code: str, value: Json) -> Json:
    coding = {"system": BEDSIDE, "code": code}
    head = {"resourceType": "Observation", "id": f"o{number}", "status": "final", "code": {"coding": [coding]}}
    return {**head, "subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2026-03-01", **value}


def evaluated(evaluator: Evaluator, *resources: Json) -> Json:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-05-01"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in (patient, *resources)],
    }
    evaluation: Json = evaluator.evaluate_bundle(bundle, AS_OF, 1000)["evaluation"]  # type: ignore[assignment]
    return evaluation


def verdicts(evaluation: Json) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in evaluation["criteria"]}


def changed(evaluator: Evaluator, answers: Mapping[str, Any], **elements: Any) -> dict[str, str]:
    """The criteria on which a response decides, by the last part of their ids."""
    nothing, said = verdicts(evaluated(evaluator)), verdicts(evaluated(evaluator, response(answers, **elements)))
    return {name.rpartition(".")[2]: said[name] for name in said if said[name] != nothing[name]}


REST = {"valueBoolean": True}
SIGNS = "upper_motor_neuron_signs"
SENSORY = "sensory_impairment"
MOTOR = "progressive_asymmetric_weakness"
HISTORY = {
    "course.progression": "stepwise",
    "course.onset": {"valueDate": "2024-01-01"},
    "weakness.asymmetric": "52101004",
}
ALL_MOTOR = {
    "reflexes.plantar-right": "flexor",
    "reflexes.plantar-left": "flexor",
    "reflexes.clonus": "absent",
    "reflexes.tone": "normal",
    "reflexes.jaw": "normal",
}
ALL_SENSORY = {f"sensation.{each}": "normal" for each in ("touch", "pain", "position", "vibration")}
CASES: dict[str, tuple[dict[str, Any], dict[str, str | None]]] = {
    "one extensor plantar response shows the sign": ({"reflexes.plantar-left": "extensor"}, {SIGNS: "met"}),
    "one flexor plantar response shows nothing": ({"reflexes.plantar-left": "flexor"}, {SIGNS: None}),
    "plantars, clonus, tone and jaw jerk without a sign show its absence": (ALL_MOTOR, {SIGNS: "not_met"}),
    "without the tone the signs are not excluded": (
        {key: value for key, value in ALL_MOTOR.items() if key != "reflexes.tone"},
        {SIGNS: None},
    ),
    "a mute plantar leaves the signs open": ({**ALL_MOTOR, "reflexes.plantar-left": "mute"}, {SIGNS: None}),
    "spastic tone beside flexor plantars shows the signs": ({**ALL_MOTOR, "reflexes.tone": "spastic"}, {SIGNS: "met"}),
    "all else normal shows the absence of signs": ({"rest": REST}, {SIGNS: "not_met", SENSORY: "not_met"}),
    "not examined stays unknown although all else is normal": (
        {"rest": REST, "reflexes.tone": "not-performed"},
        {SIGNS: None, SENSORY: "not_met"},
    ),
    "what is abnormal counts although all else is normal": (
        {"rest": REST, "sensation.pain": "lost"},
        {SIGNS: "not_met", SENSORY: "met"},
    ),
    "a minor vibration loss in the legs is no sensory loss": (
        {**ALL_SENSORY, "sensation.vibration": "minor-legs"},
        {SENSORY: "not_met"},
    ),
    "light touch alone does not exclude sensory loss": ({"sensation.touch": "normal"}, {SENSORY: None}),
    "that all else is normal says nothing of history": ({"rest": REST}, {"diffuse_symmetric_weakness": None}),
    "mild bulbar weakness leaves marked involvement open": (
        {"rest": REST, "bulbar.bulbar": "mild"},
        {"marked_bulbar_involvement": None},
    ),
    "marked bulbar weakness excludes": ({"bulbar.bulbar": "marked"}, {"marked_bulbar_involvement": "met"}),
    "a number of weak territories beside all else normal leaves the muscles open, and counts": (
        {"rest": REST, "weakness.territories": {"valueInteger": 3}, **HISTORY},
        {SIGNS: "not_met", MOTOR: "met"},
    ),
    "no weak territory beside all else normal leaves nothing open": (
        {"rest": REST, "weakness.territories": {"valueInteger": 0}, **HISTORY},
        {SIGNS: "not_met", MOTOR: "not_met"},
    ),
    "a number of weak territories that the graded muscles do not bear out is open": (
        {
            "rest": REST,
            "weakness.territories": {"valueInteger": 5},
            "strength.first_dorsal_interosseous.right": "3",
            **HISTORY,
        },
        {MOTOR: None},
    ),
    "that all else is normal must be true to count": ({"rest": {"valueBoolean": False}}, {SIGNS: None}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_an_answer_decides(evaluator: Evaluator, name: str) -> None:
    answers, expected = CASES[name]
    said = changed(evaluator, answers)
    assert {criterion: said.get(criterion) for criterion in expected} == expected


# The answer to a question of yes and no, and to one with answers of its own, as EHRs send them -> whether it is read.
SPELLINGS: dict[str, tuple[str, Any, bool]] = {
    "yes as a text": ("weakness.wasting", {"valueString": "Yes"}, True),
    "no with a code of LOINC": (
        "weakness.wasting",
        {"valueCoding": {"system": "http://loinc.org", "code": "LA32-8"}},
        True,
    ),
    "a display alone": ("weakness.wasting", {"valueCoding": {"display": "Present"}}, True),
    "a display beside a code of one's own": (
        "reflexes.plantar-right",
        {"valueCoding": {"system": "urn:site", "code": "7", "display": "Extensor"}},
        True,
    ),
    "the name of an answer": ("course.progression", {"valueString": "slowly-progressive"}, True),
    "a grade as a text": ("strength.triceps.left", {"valueString": "4+"}, True),
    "a grade as a number": ("strength.triceps.left", {"valueInteger": 4}, True),
    "yes to a question that has other answers": ("reflexes.tone", {"valueString": "Yes"}, False),
    "a code of the form that this question does not offer": (
        "reflexes.tone",
        {
            "valueCoding": {
                "system": "https://mmn-cds.example.org/fhir/CodeSystem/examination-answer",
                "code": "extensor",
                "display": "Normal or low",
            }
        },
        False,
    ),
    "perhaps": ("weakness.wasting", {"valueString": "perhaps"}, False),
    "a grade beyond the scale": ("strength.triceps.left", {"valueInteger": 6}, False),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_answer_is_read_in_whatever_way_it_is_written_or_it_is_said(evaluator: Evaluator, name: str) -> None:
    link, value, is_read = SPELLINGS[name]
    found = evaluated(evaluator, response({link: value}))
    told = [row for row in found["excluded"] if row["resource"] == f"QuestionnaireResponse/exam#{link}"]
    assert bool(told) is not is_read


def test_what_is_taken_for_no_normal_muscle_is_said(evaluator: Evaluator) -> None:
    found = evaluated(evaluator, response({"rest": REST, "weakness.territories": {"valueInteger": 2}}))
    (row,) = (row for row in found["excluded"] if row["resource"] == "QuestionnaireResponse/exam#strength")
    assert "all else is normal" in row["detail"]


def test_answers_decide_as_the_same_findings_sent_as_observations(evaluator: Evaluator) -> None:
    answers = {
        "rest": REST,
        "course.progression": "stepwise",
        "course.onset": {"valueDate": "2024-01-01"},
        "weakness.arms-weaker": "52101004",
        "strength.first_dorsal_interosseous.right": "3",
        "strength.abductor_digiti_minimi.right": "4-",
        "strength.wrist_extensors.right": "2",
    }
    muscles = dict.fromkeys(item.site for item in evaluator.form.items if item.site)
    sent = [
        observation(0, "progression", {"valueCodeableConcept": {"coding": [{"system": BEDSIDE, "code": "stepwise"}]}}),
        observation(1, "weakness-onset", {"valueDateTime": "2024-01-01"}),
        observation(2, "upper-limb-predominant", {"valueBoolean": True}),
        *(
            observation(3 + number, code, {"valueBoolean": False})
            for number, code in enumerate(
                "objective-sensory-loss minor-vibration-loss-legs upper-motor-neuron-signs brisk-reflexes "
                "reduced-reflexes-in-affected-limb cramps-or-fasciculations muscle-atrophy "
                "marked-bulbar-involvement cranial-nerve-involvement".split()
            )
        ),
    ]
    graded = {
        ("first dorsal interosseous", "right"): "3",
        ("abductor digiti minimi", "right"): "4-",
        ("wrist extensors", "right"): "2",
    }
    for number, (site, side) in enumerate((site, side) for site in muscles for side in ("right", "left")):
        grade = graded.get((site, side), "5")
        value: Json = {"valueInteger": int(grade)} if grade.isdecimal() else {"valueString": grade}
        sent.append(observation(100 + number, "mrc-grade", {**value, "bodySite": {"text": f"{site} {side}"}}))
    of_form = evaluated(evaluator, response(answers))
    of_observations = evaluated(evaluator, *sent)
    assert verdicts(of_form) == verdicts(of_observations)
    assert of_form["classification"]["reached"] == of_observations["classification"]["reached"]
    assert verdicts(of_form)["mmn.clinical_core.progressive_asymmetric_weakness"] == "met"


EXCLUDED: dict[str, tuple[Json, str, str]] = {
    "a response that is still being written": ({"status": "in-progress"}, "QuestionnaireResponse/exam", "status"),
    "a response entered in error": ({"status": "entered-in-error"}, "QuestionnaireResponse/exam", "status"),
    "a response of tomorrow": ({"authored": "2026-03-06"}, "QuestionnaireResponse/exam", "future"),
    "answers to another form": ({"questionnaire": f"{URL}-2"}, "QuestionnaireResponse/exam", "unmapped"),
    "answers about somebody else": (
        {"subject": {"reference": "Patient/p2"}},
        "QuestionnaireResponse/exam",
        "other-patient",
    ),
    "answers about nobody": ({"subject": None}, "QuestionnaireResponse/exam", "no-subject"),
    "no answer at all": ({"item": []}, "QuestionnaireResponse/exam", "value"),
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_a_response_that_does_not_count_is_one_row_and_decides_nothing(evaluator: Evaluator, name: str) -> None:
    elements, reference, reason = EXCLUDED[name]
    sent = {key: value for key, value in response({"rest": REST}, **elements).items() if value is not None}
    evaluation = evaluated(evaluator, sent)
    assert [(row["resource"], row["reason"]) for row in evaluation["excluded"]] == [(reference, reason)]
    assert verdicts(evaluation) == verdicts(evaluated(evaluator))
    assert reference not in evaluation["used"]


def test_a_response_is_used_once_and_what_could_not_be_read_in_it_is_listed(evaluator: Evaluator) -> None:
    answers = {
        "rest": REST,
        "reflexes.tone": "floppy",
        "elsewhere.item": "flexor",
        "strength.deltoid.left": {"valueInteger": 9},
    }
    evaluation = evaluated(evaluator, response(answers))
    assert evaluation["used"] == ["Patient/p1", "QuestionnaireResponse/exam"]
    assert {(row["resource"].rpartition("#")[2], row["reason"]) for row in evaluation["excluded"]} == {
        ("reflexes.tone", "value"),
        ("strength.deltoid.left", "value"),
        ("an-item", "unmapped"),
    }
    assert verdicts(evaluation)["mmn.clinical_exclusion.upper_motor_neuron_signs"] == "unknown"


def test_two_responses_of_one_day_that_contradict_each_other_leave_it_open(evaluator: Evaluator) -> None:
    one = response({**ALL_SENSORY})
    other = response({"sensation.touch": "lost"}, id="exam-2")
    assert verdicts(evaluated(evaluator, one, other))["mmn.clinical_exclusion.sensory_impairment"] == "unknown"


def test_the_newer_of_two_responses_counts(evaluator: Evaluator) -> None:
    old = response({"sensation.touch": "lost"}, id="exam-2", authored="2025-03-01")
    assert (
        verdicts(evaluated(evaluator, old, response(ALL_SENSORY)))["mmn.clinical_exclusion.sensory_impairment"]
        == "not_met"
    )


def test_the_form_asks_for_every_bedside_finding(evaluator: Evaluator) -> None:
    coded = {name for name, listed in evaluator.mappings.listed if listed.system == BEDSIDE and not listed.same_as}
    asked = {item.concept for item in evaluator.form.items} | {
        concept for item in evaluator.form.items for answer in item.answers.values() for concept in answer.says
    }
    assert coded - asked == set()


def test_the_form_is_a_valid_questionnaire_for_everybody(client: FlaskClient) -> None:
    answer = client.get("/fhir/Questionnaire/mmn-examination")
    assert answer.status_code == 200
    assert answer.mimetype == "application/fhir+json"
    form = Questionnaire.model_validate(answer.get_json())
    assert form.url == URL
    links = list(_links(answer.get_json()["item"]))
    assert len(links) == len(set(links))


def _links(items: list[Json]) -> Iterator[str]:
    for item in items:
        yield item["linkId"]
        yield from _links(item.get("item", []))


def test_what_is_extracted_is_a_transaction_that_changes_the_same_observations_again(
    client: FlaskClient, evaluator: Evaluator
) -> None:
    sent = response(
        {
            "rest": REST,
            "strength.deltoid.left": "4-",
            "measures.grip-right": {"valueQuantity": {"value": 40, "code": "kPa"}},
        }
    )
    first = client.post("/fhir/QuestionnaireResponse/$extract", json=sent).get_json()
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "questionnaire-response", "resource": sent}]}
    second = client.post("/fhir/QuestionnaireResponse/$extract", json=parameters).get_json()
    Bundle.model_validate(first)
    assert first == second
    urls = [entry["request"]["url"] for entry in first["entry"]]
    assert len(urls) == len(set(urls))
    assert all(
        entry["request"]["method"] == "PUT" and "identifier=" in entry["request"]["url"] for entry in first["entry"]
    )
    kept = [{**entry["resource"], "id": f"o{number}"} for number, entry in enumerate(first["entry"])]
    assert verdicts(evaluated(evaluator, *kept)) == verdicts(evaluated(evaluator, sent))


REFUSED: dict[str, tuple[Json, int, str]] = {
    "an answer that the form does not offer": (response({"reflexes.tone": "floppy"}), 422, "reflexes.tone"),
    "an item that is none of the form": (response({"patient-name": "x"}), 422, "none of the form"),
    "answers to another form": (response({}, questionnaire="urn:other"), 422, "mmn-examination"),
    "another resource": ({"resourceType": "Observation"}, 400, "questionnaire-response"),
    "no resource": ({}, 400, "questionnaire-response"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_extracted_is_refused_by_name(client: FlaskClient, name: str) -> None:
    body, status, named = REFUSED[name]
    answer = client.post("/fhir/QuestionnaireResponse/$extract", json=body)
    assert answer.status_code == status
    assert named in answer.get_json()["issue"][0]["diagnostics"]
    assert "patient-name" not in answer.get_data(as_text=True)


def opened(client: FlaskClient, *resources: Json, **prefetched: Json) -> list[Json]:
    """The cards on opening a chart with these findings."""
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-05-01"}
    entries = [{"resource": each} for each in resources]
    searchset = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    nothing = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    keys = [key for key in client.get("/cds-services").get_json()["services"][0]["prefetch"] if key != "patient"]
    call = {
        "hook": "patient-view",
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": {"patientId": "p1", "userId": "Practitioner/n1"},
        "prefetch": {**dict.fromkeys(keys, nothing), "patient": patient, "nerveStudies": searchset, **prefetched},
    }
    cards: list[Json] = client.post("/cds-services/mmn-patient-view", json=call).get_json()["cards"]
    return cards


def block_in_the_forearm(evaluator: Evaluator) -> list[Json]:
    report = (SAMPLES / "blocks_en.txt").read_bytes()
    said = {"subject": "Patient/p1", "performed": "2026-03-01"}
    answer: Any = evaluator.read_report(report, "text/plain", **said)
    return [entry["resource"] for entry in answer["bundle"]["entry"]]


def requests_for_the_form(cards: list[Json]) -> list[Json]:
    actions = [action for card in cards for each in card.get("suggestions", ()) for action in each["actions"]]
    return [action["resource"] for action in actions if URL in str(action["resource"])]


def test_a_card_that_lacks_findings_offers_the_form(client: FlaskClient, evaluator: Evaluator) -> None:
    (request,) = requests_for_the_form(opened(client, *block_in_the_forearm(evaluator)))
    assert request["resourceType"] == "ServiceRequest"
    assert request["instantiatesUri"] == [URL]


def test_by_the_setting_the_form_is_offered_as_a_task(evaluator: Evaluator) -> None:
    client = create_app(Settings(profile="local", forms_by_task=True, check_responses=True), evaluator).test_client()
    (task,) = requests_for_the_form(opened(client, *block_in_the_forearm(evaluator)))
    Task.model_validate(task)
    assert task["for"] == {"reference": "Patient/p1"}
    assert task["input"][0]["valueCanonical"] == URL


def test_where_the_findings_are_there_no_form_is_offered(client: FlaskClient, evaluator: Evaluator) -> None:
    answers = {
        "rest": REST,
        "course.progression": "stepwise",
        "course.onset": {"valueDate": "2024-01-01"},
        "course.symmetric-at-onset": "2667000",
        "strength.first_dorsal_interosseous.right": "3",
        "strength.wrist_extensors.right": "3",
    }
    cards = opened(client, *block_in_the_forearm(evaluator), response(answers))
    assert cards
    assert requests_for_the_form(cards) == []


def test_a_page_of_responses_that_did_not_come_is_said_on_the_card(client: FlaskClient, evaluator: Evaluator) -> None:
    """The response that is missing may be the newest."""
    next_page = {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}
    part = {"resourceType": "Bundle", "type": "searchset", "link": [next_page], "entry": [{"resource": response({})}]}
    studies = block_in_the_forearm(evaluator)
    whole = "\n".join(card["detail"] for card in opened(client, *studies))
    cut = "\n".join(card["detail"] for card in opened(client, *studies, examinations=part))
    assert "the rest was not seen: examinations" in cut
    assert "examinations" not in whole
