"""Tables of a data lake: the Observations are made again of the columns of two views, and nothing is lost unsaid."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from service.evaluate import Evaluator
from service.screening.columns import observations_in
from service.screening.run import Outcome, Wanted, screen
from service.screening.views import views_of
from tests.patient_folders import patient_folders
from tests.population.lake import rows_of, write_table
from tests.population.planted import AS_OF, planted
from tests.population.seeds_hold import resources_of_bundle
from tests.population.written import write_bulk
from tests.shipped import shipped

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")

Json = Mapping[str, Any]
_MMN = "https://mmn-cds.example.org/fhir/CodeSystem"
_CODING = {"system": f"{_MMN}/bedside-finding", "code": "objective-sensory-loss"}
_OBSERVATION: Json = {
    "resourceType": "Observation",
    "id": "a",
    "status": "final",
    "subject": {"reference": "Patient/p"},
    "code": {"coding": [_CODING]},
    "effectiveDateTime": "2026-02-10",
    "valueBoolean": False,
}
# Elements of an Observation that no reader looks at.
_NOT_READ = (
    "category",
    "note",
    "text",
    "encounter",
    "identifier",
    "basedOn",
    "partOf",
    "specimen",
    "device",
    "extension",
)
# All functions of FHIRPath that are used, which every runner of shared views has.
_FUNCTIONS = {"where", "exists", "ofType", "not"}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def views(evaluator: Evaluator) -> Mapping[str, Json]:
    return views_of(evaluator.mappings)


@pytest.fixture(scope="module")
def files(evaluator: Evaluator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is said of the planted patients by their files."""
    place = tmp_path_factory.mktemp("files")
    write_bulk(place / "in", _resources())
    _screened(place / "in", place / "out", evaluator)
    return place / "out"


