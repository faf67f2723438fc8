"""The ``mmn-cds`` command, as a person or a script calls it."""

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from service import __version__
from service.cli import main
from service.json_guard import read_json
from service.knowledge.load import load
from service.web.as_of import read_as_of
from tests.bench import bodies
from tests.bench.servers import free_port
from tests.shipped import shipped

ROOT = Path(__file__).parents[1]
UNUSABLE = 2


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    file = tmp_path / "patient.json"
    file.write_bytes(bodies.as_bundle(bodies.mmn_resources(13)))
    return file


def run(*arguments: object, stdin: bytes = b"", **environment: str) -> Result:
    """Run in this process; the command's own environment is empty but for what is given."""
    keys = dict.fromkeys(("MMN_CDS_PROFILE", "MMN_CDS_INSECURE", "MMN_CDS_PORT", "MMN_CDS_EXTRA_MAPPINGS"), "")
    return CliRunner().invoke(main, [str(word) for word in arguments], input=stdin, env=keys | environment)


def test_one_file_gives_the_result_as_one_object(patient: Path) -> None:
    answer = orjson.loads(run("evaluate", "--json", "--as-of", "2026-03-04T10:20:00+01:00", patient).stdout)
    assert answer.keys() == {"cards", "evaluation"}
    assert answer["evaluation"]["asOf"] == "2026-03-04T09:20:00Z"
    assert answer["evaluation"]["classification"]["reached"] == "definite"


def test_the_command_line_and_the_evaluator_say_the_same(patient: Path) -> None:
    as_of = "2026-03-04T09:20:00Z"
    answer = orjson.loads(run("evaluate", "--json", "--as-of", as_of, patient).stdout)
    expected = shipped().evaluate_bundle(read_json(patient.read_bytes()), read_as_of(as_of), 5000)
    assert answer["evaluation"] == orjson.loads(orjson.dumps(expected["evaluation"]))


def test_several_files_give_an_array_in_their_order(patient: Path) -> None:
    answers = orjson.loads(run("evaluate", "--json", patient, "-", stdin=patient.read_bytes()).stdout)
    assert [answer["evaluation"]["patient"] for answer in answers] == ["Patient/bench-1"] * 2


def test_the_report_is_plain_text_when_it_is_piped(patient: Path) -> None:
    outcome = run("evaluate", patient)
    assert outcome.exit_code == 0
    assert "\x1b" not in outcome.stdout
    assert "Definite multifocal motor neuropathy" in outcome.stdout
    assert "a clinician decides" in outcome.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b'{"a":1,"a":1}', "JSON"),
        (b"[]", "Bundle"),
        (b'{"resourceType":"Bundle"}', "Bundle"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    outcome = run("evaluate", file)
    assert (outcome.exit_code, outcome.stdout) == (UNUSABLE, "")
    assert outcome.stderr.startswith(f"mmn-cds: {file}: ")
    assert said in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_named_in_one_line(tmp_path: Path) -> None:
    outcome = run("evaluate", tmp_path / "nowhere.json", tmp_path)
    assert (outcome.exit_code, outcome.stderr.count("\n")) == (UNUSABLE, 1)
    assert "nowhere.json: No such file" in outcome.stderr


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-04"])
def test_a_bad_moment_is_refused(patient: Path, moment: str) -> None:
    outcome = run("evaluate", "--as-of", moment, patient)
    assert (outcome.exit_code, outcome.stdout) == (UNUSABLE, "")
    assert "2026-03-04T10:20:00Z" in outcome.stderr


def test_a_bad_setting_is_one_line_that_names_it(patient: Path) -> None:
    outcome = run("evaluate", patient, MMN_CDS_EXTRA_MAPPINGS="/does/not/exist")
    assert outcome.exit_code == UNUSABLE
    assert outcome.stderr == "mmn-cds: MMN_CDS_EXTRA_MAPPINGS: must name a directory that exists\n"


def test_the_version_names_software_and_knowledge() -> None:
    knowledge = load()
    assert run("--version").stdout.split() == [
        "mmn-cds", __version__, "knowledge", knowledge.id, knowledge.version, knowledge.hash
    ]  # fmt: skip


def test_serving_unauthenticated_to_others_is_refused() -> None:
    assert run("serve").exit_code == UNUSABLE
    assert "MMN_CDS_PROFILE" in run("serve").stderr
    assert "MMN_CDS_HOST" in run("serve", "--profile", "local", "--host", "0.0.0.0").stderr  # noqa: S104  # refused


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = run("serve", "--profile", "local", "--port", taken.getsockname()[1])
    assert outcome.exit_code == UNUSABLE
    assert "Cannot listen on 127.0.0.1" in outcome.stderr
    # Whatever this process starts next would count in a directory that is gone.
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ  # noqa: TID251


def test_no_server_is_not_ready() -> None:
    port = free_port()
    outcome = run("ready", MMN_CDS_PORT=str(port))
    expected = f"not ready: nothing answers at http://127.0.0.1:{port}\n"
    assert (outcome.exit_code, outcome.stdout) == (1, expected)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            b'{"resourceType": "OperationOutcome", "issue": [{"diagnostics": "the store is full"}]}',
            "the store is full (",
        ),
        (b"<html>Not here</html>", "answers with status 503"),
    ],
    ids=["by the service", "by another server"],
)
def test_what_is_not_ready_is_said_with_its_address(body: bytes, says: str) -> None:
    class Unready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Unready) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        outcome = run("ready", MMN_CDS_PORT=str(server.server_port))
        thread.join()
    assert outcome.exit_code == 1
    assert says in outcome.stdout
    assert f"http://127.0.0.1:{server.server_port}" in outcome.stdout


