"""What the first pass of screening finds, whichever way a file is read, and whose charts do not count as whole."""

import gzip
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.evaluate import Evaluator
from service.screening.keeping import Keeper, Kept
from service.screening.run import Wanted, screen
from service.screening.seeds import Seeds
from service.screening.sources import Source, sources_of
from tests.population.mutated import mutated_people
from tests.population.ordinary import ordinary
from tests.population.written import population, write_bulk
from tests.shipped import shipped

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")

_MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
_ABOUT = {"subject": {"reference": "Patient/a"}}
_IVIG = {"medicationCodeableConcept": {"text": "Privigen 10 %"}}
_ORDER = {"resourceType": "MedicationRequest", **_ABOUT, **_IVIG}
_IMMUNE = {"text": "common variable immunodeficiency"}
# Enough ordinary lines that DuckDB is asked.
_ORDINARY = [resource for number in range(20) for resource in ordinary(number)]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def seeds(evaluator: Evaluator) -> Seeds:
    return Seeds(evaluator.knowledge, evaluator.mappings, _MOMENT)


def test_charts_that_were_changed_by_chance_are_kept_alike_by_duckdb_by_python_and_in_pieces(
    seeds: Seeds, tmp_path: Path
) -> None:
    people = list(mutated_people(120, random.Random(7)))  # noqa: S311  # charts, no secrets
    source = _written(tmp_path, [resource for _, _, _, resources in people for resource in resources])
    whole = _kept(seeds, tmp_path, [source])
    pieces = source.pieces(10_000)
    assert len(pieces) > 10
    assert _patients(_kept(seeds, tmp_path, pieces)) == _patients(whole)
    assert _patients(_by_python(seeds, tmp_path, source)) == _patients(whole)
    assert sum(each.resources for each in whole) == len(source.path.read_bytes().splitlines())


@pytest.mark.parametrize(
    ("order", "is_kept"),
    [
        (_ORDER, True),
        ({**_ORDER, "reasonCode": [_IMMUNE]}, False),
        ({**_ORDER, "reasonCode": _IMMUNE}, False),
        ({**_ORDER, "reasonReference": [{"display": _IMMUNE["text"]}]}, False),
        # Who reads the chart follows the reference, and may find another disease than its name says.
        ({**_ORDER, "reasonReference": [{"reference": "Condition/1", "display": _IMMUNE["text"]}]}, True),
        ({**_ORDER, "dosageInstruction": [{"text": "for common variable immunodeficiency"}]}, False),
        ({**_ORDER, "dosageInstruction": {"text": "for common variable immunodeficiency"}}, False),
        (
            {
                **_ORDER,
                "medicationCodeableConcept": {"text": "prednisone"},
                "dosageInstruction": [{"asNeededCodeableConcept": {"text": "multifocal motor neuropathy"}}],
            },
            True,
        ),
        ({**_ORDER, "note": [{"text": "given for multifocal motor neuropathy"}], "reasonCode": 7}, True),
        ({"resourceType": "MedicationRequest", **_ABOUT, "medicationReference": {"display": "Privigen"}}, True),
        ({"resourceType": "MedicationRequest", **_ABOUT, "medicationCodeableConcept": {"text": "metformin"}}, False),
    ],
)
def test_a_reason_of_an_order_is_seen_alike_in_whatever_shape_and_by_whatever_way(
    seeds: Seeds, tmp_path: Path, order: Mapping[str, Any], is_kept: bool
) -> None:
    source = _written(tmp_path, [*_ORDINARY, order])
    found = [_kept(seeds, tmp_path, [source]), _by_python(seeds, tmp_path, source)]
    assert [("a" in _patients(each)) for each in found] == [is_kept, is_kept]


_LETTER = {"resourceType": "DocumentReference", **_ABOUT, "status": "current", "type": {"text": "Letter"}}
_NCS = {"attachment": {"contentType": "text/plain", "title": "Nerve conduction study"}}


_TOLD = orjson.dumps({**_LETTER, "content": [_NCS]})


