"""Screening a population: who is found, in which order, what is said of it, and what is not."""

import contextlib
import csv
import gzip
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from pytest_socket import disable_socket, enable_socket

from service.cli import main
from service.evaluate import Evaluator
from service.screening.counts import parts_shown, shown_of, wilson
from service.screening.run import Outcome, Wanted, screen
from tests.population.ordinary import ordinary
from tests.population.planted import AS_OF, planted
from tests.population.written import population, write_bulk
from tests.shipped import shipped

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")

_PAGE = Path(__file__).parents[1] / "docs" / "screening.md"
_MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
_GROUPS = {patient: group for patient, group, _ in planted()}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """587 ordinary patients and 20 planted ones, as a server exports them."""
    place = tmp_path_factory.mktemp("bulk")
    write_bulk(place, population(587), lines=5000)
    return place


@pytest.fixture(scope="module")
def out(bulk: Path, evaluator: Evaluator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("out")
    _screened(bulk, place, evaluator)
    return place


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Twenty ordinary patients and the planted ones."""
    write_bulk(tmp_path / "in", population(20, with_seed=3), lines=300)
    return tmp_path / "in"


def test_all_planted_patients_are_on_the_first_ranks(out: Path) -> None:
    listed = _listed(out)
    assert {row["patient"]: row["group"] for row in listed[:20]} == _GROUPS


def test_classes_come_first_then_hints_then_none_then_excluded_then_what_nothing_points_to(out: Path) -> None:
    order = ["definite", "probable", "possible", "hint", "none", "excluded", "nothing_points_to_it"]
    groups = [row["group"] for row in _listed(out)]
    assert list(dict.fromkeys(groups)) == order
    assert groups == sorted(groups, key=order.index)


def test_a_study_by_amplitudes_and_one_in_a_letter_are_told_apart(out: Path) -> None:
    assert {row["hint"] for row in _listed(out) if row["group"] == "hint"} == {"by_amplitude", "as_text"}


def test_a_pool_of_processes_gives_the_same_rows_and_the_same_summary(
    small: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    _screened(small, tmp_path / "one", evaluator)
    _screened(small, tmp_path / "two", evaluator, processes=2)
    assert (tmp_path / "one/summary.json").read_bytes() == (tmp_path / "two/summary.json").read_bytes()
    assert _without_pseudonyms(tmp_path / "one") == _without_pseudonyms(tmp_path / "two")


@pytest.mark.parametrize("form", ["packed", "bundles in lines", "bundles in files", "parquet", "one mixed file"])
def test_every_form_of_input_gives_the_same_list(small: Path, tmp_path: Path, evaluator: Evaluator, form: str) -> None:
    place = tmp_path / "other"
    _written_as(form, small, place)
    _screened(small, tmp_path / "plain", evaluator)
    _screened(place, tmp_path / "out", evaluator)
    assert _ranks(tmp_path / "out") == _ranks(tmp_path / "plain")


def test_a_drug_that_stands_in_a_medication_of_its_own_is_found(tmp_path: Path, evaluator: Evaluator) -> None:
    resources = [
        *ordinary(1),
        {"resourceType": "Medication", "id": "m1", "code": {"text": "Privigen 10 %"}},
        {
            "resourceType": "MedicationRequest",
            "id": "r1",
            "status": "completed",
            "intent": "order",
            "subject": {"reference": "Patient/o1-1"},
            "medicationReference": {"reference": "Medication/m1"},
        },
    ]
    write_bulk(tmp_path / "in", resources)
    _screened(tmp_path / "in", tmp_path / "out", evaluator)
    assert [(row["patient"], row["seeds"]) for row in _listed(tmp_path / "out")] == [("o1-1", ["Medication"])]


def test_a_bad_line_costs_itself_and_is_told_with_file_and_offset(
    small: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    first = (small / "Observation.000.ndjson").read_bytes()
    lines = first.splitlines(keepends=True)
    spoiled = b"".join([*lines[:3], b'{"resourceType": "Observation", "id\n', *lines[3:]])
    (small / "Observation.000.ndjson").write_bytes(spoiled)
    told = _screened(small, tmp_path / "out", evaluator).summary
    assert told["faults"] == {"bad line": 1}
    offset = sum(map(len, lines[:3]))
    listed = orjson.loads((tmp_path / "out/private/faults.json").read_bytes())
    assert listed == [{"file": "Observation.000.ndjson", "offset": offset, "what": "bad line"}]
    assert _planted_found(tmp_path / "out") == _GROUPS.keys()


def test_of_a_truncated_gzip_all_is_read_that_is_there(small: Path, tmp_path: Path, evaluator: Evaluator) -> None:
    path = small / "Condition.000.ndjson"
    packed = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(packed[: len(packed) - 40])
    told = _screened(small, tmp_path / "out", evaluator).summary
    assert told["faults"]["truncated gzip"] == 1
    assert len(_planted_found(tmp_path / "out")) >= len(_GROUPS) - 1


def test_patients_without_a_patient_resource_are_evaluated_and_counted(
    small: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    (small / "Patient.000.ndjson").unlink()
    told = _screened(small, tmp_path / "out", evaluator).summary
    assert told["withoutPerson"] == len(_listed(tmp_path / "out"))
    assert _planted_found(tmp_path / "out") == _GROUPS.keys()


@pytest.mark.parametrize("people", [2, 60], ids=["read by Python", "read by DuckDB"])
def test_resources_that_name_no_patient_are_counted_and_told_with_file_and_offset(
    tmp_path: Path, evaluator: Evaluator, people: int
) -> None:
    resources = [resource for number in range(people) for resource in ordinary(number)]
    nobodys = [{name: value for name, value in each.items() if name != "subject"} for each in ordinary(people)][1:]
    write_bulk(tmp_path / "in", [*resources, *nobodys])
    read = [each for each in nobodys if each["resourceType"] != "Encounter"]
    told = _screened(tmp_path / "in", tmp_path / "out", evaluator).summary
    assert told["withoutPatient"] == len(read)
    listed = orjson.loads((tmp_path / "out/private/faults.json").read_bytes())
    assert {each["what"] for each in listed} == {"names no patient"}
    assert len(listed) == len(read)
    for each in listed:
        with (tmp_path / "in" / each["file"]).open("rb") as file:
            file.seek(each["offset"])
            assert orjson.loads(file.readline()) in nobodys


def test_files_that_are_called_by_the_names_of_people_are_named_in_private_only(
    tmp_path: Path, evaluator: Evaluator
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/Zebedee_Jones.json").write_bytes(b"{")
    told = _screened(tmp_path / "in", tmp_path / "out", evaluator).summary
    assert told["faults"] == {"no JSON": 1}
    assert "Zebedee" not in "".join(_texts_of(tmp_path / "out"))
    assert "Zebedee" in (tmp_path / "out/private/faults.json").read_text()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"a": 30, "b": 12, "c": 0}, {"a": 30, "b": 12, "c": 0}),
        # Of one hidden count the others and the whole would tell how much it is.
        ({"a": 30, "b": 12, "c": 3}, {"a": 30, "b": "not told", "c": "under 10"}),
        ({"a": 30, "b": 1, "c": 1}, {"a": "not told", "b": "under 10", "c": "under 10"}),
        ({"a": 30, "b": 5, "c": 5}, {"a": 30, "b": "under 10", "c": "under 10"}),
        ({"a": 0, "b": 0, "c": 3}, {"a": 0, "b": 0, "c": "under 10"}),
    ],
)
def test_what_is_left_of_the_whole_gives_no_count_under_ten_away(
    parts: Mapping[str, int], told: Mapping[str, int | str]
) -> None:
    assert parts_shown(parts) == told


@pytest.mark.parametrize(("part", "told"), [(0, 0), (4, "under 10"), (10, 10), (20, 20), (21, "not told"), (30, 30)])
def test_some_of_a_whole_are_told_only_where_neither_they_nor_the_rest_are_few(part: int, told: int | str) -> None:
    assert shown_of(part, 30) == told


def test_nothing_that_leaves_names_a_patient_or_repeats_a_text_of_a_chart(out: Path, bulk: Path) -> None:
    told = "\n".join(_texts_of(out))
    people = [orjson.loads(line) for path in bulk.glob("Patient.*") for line in path.read_bytes().splitlines()]
    for person in people:
        assert f'"{person["id"]}"' not in told
        assert f"Patient/{person['id']}" not in told
        for name in person.get("name", ()):
            assert str(name.get("family")) not in told
    assert (out / "private").stat().st_mode & 0o077 == 0
    assert (out / "private/key").stat().st_mode & 0o077 == 0


def test_counts_under_ten_are_not_told(out: Path) -> None:
    told = orjson.loads((out / "summary.json").read_bytes())
    assert told["groups"]["definite"] == "under 10"
    assert told["groups"]["not_evaluated"] == 0
    counted = [each[name] for each in told["criteria"] for name in ("met", "not_met", "unknown")]
    assert all(count in {"under 10", 0} or count >= 10 for count in counted)
    partly = [each for each in told["criteria"] if "under 10" in (each["met"], each["not_met"], each["unknown"])]
    assert partly
    assert all(each["shareMet"] is None for each in partly)


def test_the_page_says_what_to_expect_and_needs_nothing_from_elsewhere(out: Path) -> None:
    page = (out / "page.html").read_text()
    assert "None of these numbers is a prevalence." in page
    assert "<svg" in page
    assert "http" not in page
    assert "<script" not in page
    assert "style=" not in page


def test_reviewers_get_an_empty_cell_each_and_a_project_for_label_studio(out: Path) -> None:
    lines = (out / "review.csv").read_text().splitlines()
    assert lines[0] == "rank,pseudonym,group,reached,missing,met,reader_1,reader_2"
    assert lines[1].startswith("1,")
    assert lines[1].endswith(",,")
    tasks = orjson.loads((out / "label_studio/tasks.json").read_bytes())
    assert [task["data"]["rank"] for task in tasks] == list(range(1, len(lines)))
    assert "<Choices" in (out / "label_studio/config.xml").read_text()


def test_the_list_is_a_third_reader_for_chart_review(out: Path) -> None:
    settings = orjson.loads((out / "label_studio/config.json").read_bytes())
    assert settings["annotators"] == {"reader_1": 1, "reader_2": 2, "list": {"filename": "list.csv"}}
    said = list(csv.DictReader((out / "label_studio/list.csv").read_text().splitlines()))
    tasks = orjson.loads((out / "label_studio/tasks.json").read_bytes())
    named = [name for task in tasks for name in task["data"]["docref_mappings"]]
    assert [row["docref_id"] for row in said] == named
    with_class = sum(row["group"] in {"definite", "probable", "possible"} for row in _listed(out))
    assert [row["label"] for row in said] == ["disease present"] * with_class + ["disease absent"] * (
        len(said) - with_class
    )
    assert {row["label"] for row in said} < set(settings["labels"])


def test_it_opens_no_socket(small: Path, tmp_path: Path, evaluator: Evaluator) -> None:
    disable_socket()
    try:
        _screened(small, tmp_path / "out", evaluator)
    finally:
        enable_socket()
    assert _planted_found(tmp_path / "out") == _GROUPS.keys()


@pytest.mark.parametrize("step", [1, 6, 11, 16, 19])
def test_a_run_that_was_killed_goes_on_to_the_same_end(
    small: Path, tmp_path: Path, evaluator: Evaluator, step: int
) -> None:
    """The process kills itself when it tells of so many steps."""
    _screened(small, tmp_path / "whole", evaluator)
    killed = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "tests.population.killed", str(small), str(tmp_path / "out"), str(step)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out/private/manifest.json").exists()
    _screened(small, tmp_path / "out", evaluator)
    assert (tmp_path / "out/summary.json").read_bytes() == (tmp_path / "whole/summary.json").read_bytes()
    assert _ranks(tmp_path / "out") == _ranks(tmp_path / "whole")
    assert not (tmp_path / "out/.work").exists()


def test_a_second_run_of_a_finished_one_does_nothing_until_a_file_changes(
    small: Path, tmp_path: Path, evaluator: Evaluator
) -> None:
    assert _screened(small, tmp_path / "out", evaluator).is_new
    assert not _screened(small, tmp_path / "out", evaluator).is_new
    with (small / "Patient.000.ndjson").open("ab") as file:
        file.write(b"\n")
    assert _screened(small, tmp_path / "out", evaluator).is_new


def test_the_command_is_quiet_but_for_one_line_and_leaves_one_row_with_its_purpose_in_the_audit(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMN_CDS_STORE", f"sqlite:///{tmp_path}/store.sqlite")
    asked = ["screen", str(small), "--out", str(tmp_path / "out"), "--purpose", "audit of missed MMN", "--as-of", AS_OF]
    first, second = (CliRunner().invoke(main, asked) for _ in range(2))
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert first.output.splitlines() == [
        f"40 patients seen, 23 with a seed, 23 evaluated. See {tmp_path / 'out/page.html'}"
    ]
    assert second.output.startswith("Nothing to do")
    kept = CliRunner().invoke(main, ["audit", "find", "--json"])
    (row,) = orjson.loads(kept.output)["evaluations"]
    assert (row["service"], row["verdicts"]["purpose"]) == ("screen", "audit of missed MMN")
    assert CliRunner().invoke(main, ["audit", "find"]).exit_code == 0


def test_on_a_terminal_a_line_for_each_step_tells_rate_patients_kept_and_time_left(small: Path, tmp_path: Path) -> None:
    seen = _on_a_terminal(["screen", str(small), "--out", str(tmp_path / "out"), "--purpose", "audit"], tmp_path)
    ended = [line for line in re.split(r"[\r\n]+", seen) if "100%" in line]
    last = {line.split("━")[0].strip(): line for line in ended}
    assert list(last) == ["looking for seeds", "gathering", "evaluating"]
    for step, unit in {"looking for seeds": "MB/s", "gathering": "MB/s", "evaluating": "charts/s"}.items():
        assert re.search(rf"100% +\d+\.\d {unit} +23 patients kept +0:00:00 left", last[step]), last[step]


def test_patients_are_counted_while_the_first_pass_goes_on(small: Path, tmp_path: Path, evaluator: Evaluator) -> None:
    told: list[tuple[str, int, int, int]] = []
    wanted = Wanted([small], tmp_path / "out", tmp_path / "key", _MOMENT)
    screen(wanted, evaluator, lambda *_: None, lambda *each: told.append(each))
    first = [kept for step, _, _, kept in told if step == "looking for seeds"]
    assert first[0] == 0
    assert first == sorted(first)
    assert first[-1] == 23
    assert any(0 < kept < 23 for kept in first)


def test_the_commands_of_the_page_work_as_they_stand(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMN_CDS_STORE", f"sqlite:///{tmp_path}/store.sqlite")
    monkeypatch.chdir(tmp_path)
    small.rename(tmp_path / "export")
    written = re.findall(r"^mmn-cds (screen .*)$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    here = [command for command in written if "--engine spark" not in command]
    assert len(here) == 2
    for command in here:
        asked = ["1" if word == "8" else word for word in shlex.split(command)]
        done = CliRunner().invoke(main, asked)
        assert done.exit_code == 0, done.output
    named = re.findall(r"^\| `([a-z_./]+?)/?` \|", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    assert all((tmp_path / "found" / name).exists() for name in named)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_intervals_are_those_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert list(wilson(part, whole)) == pytest.approx([low, high], abs=5e-5)


def _on_a_terminal(asked: list[str], place: Path) -> str:
    """What somebody sees at a terminal of 120 columns who gives a command, without the codes that move the cursor."""
    ours, theirs = pty.openpty()
    here = {"COLUMNS": "120", "TERM": "xterm", "MMN_CDS_STORE": f"sqlite:///{place}/store.sqlite"}
    program = "from service.cli import main; main()"
    run = subprocess.Popen([sys.executable, "-c", program, *asked], stdout=theirs, stderr=theirs, env=here)  # noqa: S603
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):
        # Linux says by an error that the other side is gone.
        while some := os.read(ours, 4096):
            seen += some
    os.close(ours)
    assert run.wait() == 0, seen
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


def _screened(place: Path, out: Path, evaluator: Evaluator, processes: int = 1) -> Outcome:
    wanted = Wanted([place], out, out / "private/key", _MOMENT, processes=processes)
    return screen(wanted, evaluator, lambda *_: None)


def _listed(out: Path) -> list[Mapping[str, Any]]:
    """The list with the patients' own ids, in order of rank."""
    asked = (
        f"SELECT p.*, w.patient FROM '{out}/patients.parquet' p"  # noqa: S608  # a folder of the test
        f" JOIN '{out}/private/patients.parquet' w USING (pseudonym) ORDER BY rank"
    )
    with duckdb.connect() as connection:
        found = connection.execute(asked)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _ranks(out: Path) -> list[tuple[str, str, int, int]]:
    return [(row["patient"], row["group"], row["missing"], row["met"]) for row in _listed(out)]


def _without_pseudonyms(out: Path) -> list[dict[str, Any]]:
    hidden = ("pseudonym", "references")
    return [{name: value for name, value in row.items() if name not in hidden} for row in _listed(out)]


def _planted_found(out: Path) -> set[str]:
    return {row["patient"] for row in _listed(out)} & _GROUPS.keys()


def _texts_of(out: Path) -> Iterator[str]:
    for path in out.rglob("*"):
        if path.is_file() and "private" not in path.parts:
            yield path.read_text(errors="replace")
    with duckdb.connect() as connection:
        yield from (str(row) for row in connection.execute(f"SELECT * FROM '{out}/patients.parquet'").fetchall())  # noqa: S608


def _written_as(form: str, bulk: Path, place: Path) -> None:
    place.mkdir()
    lines = [line for path in sorted(bulk.iterdir()) for line in path.read_bytes().splitlines()]
    if form == "packed":
        for path in bulk.iterdir():
            (place / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    elif form == "one mixed file":
        (place / "all.ndjson").write_bytes(b"\n".join(lines))
    elif form == "parquet":
        listed = place.parent / "lines.ndjson"
        listed.write_bytes(b"\n".join(orjson.dumps({"resource": line.decode()}) for line in lines))
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT resource FROM read_ndjson('{listed}', columns = {{resource: 'VARCHAR'}}))"  # noqa: S608
                f" TO '{place}/all.parquet' (FORMAT parquet)"
            )
    else:
        bundles = [orjson.dumps(bundle) for bundle in _bundles(lines)]
        if form == "bundles in lines":
            (place / "bundles.ndjson").write_bytes(b"\n".join(bundles))
        for number, bundle in enumerate(bundles if form == "bundles in files" else ()):
            (place / f"{number}.json").write_bytes(bundle)


def _bundles(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    """A Bundle for each patient, in which all are named by urn."""
    resources = [orjson.loads(line) for line in lines]
    for person in (each["id"] for each in resources if each["resourceType"] == "Patient"):
        own = [each for each in resources if person in (each.get("id"), _subject(each))]
        urns = {f"{each['resourceType']}/{each['id']}": f"urn:x:{each['id']}" for each in own if "id" in each}
        text = orjson.dumps(own).decode()
        for name, urn in urns.items():
            text = text.replace(f'"reference":"{name}"', f'"reference":"{urn}"')
        named = zip(orjson.loads(text), own, strict=True)
        entries = [
            {"fullUrl": urns.get(f"{old['resourceType']}/{old.get('id')}"), "resource": new} for new, old in named
        ]
        yield {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _subject(resource: Mapping[str, Any]) -> str:
    pointer = resource.get("subject") or resource.get("patient") or {}
    return str(pointer.get("reference", "")).removeprefix("Patient/")