def test_the_knowledge_is_checked_and_counted() -> None:
    outcome = run("knowledge", "check")
    assert outcome.exit_code == 0
    assert f"{load().version}: " in outcome.stdout


def test_a_word_reads_well_where_a_rule_asks_for_its_opposite() -> None:
    assert "not left out" in run("knowledge", "show", "mmn.conduction_block.definite").stdout


def test_a_rule_is_shown_in_words() -> None:
    criterion = load().stages[0].criteria[0]
    outcome = run("knowledge", "show", criterion.id)
    assert outcome.exit_code == 0
    assert criterion.id in outcome.stdout


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("mmn.ivig_safety.renal_risk", "`mmn.ivig.kidney.renal_risk`"),
        ("mmn.ivig.kidney.renal_risk", "warning: Kidney risk ({features})"),
        ("mmn.ivig.kidney.renal_risk", "Kidney ({features}): creatinine before and during treatment"),
        (
            "mmn.ivig.kidney.renal_risk",
            "- `egfr_low` 60 mL/min: eGFR below this counts as reduced (`general_knowledge`",
        ),
        ("mmn.ivig.kidney.renal_risk", "- not met: "),
        ("egfr_low", "- `mmn.ivig.kidney.renal_risk`"),
        ("egfr_ml_per_min", "- `mmn.ivig.kidney.renal_risk`"),
        ("aaem_2003", "- `mmn.other_criteria.aaem_2003.definite`"),
    ],
)
def test_a_reviewer_is_shown_the_card_its_numbers_and_cases(asked: str, told: str) -> None:
    outcome = run("knowledge", "show", asked)
    assert outcome.exit_code == 0
    assert told in outcome.stdout


def test_an_unknown_rule_is_answered_with_the_nearest_ones() -> None:
    outcome = run("knowledge", "show", "mmn.conduction_block.definit")
    assert outcome.exit_code == UNUSABLE
    assert "mmn.conduction_block.definite" in outcome.stderr


def test_a_health_check_loads_no_rules() -> None:
    code = "import sys, service.cli; sys.exit(any(name in sys.modules for name in ('durable', 'fhir', 'flask')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0  # noqa: S603  # our own


def test_a_terminal_that_knows_no_unicode_gets_the_report_too(patient: Path) -> None:
    command = [sys.executable, "-c", "from service.cli import main; main()", "evaluate", str(patient)]
    environment = {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)  # noqa: S603  # our own
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Definite" in done.stdout


def test_a_store_in_a_place_that_cannot_be_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    outcome = run("feedback", "report", MMN_CDS_STORE=f"sqlite:///{tmp_path}/taken/store.sqlite")
    assert outcome.exit_code == 2
    assert f"MMN_CDS_STORE: the directory {tmp_path}/taken" in outcome.stderr


def test_settings_are_checked_as_if_they_were_served_in_another_profile() -> None:
    assert run("config", "check").exit_code == 2
    outcome = run("config", "check", "--profile", "local")
    assert outcome.exit_code == 0
    assert "off: local profile" in outcome.stdout


def test_rules_are_listed_where_none_is_named() -> None:
    assert "mmn.conduction_block.definite  " in run("knowledge", "show").stdout
