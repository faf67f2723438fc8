"""Silent mode and screening tell the same of a chart: the audit ranks it as its files do."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from click.testing import CliRunner

from service.app import create_app
from service.cli import main
from service.evaluate import Evaluator
from service.screening.run import Wanted, screen
from service.settings import Settings
from service.store.audit_rows import Asked, AuditCard, AuditRow, Concluded, Versions, insert_rows
from service.store.database import Database
from tests.population.planted import AS_OF, planted
from tests.population.written import write_bulk

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")

_TOLD = "reached, attainable, hint, missing, met, whole, criteria_met, reasons"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    monkeypatch.setenv("MMN_CDS_STORE", url)
    return url


def test_the_planted_patients_stand_in_the_audit_of_a_silent_service_as_they_do_in_their_files(
    store: str, tmp_path: Path
) -> None:
    evaluator = Evaluator.load()
    Database(store).migrate()
    silent = Settings(profile="local", store=store, audit_failure="refuse", silent_services=("mmn-evaluate",))
    client = create_app(silent, evaluator).test_client()
    for body in _posts():
        answer = client.post(f"/fhir/$mmn-evaluate?asOf={AS_OF}", data=body, content_type="application/fhir+json")
        assert answer.status_code == 200, answer.text
    write_bulk(tmp_path / "in", [resource for _, _, resources in planted() for resource in resources])
    wanted = Wanted([tmp_path / "in"], tmp_path / "files", tmp_path / "key", datetime.fromisoformat(AS_OF))
    of_files = screen(wanted, evaluator, lambda *_: None).summary
    _from_audit(tmp_path / "audit")
    of_audit = orjson.loads((tmp_path / "audit/summary.json").read_bytes())
    assert _groups(tmp_path / "audit") == _groups(tmp_path / "files")
    assert _told(tmp_path / "audit") == _told(tmp_path / "files")
    assert of_audit["hints"] == of_files["hints"]
    assert of_audit["criteria"] == of_files["criteria"]
    assert of_audit["missingness"] == of_files["missingness"]


def test_of_two_rows_of_a_patient_the_newer_one_is_ranked(store: str, tmp_path: Path) -> None:
    _kept(store, [("a", "none", 3, {}), ("b", "none", 1, {}), ("a", "definite", 0, {})])
    _from_audit(tmp_path / "out")
    assert _groups(tmp_path / "out") == ["definite", "none"]


def test_a_row_from_before_facts_were_kept_says_nothing_of_what_charts_lack(store: str, tmp_path: Path) -> None:
    _kept(store, [(f"p{number}", "none", 3, {}) for number in range(12)])
    _from_audit(tmp_path / "out")
    assert orjson.loads((tmp_path / "out/summary.json").read_bytes())["missingness"] == {}


def test_what_was_not_asked_for_in_a_call_makes_the_chart_a_part(store: str, tmp_path: Path) -> None:
    _kept(store, [("a", "none", 3, {"not-asked": 1}), ("b", "none", 3, {"unmapped": 1})])
    _from_audit(tmp_path / "out")
    assert sorted(whole for (whole,) in _rows(tmp_path / "out", "whole")) == [False, True]


def _posts() -> Iterator[bytes]:
    for _, _, resources in planted():
        entries = [{"resource": each} for each in resources]
        yield orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def _kept(store: str, rows: list[tuple[str, str, int, Mapping[str, int]]]) -> None:
    database = Database(store)
    database.migrate()
    for minute, (patient, reached, missing, unused) in enumerate(rows):
        moment = datetime(2026, 5, 1, 12, minute, tzinfo=UTC)
        asked = Asked(moment, moment, "ehr", "mmn-diagnosis", "c", patient, "h")
        concluded = Concluded(reached, "definite", missing, {"criteria": {}}, 1, unused)
        card = AuditCard(uuid4(), "mmnDiagnosisOpen", "info", "silent")
        row = AuditRow(asked, Versions("1", "1", "sha256:1", "sha256:1"), concluded, (card,))
        with database.transaction() as connection:
            insert_rows(connection, [row])
    database.engine.dispose()


def _from_audit(out: Path) -> None:
    done = CliRunner().invoke(main, ["screen", "--from-audit", "--out", str(out), "--purpose", "silent mode"])
    assert done.exit_code == 0, done.output


def _groups(out: Path) -> list[Any]:
    return [group for (group,) in _rows(out, '"group"')]


def _told(out: Path) -> list[Any]:
    return sorted(map(repr, _rows(out, _TOLD)))


def _rows(out: Path, columns: str) -> list[tuple[Any, ...]]:
    asked = f"SELECT {columns} FROM '{out}/patients.parquet' ORDER BY rank"  # noqa: S608  # a folder of the test
    with duckdb.connect() as connection:
        return list(connection.execute(asked).fetchall())
