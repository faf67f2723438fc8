"""The page: what it shows of a chart, whom it refuses, and that nothing of a patient is kept or in an address."""

import re
import shlex
from collections.abc import Mapping
from html import unescape
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings, SettingsError
from service.settings.start import authentication, warnings
from service.store.database import Database
from service.web.page.examples import FOLDER, examples
from tests.examples import written
from tests.patient_folders import PatientFolder, patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
CLIENT = create_app(Settings(profile="local", store="sqlite:///:memory:"), EVALUATOR).test_client()
FOLDERS = {folder.name: folder for folder in patient_folders()}
PROXIED = {
    "profile": "production",
    "insecure": True,
    "public_url": "https://cds.example.org",
    "store": "sqlite:///:memory:",
}
REPORT = (Path(__file__).parent / "ncs_reports" / "blocks_en.txt").read_bytes()


def sent(**fields: object) -> TestResponse:
    return sent_to(CLIENT, fields)


def sent_to(
    client: FlaskClient, fields: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> TestResponse:
    return client.post("/", data=dict(fields), content_type="multipart/form-data", headers=dict(headers or {}))


def shown(folder: PatientFolder) -> TestResponse:
    return sent(
        chart=(Path(__file__).parent / "patients" / folder.name / "bundle.json").read_text(),
        asOf=folder.expected["asOf"],
    )


def charted(**observation: object) -> str:
    """A chart of one patient and one Observation."""
    head = {"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"}}
    resources = [{"resourceType": "Patient", "id": "p1"}, {**head, **observation}]
    entries = [{"resource": each} for each in resources]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).decode()


def words(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.mark.parametrize("name", FOLDERS)
def test_every_patient_folder_is_shown_with_its_class_and_all_its_cards(name: str) -> None:
    folder = FOLDERS[name]
    answer = shown(folder)
    assert answer.status_code == 200
    told = words(answer)
    results = folder.answer(EVALUATOR)
    for each in results.get("results", [results]):
        for card in each["cards"]:
            assert " ".join(card["summary"].split()) in told
        for need in each["evaluation"]["classification"]["wouldChange"]:
            assert " ".join(need["need"].split()).replace("-", " ") in told.replace("-", " ")
        for row in each["evaluation"]["criteria"]:
            assert f'/rules/{row["id"]}"' in answer.text
        for row in each["evaluation"]["excluded"]:
            assert " ".join(row["detail"].split()) in told


@pytest.mark.parametrize("name", examples())
def test_every_example_comes_to_something(name: str) -> None:
    assert '<article class="result"' in sent(example=name).text


def test_the_examples_are_those_that_are_made_of_the_folders() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.json")} == written()


@pytest.mark.parametrize("name", ["02-class-open", "05-lost-response", "08-report"])
def test_what_is_missing_is_said_in_words_and_not_by_code(name: str) -> None:
    (needs,) = re.findall(r'<table class="needs">(.*?)</table>', sent(example=name).text, re.DOTALL)
    rows = re.findall(r"<tr><td>(.*?)</td>", needs)
    assert rows
    assert not [row for row in rows if re.search(r"[a-z]-[a-z]+-[a-z]|_|elbow-|-elbow", row)]


def test_a_chart_without_a_card_says_which_rule_came_nearest_and_what_it_lacks() -> None:
    folder = FOLDERS["mmn-on-the-problem-list-and-no-data"]
    assert not folder.answer(EVALUATOR)["cards"]
    told = words(shown(folder))
    assert "Why none" in told
    assert "It lacks:" in told
    assert "nobody knows" in told


def test_a_code_that_nobody_mapped_is_shown_with_what_comes_near() -> None:
    chart = charted(code={"coding": [{"system": "urn:own", "code": "own-1", "display": "GM1 IgM in serum, titre"}]})
    told = words(sent(chart=chart))
    assert "Near: GM1 IgM, serum, titre (" in told
    assert "|6926-0)" in told


@pytest.mark.parametrize("how", ["pasted", "file"])
def test_a_report_becomes_a_result_with_the_lines_that_were_not_read(how: str) -> None:
    fields = {"chart": REPORT.decode()} if how == "pasted" else {"file": (BytesIO(REPORT), "report.txt")}
    told = words(sent(**fields))
    assert "The report, line by line" in told
    assert "a peak latency is no onset latency" in told
    assert "Right ulnar forearm block" in told


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "choose an example"),
        ({"chart": "{"}, "JSON"),
        ({"chart": '{"resourceType": "Bundle"}'}, ""),
        ({"chart": "no report at all"}, "No layout has the headings"),
        ({"chart": REPORT.decode(), "language": "es"}, "language"),
        ({"chart": REPORT.decode(), "performed": "yesterday"}, "must be a date"),
        ({"example": "01-definite", "asOf": "today"}, "asOf must be"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(fields: dict[str, object], says: str) -> None:
    answer = sent(**fields)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert 'role="alert"' in answer.text
    assert says in words(answer)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "![x](//a.example/b)"]
)
def test_nothing_in_a_chart_becomes_part_of_the_page(text: str) -> None:
    code = {"coding": [{"code": "x", "display": text}], "text": text}
    chart = charted(code=code, valueString=text, note=[{"text": text}])
    page = sent(chart=chart).text
    assert "alert(1)</script>" not in page
    assert "<img" not in page
    assert "o1" in page