@pytest.mark.parametrize(
    ("line", "fault", "is_seed"),
    [
        (_TOLD, None, True),
        # Whoever reads the chart takes no title from an object where a list belongs.
        (orjson.dumps({**_LETTER, "content": _NCS}), None, False),
        (_TOLD.replace(b'"status"', b'"type":{"text":"Letter"},"status"'), None, True),
        (_TOLD[:-1], "bad line", False),
        (b"null", "bad line", False),
        (b"[1]", "bad line", False),
        (b'{"no":"type"}', None, False),
    ],
    ids=["in order", "object", "element twice", "cut", "null", "list of numbers", "no type"],
)
def test_a_line_out_of_order_costs_itself_only_and_is_told_where_it_stands(
    seeds: Seeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes, fault: str | None, is_seed: bool
) -> None:
    monkeypatch.setattr("service.screening.keeping.WINDOW", 100_000)
    lines = [orjson.dumps(each) for each in (*_ORDINARY, _ORDER)]
    path = tmp_path / "all.ndjson"
    path.write_bytes(b"".join(each + b"\n" for each in [*lines[:200], line, *lines[200:]]))
    (source,) = sources_of([path])
    (found,) = _kept(seeds, tmp_path, [source])
    (without,) = _by_python(seeds, tmp_path, _written(tmp_path, [*_ORDINARY, _ORDER]))
    offset = sum(len(each) + 1 for each in lines[:200])
    assert found.first_faults == ([(offset, fault)] if fault else [])
    assert found.patients["a"] == [*without.patients["a"], *(["nerve_study_in_text"] if is_seed else [])]
    assert found.resources == without.resources + (b"resourceType" in line and fault is None)


def test_pieces_are_whole_lines_and_together_the_file(tmp_path: Path) -> None:
    source = _written(tmp_path, _ORDINARY)
    content = source.path.read_bytes()
    for size in (1, 1000, 50_000, len(content) - 1, len(content)):
        pieces = source.pieces(size)
        parts = [content[piece.start : piece.end or len(content)] for piece in pieces]
        assert b"".join(parts) == content
        assert all(part.endswith(b"\n") for part in parts)


def test_a_packed_file_is_not_divided(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 1000))
    (source,) = sources_of([path])
    assert source.pieces(1) == [source]


@pytest.mark.parametrize("how", ["packed", "plain"])
def test_after_a_file_that_was_cut_off_no_chart_counts_as_whole(tmp_path: Path, evaluator: Evaluator, how: str) -> None:
    place = tmp_path / "in"
    write_bulk(place, population(20, with_seed=3))
    path = place / "Observation.000.ndjson"
    content = path.read_bytes()
    path.unlink()
    if how == "packed":
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content)[:-60])
    else:
        path.write_bytes(content[:-60])
    told = screen(_wanted(place, tmp_path / "out"), evaluator, lambda *_: None).summary
    assert told["notWhole"] == told["evaluated"]
    assert list(told["faults"]) == [{"packed": "truncated gzip", "plain": "truncated file"}[how]]
    assert set(_whole(tmp_path / "out").values()) == {False}


def test_what_a_line_that_cannot_be_read_may_have_said_is_unknown_of_the_patient_it_names(
    tmp_path: Path, evaluator: Evaluator
) -> None:
    place = tmp_path / "in"
    write_bulk(place, population(20, with_seed=3))
    with (place / "MedicationRequest.000.ndjson").open("ab") as file:
        file.write(b'{"resourceType":"MedicationRequest","subject":{"reference":"Patient/p3"},\n')
    screen(_wanted(place, tmp_path / "out"), evaluator, lambda *_: None)
    assert [patient for patient, is_whole in _whole(tmp_path / "out").items() if not is_whole] == ["p3"]


def _wanted(place: Path, out: Path) -> Wanted:
    return Wanted([place], out, out / "private/key", _MOMENT)


def _whole(out: Path) -> dict[str, bool]:
    asked = (
        f"SELECT w.patient, p.whole FROM '{out}/patients.parquet' p"  # noqa: S608  # a folder of the test
        f" JOIN '{out}/private/patients.parquet' w USING (pseudonym)"
    )
    with duckdb.connect() as connection:
        return dict(connection.execute(asked).fetchall())


def _written(place: Path, resources: Iterable[Any]) -> Source:
    path = place / "all.ndjson"
    path.write_bytes(b"".join(orjson.dumps(each, default=float) + b"\n" for each in resources))
    (source,) = sources_of([path])
    return source


def _by_python(seeds: Seeds, place: Path, source: Source) -> list[Kept]:
    """The same resources in Bundles, which Python reads."""
    lines = source.path.read_bytes().splitlines()
    path = place / "bundles.ndjson"
    entries = [{"resource": orjson.loads(line)} for line in lines]
    path.write_bytes(orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}) + b"\n")
    return _kept(seeds, place, sources_of([path]))


def _kept(seeds: Seeds, scratch: Path, sources: Iterable[Source]) -> list[Kept]:
    keeper = Keeper(seeds, scratch)
    try:
        return [keeper.kept(source) for source in sources]
    finally:
        keeper.close()


def _patients(found: Iterable[Kept]) -> dict[str, tuple[str, ...]]:
    made: dict[str, set[str]] = {}
    for each in found:
        for patient, names in each.patients.items():
            made.setdefault(patient, set()).update(names)
    return {patient: tuple(sorted(names)) for patient, names in sorted(made.items())}
