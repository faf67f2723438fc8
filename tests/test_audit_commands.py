"""The questions of docs/operating.md, asked with its own commands."""

import csv
import re
import shlex
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from service.app import create_app
from service.cli import main
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.audit_rows import insert_rows
from service.store.database import Database
from service.store.tables import EVALUATION_INPUTS
from service.trust.sealing import Sealing
from service.web.as_of import now
from tests.bench import bodies
from tests.unit.store.audit_samples import audit_card, audit_row, kept

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
JSON = {"Content-Type": "application/json"}
VIEW, SELECT, SIGN = (f"/cds-services/mmn-{hook}" for hook in ("patient-view", "order-select", "order-sign"))
EVALUATE = "/fhir/$mmn-evaluate"
MMN = bodies.mmn_resources(12)
CALLS = (
    (VIEW, bodies.as_hook_call(MMN)),
    (SIGN, bodies.as_order_call(MMN)),
    (SELECT, bodies.as_selection(MMN)),
    (EVALUATE, bodies.as_bundle(MMN)),
)
EVALUATOR = Evaluator.load(None)
PATIENT = f"Patient/{orjson.loads(CALLS[0][1])['context']['patientId']}"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A site that keeps inputs, by its environment."""
    for name in ("audit", "input"):
        (tmp_path / f"{name}.key").write_bytes(name[0].encode() * 64)
    settings = Settings(
        insecure=True,
        store=f"sqlite:///{tmp_path}/store.sqlite",
        audit_key_file=tmp_path / "audit.key",
        audit_input_key_file=tmp_path / "input.key",
        audit_failure="refuse",
    )
    for name in ("store", "audit_key_file", "audit_input_key_file"):
        monkeypatch.setenv(f"MMN_CDS_{name.upper()}", str(getattr(settings, name)))
    Database(settings.store).migrate()
    return settings


@pytest.fixture
def answers(site: Settings) -> Mapping[str, Any]:
    """One call of each kind, answered; by path."""
    client = create_app(site, EVALUATOR).test_client()
    return {path: client.post(path, data=body, headers=JSON).get_json() for path, body in CALLS}


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["audit", *arguments])
    assert result.exit_code == code, result.output
    return result


def told(*arguments: str, code: int = 0) -> Any:
    return orjson.loads(run(*arguments, "--json", code=code).stdout)


def changed_rules(place: Path) -> Path:
    """The knowledge of a checkout in which the definite class needs three nerves."""
    for folder in ("rules", "fhir_mappings"):
        for file in (ROOT / folder).rglob("*.yaml"):
            copy = place / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    path = place / "rules" / "mmn" / "thresholds" / "diagnosis.yaml"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r"(nerves_for_definite:\n(?:  .*\n)*?  value: )1\b", r"\g<1>3", text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return place


def commands_of_the_page() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("mmn-cds ")]


@pytest.mark.parametrize("command", commands_of_the_page())
def test_a_command_of_the_page_on_operating_answers(command: str, answers: Mapping[str, Any], tmp_path: Path) -> None:
    moment = now()
    values = {
        "CARD": answers[VIEW]["cards"][0]["uuid"],
        "PATIENT": PATIENT,
        "NEW_RULES": str(changed_rules(tmp_path / "new")),
        "REVIEW": str(tmp_path / "review.csv"),
        **{name: (moment - timedelta(hours=1)).isoformat() for name in ("LAST_TUESDAY", "MONTH_BEGIN")},
        **{name: (moment + timedelta(hours=1)).isoformat() for name in ("LAST_WEDNESDAY", "MONTH_END")},
    }
    for name, value in values.items():
        command = command.replace(f'"${name}"', shlex.quote(value))
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert (result.exit_code, "$" in command.replace("$mmn", "")) == (0, False), result.output
    if " find " in command or " replay " in command:
        assert "mmn-patient-view" in result.output or "again with rules" in result.output


def test_a_card_leads_to_its_evaluation_and_to_no_other(answers: Mapping[str, Any]) -> None:
    card = answers[SIGN]["cards"][0]
    (row,) = told("find", "--card", card["uuid"])["evaluations"]
    assert row["service"] == "mmn-order-sign"
    assert card["uuid"] in [each["card"] for each in row["cards"]]
    assert row["knowledge_hash"] == EVALUATOR.knowledge.hash
    page = run("find", "--card", card["uuid"]).output
    assert card["source"]["topic"]["code"] in page
    assert "sent" in page


def test_a_card_that_was_never_made_leads_nowhere(answers: Mapping[str, Any]) -> None:
    assert answers
    nobodys = "00000000-0000-4000-8000-000000000000"
    assert told("find", "--card", nobodys) == {"evaluations": []}
    assert "No evaluation was found" in run("find", "--card", nobodys).output


def test_a_patient_is_found_by_reference_or_id_within_the_time_asked_for(answers: Mapping[str, Any]) -> None:
    assert answers
    later = (now() + timedelta(minutes=1)).isoformat()
    for patient in (PATIENT, PATIENT.removeprefix("Patient/")):
        assert len(told("find", "--patient", patient)["evaluations"]) == len(CALLS)
    assert len(told("find", "--patient", PATIENT, "--until", later)["evaluations"]) == len(CALLS)
    assert told("find", "--patient", PATIENT, "--since", later) == {"evaluations": []}
    assert told("find", "--patient", "Patient/somebody-else") == {"evaluations": []}
    assert told("find", "--caller", "https://ehr.example.org") == {"evaluations": []}


def test_more_evaluations_than_are_read_at_once_are_found_in_order(site: Settings) -> None:
    store, moment = Database(site.store), now()
    rows = [audit_row(audit_card(), at=moment + timedelta(milliseconds=step)) for step in range(1001)]
    with store.transaction() as connection:
        insert_rows(connection, rows)
    found = told("find")["evaluations"]
    assert len(found) == len({row["id"] for row in found}) == 1001
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    assert all(len(row["cards"]) == 1 for row in found)


def test_every_kind_of_call_is_the_same_again_under_the_same_rules(answers: Mapping[str, Any]) -> None:
    assert answers
    again = told("replay")["evaluations"]
    assert [row["service"] for row in again] == [
        "mmn-patient-view",
        "mmn-order-sign",
        "mmn-order-select",
        "mmn-evaluate",
    ]
    assert [row["differences"] for row in again] == [[]] * len(CALLS)
    assert all(row["cardsNow"] == sorted(card["topic"] for card in row["cards"]) != [] for row in again)
    assert "4 evaluations again" in run("replay").output


def test_other_rules_show_what_differs_side_by_side(answers: Mapping[str, Any], tmp_path: Path) -> None:
    assert answers
    rules = str(changed_rules(tmp_path / "new"))
    again = {row["service"]: row for row in told("replay", "--knowledge", rules)["evaluations"]}
    reached = next(each for each in again["mmn-patient-view"]["differences"] if each["what"] == "class reached")
    assert reached["then"] == "definite" != reached["now"]
    cards = [each for each in again["mmn-patient-view"]["differences"] if each["what"].startswith("card ")]
    assert {"what": "card mmnDiagnosisDefinite", "then": "yes", "now": ""} in cards
    assert "differ" in run("replay", "--knowledge", rules).output


def test_each_patient_of_a_bundle_is_held_against_its_own_row(site: Settings) -> None:
    patients = [{"resourceType": "Patient", "id": each} for each in ("p2", "p3")]
    client = create_app(site, EVALUATOR).test_client()
    assert client.post(EVALUATE, data=bodies.as_bundle([*patients, *MMN]), headers=JSON).status_code == 200
    again = told("replay")["evaluations"]
    assert len(again) == 3
    assert [row["differences"] for row in again] == [[], [], []]


def test_what_is_kept_of_an_input_is_encrypted_and_without_token_and_user(site: Settings, tmp_path: Path) -> None:
    call = orjson.loads(CALLS[0][1])
    call["context"]["userId"] = "Practitioner/Zebedee"
    client = create_app(site, EVALUATOR).test_client()
    assert client.post(VIEW, data=orjson.dumps(call), headers=JSON).status_code == 200
    (row,) = kept(Database(site.store), EVALUATION_INPUTS)
    assert b"resourceType" not in row["sealed"]
    content = Sealing.read(tmp_path / "input.key").opened(row["sealed"], row["input_hash"])
    assert b"resourceType" in content
    assert b"Zebedee" not in content


def test_without_its_input_an_evaluation_is_told_as_not_done_again(answers: Mapping[str, Any], site: Settings) -> None:
    assert answers
    store = Database(site.store)
    with store.transaction() as connection:
        connection.execute(EVALUATION_INPUTS.delete())
    assert {row["notDone"] for row in told("replay")["evaluations"]} == {"its input was not kept, or its time is over"}
    assert "4 could not be done again" in run("replay").output


def test_verify_ends_with_1_when_a_day_was_changed(site: Settings) -> None:
    store, before = Database(site.store), now() - timedelta(days=3)
    with store.transaction() as connection:
        insert_rows(connection, [audit_row(at=before)])
    assert run("close").output.endswith("the rows of 0 days deleted\n")
    assert [day["rows"] for day in told("verify")["days"]][:2] == ["unchanged", "unchanged"]
    with store.transaction() as connection:
        insert_rows(connection, [audit_row(at=before)])
    assert told("verify", code=1)["days"][0]["rows"] == "CHANGED"
    assert "CHANGED" in run("verify", code=1).output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("find", "--since", "tuesday"), "ISO 8601"),
        (("replay",), "audit_input_key_file: must be given"),
    ],
)
@pytest.mark.usefixtures("site")
def test_what_cannot_be_asked_is_one_line(
    arguments: tuple[str, ...], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MMN_CDS_AUDIT_INPUT_KEY_FILE")
    assert problem in run(*arguments, code=2).stderr


@pytest.mark.usefixtures("site")
def test_without_a_key_the_commands_say_which_setting_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMN_CDS_AUDIT_KEY_FILE")
    assert "audit_key_file: must be given" in run("find", code=2).stderr


def test_the_report_of_a_silent_site_says_what_would_have_been_shown_by_topic_and_day(site: Settings) -> None:
    silent = site.model_copy(update={"silent_services": ("mmn-patient-view",)})
    client = create_app(silent, EVALUATOR).test_client()
    for path, body in (CALLS[0], CALLS[0], CALLS[1]):
        assert client.post(path, data=body, headers=JSON).status_code == 200
    report = told("report")
    today = now().date().isoformat()
    assert report["evaluations"] == {today: 3}
    by_topic = {row["topic"]: row for row in report["cards"]}
    assert by_topic["mmnDiagnosisDefinite"]["fates"] == {"silent": 2}
    assert by_topic["mmnDiagnosisDefinite"]["days"] == {today: 2}
    assert by_topic["mmnIvigDoseWeightNeeded"]["fates"] == {"sent": 1}
    (only,) = told("report", "--service", "mmn-patient-view")["cards"]
    assert only["topic"] == "mmnDiagnosisDefinite"
    page = run("report").output
    assert "3 evaluations on 1 days" in page
    assert "No evaluation was found" in run("report", "--caller", "nobody").output


def test_samples_for_review_are_so_many_of_each_topic_and_name_no_patient(site: Settings, tmp_path: Path) -> None:
    client = create_app(site, EVALUATOR).test_client()
    for _ in range(3):
        assert client.post(VIEW, data=CALLS[0][1], headers=JSON).status_code == 200
    assert client.post(SIGN, data=CALLS[1][1], headers=JSON).status_code == 200
    file = tmp_path / "review.csv"
    assert "4 cards for review" in run("report", "--samples", str(file), "--of-each", "2").stderr
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["topic"] for row in rows].count("mmnDiagnosisDefinite") == 2
    assert {row["worth_a_card"] for row in rows} == {""}
    assert all(len(row["patient"]) == 64 for row in rows)
    assert PATIENT not in file.read_text(encoding="utf-8")
    assert told("find", "--card", rows[0]["card"])["evaluations"][0]["correlation_id"] == rows[0]["correlation_id"]


def test_feedback_is_told_by_rule_with_how_often_it_was_shown_and_whole_reasons(site: Settings) -> None:
    client = create_app(site, EVALUATOR).test_client()
    cards = [
        client.post(VIEW, data=CALLS[0][1], headers=JSON).get_json()["cards"][0],
        client.post(SIGN, data=CALLS[1][1], headers=JSON).get_json()["cards"][0],
    ]
    system = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
    entry = {
        "card": cards[0]["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": {"system": system, "code": "action-completed"}},
        "outcomeTimestamp": "2026-03-04T10:20:00Z",
    }
    assert client.post(f"{VIEW}/feedback", data=orjson.dumps({"feedback": [entry]}), headers=JSON).status_code == 200
    result = CliRunner().invoke(main, ["feedback", "report", "--json"])
    rows = {row["topic"]: row for row in orjson.loads(result.stdout)["feedback"]}
    overridden, silent = rows["mmnDiagnosisDefinite"], rows[cards[1]["source"]["topic"]["code"]]
    assert (overridden["shown"], overridden["heldBack"], overridden["overridden"]) == (1, 0, 1)
    assert overridden["rule"] == EVALUATOR.rule_of_topic["mmnDiagnosisDefinite"]
    assert (silent["shown"], silent["accepted"], silent["overridden"]) == (1, 0, 0)
    page = CliRunner().invoke(main, ["feedback", "report"]).output
    assert f"{system}|action-completed 1" in page
    other = CliRunner().invoke(main, ["feedback", "report", "--json", "--caller", "https://other.example.org"])
    assert orjson.loads(other.stdout) == {"feedback": []}