def test_no_page_has_a_style_or_a_script_in_its_text_or_anything_from_elsewhere() -> None:
    answer = sent(example="01-definite")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)
    assert re.findall(r"<script[^>]*>", answer.text) == ['<script type="module" src="./page/page.js">']
    assert not re.search(r'(src|action)="(https?:)?//', answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_another_site_may_not_send_the_form(headers: dict[str, str], status: int) -> None:
    answer = sent_to(CLIENT, {"example": "01-definite"}, headers)
    assert answer.status_code == status
    assert answer.mimetype == ("text/html" if status == 200 else "application/fhir+json")


@pytest.mark.parametrize(
    ("settings", "is_there"),
    [
        ({"profile": "local"}, True),
        ({"profile": "local", "page": "off"}, False),
        (PROXIED, False),
        ({**PROXIED, "page": "off"}, False),
        ({**PROXIED, "page": "proxy"}, True),
    ],
)
def test_the_page_is_there_on_ones_own_machine_or_where_a_proxy_asks_who_comes(
    settings: dict[str, object], is_there: bool
) -> None:
    client = create_app(Settings.model_validate({"store": "sqlite:///:memory:", **settings}), EVALUATOR).test_client()
    assert client.get("/").status_code == (200 if is_there else 404)
    assert sent_to(client, {"example": "01-definite"}).status_code == (200 if is_there else 404)
    assert client.get("/rules").status_code == 200
    assert client.get("/page/page.css").status_code == 200


def test_a_page_without_a_proxy_is_refused_outside_the_local_profile_and_one_behind_it_is_warned_of() -> None:
    with pytest.raises(SettingsError, match="page: local is for the local profile"):
        authentication(Settings.model_validate({**PROXIED, "page": "local"}))
    assert any("page" in each for each in warnings(Settings.model_validate({**PROXIED, "page": "proxy"})))
    assert not any("page" in each for each in warnings(Settings.model_validate(PROXIED)))


def test_with_authentication_the_page_behind_a_proxy_opens_no_other_door() -> None:
    settings = Settings.model_validate(
        {
            **PROXIED,
            "insecure": False,
            "page": "proxy",
            "issuers": [{"iss": "https://ehr.example.org", "jwks_url": "https://ehr.example.org/jwks"}],
        }
    )
    client = create_app(settings, EVALUATOR).test_client()
    assert client.get("/").status_code == 200
    assert client.post("/fhir/$mmn-evaluate", json={"resourceType": "Bundle"}).status_code == 401
    assert client.get("/cds-services").status_code == 401


def test_too_much_is_refused_and_too_many_fields_are() -> None:
    small = create_app(
        Settings(profile="local", store="sqlite:///:memory:", max_body_bytes=2000), EVALUATOR
    ).test_client()
    assert sent_to(small, {"chart": "x" * 3000}).status_code == 413
    assert sent(**{f"f{number}": "" for number in range(500)}).status_code == 413
    assert CLIENT.post("/", data=b"x", content_type="text/plain").status_code == 415


def test_no_address_on_the_page_holds_anything_of_the_patient() -> None:
    page = sent(example="01-definite").text
    inside = {part for url in re.findall(r'href="([^"#]*)"', page) for part in re.split(r"[/?&=]", url)}
    assert not inside & {"anna-berger", "Patient", "Observation"}


# --- What if ---

SELECT = re.compile(r'<select[^>]*name="(a:[^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
INPUT = re.compile(r'<input id="q-[^"]*" name="(a:[^"]*)" value="([^"]*)" autocomplete')
CHART = re.compile(r'<textarea name="chart" hidden[^>]*>(.*?)</textarea>', re.DOTALL)
GRADED = {
    "a:course.progression": "slowly-progressive",
    "a:course.onset": "2024-03-01",
    "a:course.symmetric-at-onset": "absent",
    "a:strength.first_dorsal_interosseous.right": "3",
    "a:strength.abductor_pollicis_brevis.right": "4",
    "a:rest": "true",
}


def form_of(answer: TestResponse, as_of: str) -> dict[str, str]:
    """The fields of the what-if form as a browser would send them unchanged."""
    fields = dict(INPUT.findall(answer.text))
    for name, options in SELECT.findall(answer.text):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen, name
        fields[name] = chosen[1]
    chart = CHART.search(answer.text)
    assert chart
    return {"what-if": "1", "chart": unescape(chart[1]), "asOf": as_of, **fields}


def class_of(answer: TestResponse) -> str:
    found = re.search(r'<h1 id="p1-class">(.*?)</h1>', answer.text)
    assert found, words(answer)
    return found[1]


@pytest.fixture(scope="module")
def definite() -> dict[str, str]:
    return form_of(sent(example="01-definite"), "2026-03-04T10:20:00Z")


def test_what_the_chart_knows_is_filled_in_and_sent_back_changes_nothing(definite: dict[str, str]) -> None:
    assert definite["a:course.progression"] == "slowly-progressive"
    assert definite["a:weakness.territories"] == "2"
    assert definite["a:bulbar.bulbar"] == "none"
    assert definite["a:weakness.cramps"] == ""
    answer = sent(**definite)
    assert class_of(answer) == "Definite"
    assert 'class="changed"' not in answer.text


@pytest.fixture(scope="module")
def graded() -> dict[str, str]:
    folder = FOLDERS["definite-from-mrc-grades-alone"]
    return form_of(shown(folder), folder.expected["asOf"])


def test_the_grades_of_muscles_are_filled_in_and_sent_back_change_nothing(graded: dict[str, str]) -> None:
    filled = {name: value for name, value in graded.items() if name.startswith("a:strength.") and value}
    assert filled
    answer = sent(**graded)
    assert class_of(answer) == "Definite"
    assert 'class="changed"' not in answer.text


def test_a_grade_that_is_taken_back_or_is_full_changes_the_class(graded: dict[str, str]) -> None:
    weak = [name for name, value in graded.items() if name.startswith("a:strength.") and value not in ("", "5")]
    assert class_of(sent(**{**graded, **dict.fromkeys(weak, "5")})) == "Not classified"
    assert class_of(sent(**{**graded, **dict.fromkeys(weak, "")})) == "Not classified"
    assert class_of(sent(**{**graded, weak[0]: "0"})) == "Definite"


@pytest.mark.parametrize(
    ("change", "reached"),
    [
        ({"a:reflexes.plantar-right": "extensor"}, "Excluded"),
        ({"a:sensation.touch": "lost"}, "Excluded"),
        ({"a:bulbar.bulbar": "not-examined"}, "Not classified"),
        ({"a:weakness.asymmetric": ""}, "Not classified"),
        ({"a:course.progression": "rapid"}, "Not classified"),
        ({"a:weakness.territories": "1"}, "Possible"),
    ],
)
def test_a_changed_finding_changes_the_class_and_the_changed_verdicts_are_marked(
    definite: dict[str, str], change: dict[str, str], reached: str
) -> None:
    answer = sent(**{**definite, **change})
    assert class_of(answer) == reached
    assert "was: Definite" in words(answer)
    assert re.search(r'class="changed">was (met|not met|unknown)<', answer.text)


def test_a_changed_value_of_the_chart_changes_the_class(definite: dict[str, str]) -> None:
    chart = orjson.loads(definite["chart"])
    (study,) = [each["resource"] for each in chart["entry"] if each["resource"]["id"] == "motor-ulnar-right"]
    for component in study["component"]:
        code = component["code"]["coding"][0]["code"]
        if code in ("below-elbow.cmap-area-neg", "below-elbow.cmap-amplitude-neg"):
            component["valueQuantity"]["value"] *= 2.2
    answer = sent(**{**definite, "edited": orjson.dumps(chart).decode()})
    assert class_of(answer) == "Not classified"
    assert "was: Definite" in words(answer)


def test_a_report_and_the_findings_at_the_bedside_make_a_definite_class() -> None:
    asked = form_of(sent(example="08-report"), "2026-03-05T09:00:00Z")
    assert class_of(sent(**asked)) == "Not classified"
    assert class_of(sent(**{**asked, **GRADED})) == "Definite"


def test_what_is_exported_comes_to_the_same(definite: dict[str, str]) -> None:
    answer = sent(**{**definite, "a:reflexes.plantar-right": "extensor", "do": "export"})
    assert answer.mimetype == "application/fhir+json"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert class_of(sent(chart=answer.text, asOf=definite["asOf"])) == "Excluded"


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("a:weakness.territories", "many", "must be a number"),
        ("a:reflexes.tone", "floppy", "none of the answers"),
        ("edited", "{", "JSON"),
    ],
)
def test_an_answer_that_cannot_be_is_said(definite: dict[str, str], field: str, text: str, says: str) -> None:
    answer = sent(**{**definite, field: text})
    assert says in words(answer)
    assert 'role="alert"' in answer.text