def test_tables_of_the_views_give_the_same_list_as_the_files_of_which_they_are_made(
    views: Mapping[str, Json], files: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    _as_tables(views, tmp_path / "in")
    told = _screened(tmp_path / "in", tmp_path / "out", evaluator).summary
    assert told["faults"] == {}
    assert _rows(tmp_path / "out") == _rows(files)
    assert told["criteria"] == orjson.loads((files / "summary.json").read_bytes())["criteria"]


def test_each_result_of_a_patient_folder_that_bears_on_anything_is_in_one_view_whole_or_marked(
    views: Mapping[str, Json], evaluator: Evaluator
) -> None:
    for resource in _different_results():
        made = [each for view in views.values() for each in observations_in(rows_of(view, [resource]))]
        if evaluator.mappings.concepts_of(resource.get("code"), "Observation"):
            assert len(made) == 1, resource
        for each in made:
            assert "modifierExtension" in each or _as_json(each) == _read_of(resource), resource


@pytest.mark.parametrize(
    "more",
    [
        {"modifierExtension": [{"url": "https://example.org/x", "valueBoolean": True}]},
        {"implicitRules": "https://example.org/x"},
        {"focus": [{"reference": "RelatedPerson/child"}]},
        {"contained": [{"resourceType": "Observation", "id": "held"}]},
        {"code": {"coding": [_CODING, *({"system": "s", "code": f"{number}"} for number in range(6))]}},
        {"valueBoolean": None, "valueRange": {"low": {"value": 1}}},
        {"interpretation": [{"text": "normal"}, {"text": "low"}]},
        {"referenceRange": [{"low": {"value": number}} for number in range(3)]},
        {"component": [{"code": {"text": "x"}, "modifierExtension": [{"url": "u", "valueBoolean": True}]}]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_has_no_column_marks_the_result_and_is_not_taken_as_absent(
    views: Mapping[str, Json], more: Json, evaluator: Evaluator
) -> None:
    resource = {name: value for name, value in {**_OBSERVATION, **more}.items() if value is not None}
    (made,) = observations_in(rows_of(views["findings"], [resource]))
    person = {"resourceType": "Patient", "id": "p"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in (person, made)]}
    answer: Any = evaluator.evaluate_bundle(orjson.loads(orjson.dumps(bundle, default=float)), _moment(), 10)
    (row,) = answer["evaluation"]["excluded"]
    assert row["resource"] == "Observation/a"
    assert row["reason"] == "invalid"
    assert [each["id"] for each in answer["evaluation"]["criteria"] if each["verdict"] != "unknown"] == []


def test_a_table_that_lacks_a_column_is_told_and_leaves_nothing_absent(
    views: Mapping[str, Json], tmp_path: Path, evaluator: Evaluator
) -> None:
    _as_tables(views, tmp_path / "in", without=("has_more",))
    told = _screened(tmp_path / "in", tmp_path / "out", evaluator).summary
    assert told["faults"] == {"columns that are not known": 2}
    assert told["notWhole"] == told["evaluated"]


def test_a_damaged_table_is_told_and_the_others_are_read(
    views: Mapping[str, Json], tmp_path: Path, evaluator: Evaluator
) -> None:
    _as_tables(views, tmp_path / "in")
    path = tmp_path / "in" / "findings.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    told = _screened(tmp_path / "in", tmp_path / "out", evaluator).summary
    assert told["faults"] == {"unreadable Parquet": 1}
    assert told["notWhole"] == told["evaluated"] != 0


def test_a_table_without_a_type_in_its_rows_is_of_the_type_in_its_name(
    files: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    write_bulk(tmp_path / "lines", _resources())
    (tmp_path / "in").mkdir()
    for path in (tmp_path / "lines").iterdir():
        with duckdb.connect() as connection:
            source = f"read_ndjson('{path}', union_by_name = true, maximum_depth = 1)"
            connection.execute(
                f"COPY (SELECT * EXCLUDE (resourceType) FROM {source})"  # noqa: S608  # a folder of the test
                f" TO '{tmp_path}/in/{path.stem}.parquet' (FORMAT parquet)"
            )
    _screened(tmp_path / "in", tmp_path / "out", evaluator)
    assert _rows(tmp_path / "out") == _rows(files)


def test_the_command_writes_views_that_need_no_function_that_a_runner_may_lack(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["knowledge", "views", str(tmp_path / "views")])
    assert done.exit_code == 0, done.output
    written = {path.stem: orjson.loads(path.read_bytes()) for path in (tmp_path / "views").iterdir()}
    assert set(written) == {"motor_segments", "findings"}
    for view in written.values():
        paths = [each["path"] for each in (*view["where"], *(c for s in view["select"] for c in s["column"]))]
        assert set(re.findall(r"(\w+)\(", re.sub(r"'[^']*'", "", " ".join(paths)))) <= _FUNCTIONS
        assert all(column["type"] for select in view["select"] for column in select["column"])
        names = [column["name"] for select in view["select"] for column in select["column"]]
        assert len(names) == len(set(names))


def test_a_code_of_a_site_stands_in_its_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.yaml").write_text(
        "concepts: {gm1_igm: {codes: [{system: 'https://lab.example/codes', code: \"GM1'S\"}]}}\n"
    )
    monkeypatch.setenv("MMN_CDS_EXTRA_MAPPINGS", str(tmp_path))
    done = CliRunner().invoke(main, ["knowledge", "views", str(tmp_path / "views")])
    assert done.exit_code == 0, done.output
    assert "code = 'GM1\\\\'S'" in (tmp_path / "views/findings.json").read_text()


def _resources() -> list[dict[str, Any]]:
    return [resource for _, _, resources in planted() for resource in resources]


def _different_results() -> Iterator[Json]:
    """The Observations of all patient folders that differ in their elements or their code."""
    seen = set()
    for folder in patient_folders():
        for resource in resources_of_bundle(folder.bundle):
            if resource["resourceType"] != "Observation":
                continue
            kinds = (_elements(resource), orjson.dumps(resource.get("code")))
            if kinds not in seen:
                seen.add(kinds)
                yield resource


def _elements(value: Any) -> object:
    """Which elements there are, and in how many items, whatever they hold."""
    if isinstance(value, dict):
        return tuple((name, _elements(each)) for name, each in value.items())
    return tuple(map(_elements, value)) if isinstance(value, list) else None


def _as_tables(views: Mapping[str, Json], place: Path, without: tuple[str, ...] = ()) -> None:
    """The planted patients with their Observations in tables, and all else in lines."""
    resources = _resources()
    write_bulk(place, [each for each in resources if each["resourceType"] != "Observation"])
    for name, view in views.items():
        write_table(view, resources, place / f"{name}.parquet", without)


def _read_of(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name not in _NOT_READ}


def _as_json(made: Json) -> Json:
    read: Json = orjson.loads(orjson.dumps(made, default=float))
    return read


def _moment() -> datetime:
    return datetime.fromisoformat(AS_OF)


def _screened(place: Path, out: Path, evaluator: Evaluator) -> Outcome:
    return screen(Wanted([place], out, out / "private/key", _moment()), evaluator, lambda *_: None)


def _rows(out: Path) -> list[tuple[Any, ...]]:
    asked = (
        'SELECT w.patient, p.* EXCLUDE (pseudonym, "references"), w."references"'  # noqa: S608  # a folder of the test
        f" FROM '{out}/patients.parquet' p JOIN '{out}/private/patients.parquet' w USING (pseudonym) ORDER BY rank"
    )
    with duckdb.connect() as connection:
        return list(connection.execute(asked).fetchall())
