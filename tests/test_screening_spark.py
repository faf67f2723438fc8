"""Screening on Spark in local mode: the same rows in the same order, and the same summary, as other ways make."""

import gzip
import shutil
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_socket import enable_socket

from service.cli import main
from service.evaluate import Evaluator
from service.screening.run import Outcome, Wanted, screen
from service.screening.spark import Spark
from tests.population.ordinary import ordinary
from tests.population.written import population, write_bulk
from tests.shipped import shipped

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")
pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is not installed: make spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17, and there is none"),
    # PySpark and its gateway leave sockets and files to the end of the process, and pandas warns of its own use.
    pytest.mark.filterwarnings("ignore"),
]

_MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
_PRIVIGEN = {"resourceType": "Medication", "id": "privigen", "code": {"text": "Privigen 10 %"}}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ordinary patients and the planted ones, a drug by reference, a bad line, and a file that was cut off."""
    made = tmp_path_factory.mktemp("population")
    order = {"resourceType": "MedicationRequest", "id": "by-reference", "status": "completed", "intent": "order"}
    pointing = {**order, "subject": {"reference": "Patient/o9-1"}, "medicationReference": _reference("privigen")}
    write_bulk(made, [*population(30, with_seed=4), *ordinary(1, seed=9), _PRIVIGEN, pointing])
    with (made / "Condition.000.ndjson").open("ab") as file:
        file.write(b'{"resourceType":"Condition","subject":{"reference":"Patient/p2"},\n')
    encounters = made / "Encounter.000.ndjson"
    packed = gzip.compress(encounters.read_bytes())
    encounters.unlink()
    (made / "Encounter.000.ndjson.gz").write_bytes(packed)
    return made


@pytest.fixture(autouse=True)
def _sockets() -> None:
    """Spark speaks to its own processes on this machine."""
    enable_socket()


def test_one_process_a_pool_and_spark_give_the_same_rows_and_the_same_summary(
    place: Path, tmp_path: Path, evaluator: Evaluator, recwarn: pytest.WarningsRecorder
) -> None:
    one = _screened(place, tmp_path / "one", evaluator)
    several = _screened(place, tmp_path / "several", evaluator, processes=2)
    # Pieces are so small that each file is divided.
    spark = _screened(place, tmp_path / "spark", evaluator, cluster=Spark("local[2]", piece=100_000))
    assert one.summary["faults"] == {"bad line": 1}
    assert one.summary == several.summary == spark.summary
    summaries = {(tmp_path / name / "summary.json").read_bytes() for name in ("one", "several", "spark")}
    assert len(summaries) == 1
    assert _rows(tmp_path / "one") == _rows(tmp_path / "several") == _rows(tmp_path / "spark")
    assert "o9-1" in {row[0] for row in _rows(tmp_path / "spark")}
    # What PySpark warns of may go to a log; the patient of the bad line is in what it works with.
    assert "p2" not in "".join(str(each.message) for each in recwarn)


def test_the_command_runs_on_spark_and_a_second_time_there_is_nothing_to_do(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMN_CDS_STORE", f"sqlite:///{tmp_path}/store.sqlite")
    asked = ["screen", str(place), "--out", str(tmp_path / "out"), "--purpose", "audit of missed MMN"]
    asked += ["--engine", "spark", "--master", "local[1]"]
    first, second = (CliRunner().invoke(main, asked) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert " patients seen, " in first.output
    assert "Nothing to do" in second.output


def _reference(medication: str) -> dict[str, str]:
    return {"reference": f"Medication/{medication}"}


def _screened(place: Path, out: Path, evaluator: Evaluator, **how: Any) -> Outcome:
    # One key for all, so that pseudonyms are the same as well.
    return screen(Wanted([place], out, out.parent / "key", _MOMENT, **how), evaluator, lambda *_: None)


def _rows(out: Path) -> list[tuple[Any, ...]]:
    asked = (
        f"SELECT w.patient, p.* FROM '{out}/patients.parquet' p"  # noqa: S608  # a folder of the test
        f" JOIN '{out}/private/patients.parquet' w USING (pseudonym) ORDER BY rank"
    )
    with duckdb.connect() as connection:
        return list(connection.execute(asked).fetchall())