def test_a_form_with_several_patients_is_not_offered() -> None:
    assert 'id="what-if"' not in shown(FOLDERS["two-patients-in-one-bundle"]).text


# --- For the integrator ---


def commands(client: FlaskClient) -> dict[str, str]:
    page = client.get("/integrator").text
    return {
        name: unescape(text)
        for name, text in re.findall(r'<pre tabindex="0" id="call-([^"]+)">(.*?)</pre>', page, re.DOTALL)
    }


def test_every_call_to_copy_is_one_that_a_shell_reads_as_it_stands_and_that_is_answered(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/store.sqlite"
    Database(store).migrate()
    client = create_app(Settings(profile="local", store=store), EVALUATOR).test_client()
    copied = commands(client)
    assert {"call-patient-view", "call-order-select", "call-order-sign"} <= copied.keys()
    for command in copied.values():
        head, _, rest = command.partition("<<'BODY'\n")
        words_of_shell = shlex.split(head.replace("\\\n", " "))
        url = next(word for word in words_of_shell if word.startswith("http://127.0.0.1:8000/"))
        media = words_of_shell[words_of_shell.index("-H") + 1].removeprefix("Content-Type: ")
        body = rest.removesuffix("\nBODY")
        answer = client.post(url.removeprefix("http://127.0.0.1:8000"), data=body.encode(), content_type=media)
        assert answer.status_code in (200, 202), (url, answer.text)


def checked(message: object) -> str:
    text = message if isinstance(message, str) else orjson.dumps(message).decode()
    answer = CLIENT.post("/integrator", data={"message": text}, content_type="multipart/form-data")
    assert answer.status_code == 200
    return words(answer)


CALL = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": {}}
CARD = {"summary": "s" * 200, "indicator": "info", "source": {"label": "x"}}
WRONG = {"resourceType": "Patient", "gender": 3}
ORDER = {"resourceType": "MedicationRequest", "status": "draft"}
MESSAGES: dict[str, tuple[object, str]] = {
    "a call without its patient": (CALL, "'patientId' is a required property"),
    "an answer whose summary is too long": ({"cards": [CARD]}, "cards[0].summary"),
    "a suggested resource that is no FHIR": (
        {"cards": [{**CARD, "suggestions": [{"label": "a", "actions": [{"type": "create", "resource": ORDER}]}]}]},
        "cards[0].suggestions[0].actions[0].resource",
    ),
    "a resource without a code": ({"resourceType": "Observation", "status": "final"}, "FHIR R4 Observation : 1"),
    "a resource that FHIR does not have": ({"resourceType": "Nonsense"}, "no such resource"),
    "a bundle with a bad entry": (
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {"resourceType": "Patient", "gender": 3}}],
        },
        "entry[0].resource",
    ),
    "a sound resource": ({"resourceType": "Patient", "id": "p1"}, "FHIR R4 Patient : as it should be"),
    "another hook": ({**CALL, "hook": "encounter-start"}, "there are patient-view"),
    "something else": ({"hello": 1}, "none of the messages"),
    "no JSON": ("{", "JSON"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_an_integrator_is_told_what_is_wrong_with_a_message_and_where(name: str) -> None:
    message, says = MESSAGES[name]
    assert says in checked(message)


def test_what_the_service_itself_answers_is_as_it_should_be() -> None:
    folder = FOLDERS["definite-block-in-the-ulnar-forearm"]
    assert "PatientResult : as it should be" in checked(folder.answer(EVALUATOR))
    for path, kind in (
        ("/cds-services", "Discovery"),
        ("/fhir/metadata", "FHIR R4 CapabilityStatement"),
        ("/fhir/OperationDefinition/mmn-evaluate", "FHIR R4 OperationDefinition"),
        ("/fhir/Questionnaire/mmn-examination", "FHIR R4 Questionnaire"),
    ):
        assert f"{kind} : as it should be" in checked(CLIENT.get(path).text)


def test_of_a_message_nothing_becomes_part_of_the_page() -> None:
    answer = CLIENT.post("/integrator", data={"message": '{"resourceType": "<script>alert(1)</script>"}'})
    assert "<script>alert" not in answer.text


def test_where_callers_prove_who_they_are_the_calls_to_copy_say_so() -> None:
    issuer = {"iss": "https://ehr.example.org", "jwks_url": "https://ehr.example.org/jwks"}
    settings = Settings.model_validate({**PROXIED, "insecure": False, "page": "proxy", "issuers": [issuer]})
    for command in commands(create_app(settings, EVALUATOR).test_client()).values():
        assert "Authorization: Bearer TOKEN" in command
        assert "https://cds.example.org/" in command
