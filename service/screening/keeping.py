"""The first pass: which patients have a seed. DuckDB reads the elements in which one can stand, and nothing else."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from service.fhir.intake.resource_types import subject_element
from service.fhir.values.answers import objects_in
from service.screening.column_store import faults_of_files, opened
from service.screening.seeds import MEDICATION, Seeds
from service.screening.sources import Faults, Json, Source, is_of_bundles, lines_of, resources_of

_REFERENCE = "STRUCT(reference VARCHAR, display VARCHAR)"
_PATIENT = "Patient"
# Documents are read without what is attached to them: a title is enough, and the content may be large.
_ELEMENTS = {
    "code": "JSON",
    "type": "JSON",
    "vaccineCode": "JSON",
    "codeCodeableConcept": "JSON",
    "medicationCodeableConcept": "JSON",
    "medicationReference": _REFERENCE,
    "ingredient": "JSON",
    "reasonCode": "JSON",
    "dosageInstruction": "STRUCT(text VARCHAR, patientInstruction VARCHAR)[]",
    "note": "JSON",
    "reasonReference": "STRUCT(display VARCHAR)[]",
    "contained": "JSON",
    "questionnaire": "VARCHAR",
    "title": "VARCHAR",
    "description": "VARCHAR",
    "presentedForm": "STRUCT(title VARCHAR)[]",
    "content": "STRUCT(attachment STRUCT(title VARCHAR))[]",
    "section": "JSON",
}
_COLUMNS = {"resourceType": "VARCHAR", "id": "VARCHAR", "subject": _REFERENCE, "patient": _REFERENCE, **_ELEMENTS}
_ID = r"Patient/([A-Za-z0-9._\-]{1,64})"
_OWNER = re.compile(_ID)
_NAMED = "coalesce(subject.reference, patient.reference)"
_NOBODY = "(named IS NULL OR NOT contains(named, 'Patient/'))"
_LONGEST_OBJECT = 64 * 1024 * 1024
_AT_ONCE = 2000
# So many different codes are remembered from file to file; then it begins anew.
_MOST_REMEMBERED = 300_000


class _NotOfResources(Exception):
    """There is a Bundle among the lines."""


@dataclass(slots=True)
class Kept:
    """What the first pass found in one file.

    ``patients``: id to the names of the seeds. ``medications``: ids of those that name a drug which is a seed.
    ``points``: whether an order may name its drug by reference only.
    """

    patients: dict[str, list[str]] = field(default_factory=dict)
    medications: list[str] = field(default_factory=list)
    points: bool = False
    resources: int = 0
    people: int = 0
    without_patient: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    first_faults: list[tuple[int, str]] = field(default_factory=list)


class Keeper:
    """Finds seeds in files; it remembers from file to file which codes hold none."""

    def __init__(self, seeds: Seeds, scratch: Path) -> None:
        self._seeds, self._scratch = seeds, scratch
        self._known: dict[int, tuple[str, ...]] = {}

    def kept(self, source: Source) -> Kept:
        """What one file holds; whatever is wrong in it is counted."""
        faults = Faults(source.name)
        made = Kept()
        if not self._read_fast(source, made, faults):
            made, faults = Kept(), Faults(source.name)
            for resource in resources_of(source, faults):
                self._take(resource, made)
        made.faults, made.first_faults = faults.counts, [(each.offset, each.what) for each in faults.first]
        return made

    def pointing(self, source: Source, medications: Collection[str]) -> list[str]:
        """The patients of whom a resource of the file points to one of these Medications, and says no more."""
        found: set[str] = set()
        for resource in resources_of(source, Faults(source.name)):
            pointer = resource.get("medicationReference")
            if isinstance(pointer, Mapping) and _last(pointer.get("reference")) in medications:
                found.add(owner_of(resource))
        return sorted(found - {""})

    def _read_fast(self, source: Source, made: Kept, faults: Faults) -> bool:
        """Whether DuckDB could read the file: one whose lines are resources."""
        if not source.is_lines or is_of_bundles(source):
            return False
        refused: tuple[type[Exception], ...] = (_NotOfResources, *faults_of_files())
        try:
            with opened(self._scratch) as connection:
                bad = self._read(connection, source, made)
        except refused:
            return False
        if bad:
            # It counts what it cannot read, and does not say where that is.
            for _ in lines_of(source, faults):
                pass
        return True

    def _read(self, connection: Any, source: Source, made: Kept) -> int:
        _make_table(connection, source)
        counted = connection.execute(
            f"SELECT count(*), count(*) FILTER (kind IS NULL), count(*) FILTER (kind = '{_PATIENT}'),"
            " count(*) FILTER (kind = 'Bundle'), count(medicationReference) FROM read"
        ).fetchone()
        made.resources, made.people, made.points = counted[0] - counted[1], counted[2], counted[4] > 0
        if counted[3]:
            raise _NotOfResources
        self._find(connection, made)
        nobody = f"SELECT kind, count(*) FROM read WHERE kind IS NOT NULL AND {_NOBODY} GROUP BY kind"
        made.without_patient = sum(
            count for kind, count in connection.execute(nobody).fetchall() if self._names_patient(kind)
        )
        return int(counted[1])

    def _names_patient(self, kind: object) -> bool:
        return isinstance(kind, str) and kind not in (MEDICATION, _PATIENT) and self._seeds.reads(kind)

    def _find(self, connection: Any, made: Kept) -> None:
        connection.execute("CREATE TEMP TABLE found (key UBIGINT, name VARCHAR)")
        names = ", ".join(f"any_value({name}) AS {name}" for name in _ELEMENTS)
        rows = connection.execute(f"SELECT key, any_value(kind), {names} FROM read WHERE kind IS NOT NULL GROUP BY key")
        pairs = [(key, name) for key, seeds in self._judged(rows) for name in seeds]
        if not pairs:
            return
        connection.executemany("INSERT INTO found VALUES (?, ?)", pairs)
        both = "FROM read JOIN found USING (key)"
        asked = f"SELECT named, list(DISTINCT name) {both} WHERE NOT {_NOBODY} GROUP BY named"
        for named, seeds in connection.execute(asked).fetchall():
            if owner := _owner_in(named):
                made.patients[owner] = sorted({*made.patients.get(owner, ()), *seeds})
        of_drugs = f"SELECT DISTINCT id {both} WHERE kind = '{MEDICATION}' AND id IS NOT NULL"
        made.medications = sorted(identity for (identity,) in connection.execute(of_drugs).fetchall())

    def _judged(self, rows: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The seeds of each different resource, as far as seeds go."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        while some := rows.fetchmany(_AT_ONCE):
            for key, kind, *elements in some:
                if key not in self._known:
                    self._known[key] = self._seeds.in_resource(_resource(kind, elements))
                if self._known[key]:
                    yield key, self._known[key]

    def _take(self, resource: Json, made: Kept) -> None:
        made.resources += 1
        kind, owner = resource.get("resourceType"), owner_of(resource)
        made.people += kind == _PATIENT
        made.points |= "medicationReference" in resource
        seeds = self._seeds.in_resource(resource)
        if kind == MEDICATION and seeds and isinstance(resource.get("id"), str):
            made.medications.append(resource["id"])
        elif owner and seeds:
            made.patients[owner] = sorted({*made.patients.get(owner, ()), *seeds})
        elif not owner and self._names_patient(kind):
            made.without_patient += 1


def owner_of(resource: Json) -> str:
    """The id of the patient whom a resource is about; empty where it names none."""
    kind = str(resource.get("resourceType"))
    if kind == _PATIENT:
        return str(resource.get("id", ""))
    for name in (subject_element(kind), "subject", "patient"):
        pointer = resource.get(name)
        reference = pointer.get("reference") if isinstance(pointer, Mapping) else None
        if owner := _owner_in(reference):
            return owner
    return ""


def _owner_in(reference: object) -> str:
    found = _OWNER.search(reference) if isinstance(reference, str) else None
    return found[1] if found else ""


def medications_of(resource: Json) -> Iterable[str]:
    """The ids of the Medications that a resource points to."""
    pointer = resource.get("medicationReference")
    identity = _last(pointer.get("reference")) if isinstance(pointer, Mapping) else ""
    return [identity] if identity else []


def _last(reference: object) -> str:
    text = reference.split("/_history/", 1)[0] if isinstance(reference, str) else ""
    return text.rpartition("/")[2] if f"{MEDICATION}/" in text else ""


def _make_table(connection: Any, source: Source) -> None:
    connection.execute(
        f"CREATE TEMP TABLE read AS SELECT resourceType AS kind, CASE WHEN resourceType = '{MEDICATION}' THEN id END"
        f" AS id, {_NAMED} AS named, {', '.join(_ELEMENTS)},"
        f" hash(resourceType, {', '.join(_ELEMENTS)}) AS key FROM read_ndjson(?, columns = ?, ignore_errors = true,"
        " maximum_object_size = ?)",
        [str(source.path), _COLUMNS, _LONGEST_OBJECT],
    )


def _resource(kind: str, elements: list[Any]) -> dict[str, Any]:
    """As much of a resource as was read."""
    made: dict[str, Any] = {"resourceType": kind}
    for (name, sort), value in zip(_ELEMENTS.items(), elements, strict=True):
        if value is not None:
            made[name] = orjson.loads(value) if sort == "JSON" else value
    if isinstance(made.get("contained"), list):
        made["contained"] = objects_in(made["contained"])
    return made
