"""``mmn-cds intake``: what waits and what is dead can be seen, tried again, given up, and done again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.evaluate import Evaluator
from service.store.database import Database
from tests.fake_fhir.behaviours import status
from tests.notifying import OPERATION, Desk, desk
from tests.shipped import shipped
from tests.test_notifications import CHART, NAME, PATIENT, transaction, url_of

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def at(evaluator: Evaluator, database: Database, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "audit.key").write_bytes(b"k" * 32)
    with desk(evaluator, url_of(database), list(CHART), audit_key_file=tmp_path / "audit.key") as made:
        yield made


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Run:
    """Run a command with the settings of the service at hand."""
    environment = {
        "MMN_CDS_PROFILE": "local",
        "MMN_CDS_STORE": url_of(database),
        "MMN_CDS_AUDIT_KEY_FILE": str(tmp_path / "audit.key"),
    }

    def run(*arguments: str) -> Result:
        answer = CliRunner().invoke(main, ["intake", *arguments], env=environment)
        assert not answer.exception or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


def letters(run: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(run("list", "--json", *arguments).stdout)["letters"]
    return found


def unreadable(at: Desk) -> None:
    at.client.post(OPERATION, data=b'{"resourceType": "Zebedee"', content_type="application/fhir+json")


@pytest.mark.usefixtures("at")
def test_nothing_waits_at_first(run: Run) -> None:
    assert "Nothing waits" in run("list").stdout


def test_a_message_that_waits_is_listed_without_its_patient_and_shown_with_it(at: Desk, run: Run) -> None:
    at.ehr.behave(status(503), on="Patient")
    at.post(transaction(PATIENT))
    at.work()
    (letter,) = letters(run)
    assert (letter["what"], letter["state"], letter["failures"]) == ("patient", "waiting", "1")
    assert "503" in letter["reason"]
    assert PATIENT["id"] not in run("list").stdout
    assert PATIENT["id"] in run("show", letter["id"][:12]).stdout
    assert letters(run, "--dead") == []


def test_what_waits_is_tried_again_at_once(at: Desk, run: Run) -> None:
    at.ehr.behave(status(503), on="Patient")
    taken = at.post(transaction(PATIENT))
    at.work()
    at.ehr.behave(None, on="Patient")
    at.work()
    assert at.status(taken) == {"status": "waiting"}
    (letter,) = letters(run)
    assert "1 will be tried again" in run("retry", letter["id"]).stdout
    at.work()
    assert at.reached(taken) == {NAME: "definite"}


def test_a_dead_letter_is_shown_as_it_was_sent_and_can_be_given_up(at: Desk, run: Run) -> None:
    unreadable(at)
    (letter,) = letters(run, "--dead")
    assert (letter["what"], letter["state"]) == ("body", "dead")
    assert '{"resourceType": "Zebedee"' in run("show", letter["id"]).stdout
    assert "1 will be tried again" in run("retry", "--all").stdout
    at.work()
    assert [each["state"] for each in letters(run)] == ["dead"]
    assert run("drop", letter["id"]).exit_code == 0
    assert letters(run) == []


def test_the_messages_of_a_time_are_done_again(at: Desk, run: Run) -> None:
    taken = at.post(transaction(PATIENT))
    at.work()
    begun = (at.worker.now() - timedelta(minutes=1)).isoformat()
    at.ehr.resources[:] = [PATIENT]
    assert "0 will be done again" in run("replay", "--since", "2020-01-01T00:00:00Z", "--until", begun).stdout
    assert "1 will be done again" in run("replay", "--since", begun).stdout
    at.work()
    assert at.reached(taken) == {NAME: "none"}


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize("command", ["show", "retry", "drop"])
def test_an_id_that_nothing_has_is_said(run: Run, command: str) -> None:
    answer = run(command, "0123")
    assert answer.exit_code == 2
    assert "No id begins with '0123'" in answer.stderr


def test_the_metrics_tell_how_much_waits_and_is_dead(at: Desk) -> None:
    at.ehr.behave(status(503), on="Patient")
    at.post(transaction(PATIENT))
    unreadable(at)
    text = at.client.get("/metrics").text
    assert 'mmn_cds_queue{state="waiting"} 1.0' in text
    assert 'mmn_cds_queue{state="dead"} 1.0' in text
    assert 'mmn_cds_outbox{state="waiting"} 0.0' in text
    assert "mmn_cds_queue_oldest_seconds" in text
