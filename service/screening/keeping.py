"""The first pass: which patients have a seed. DuckDB reads the elements in which one can stand, and nothing else."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.fhir.intake.resource_types import subject_element
from service.screening.column_store import faults_of_files
from service.screening.line_groups import WINDOW, Found, LineGroups, NotOfResources
from service.screening.seed_elements import read_part
from service.screening.seeds import MEDICATION, Seeds
from service.screening.sources import (
    BUNDLE,
    MOST_FAULTS,
    NAMED,
    Faults,
    Json,
    Source,
    kind_of_lines,
    raw_lines_of,
    read_object,
    resources_of,
)

_PATIENT = "Patient"
_NOBODY = "names no patient"
# To ask DuckDB costs some milliseconds, in which Python has read this much.
_FEW_BYTES = 64 * 1024
_OWNER = re.compile(r"Patient/([A-Za-z0-9._\-]{1,64})")


@dataclass(slots=True)
class Kept:
    """What the first pass found in one file.

    ``patients``: id to the names of the seeds. ``medications``: ids of those that name a drug which is a seed.
    ``points``: whether an order may name its drug by reference only. ``spoiled``: ids of the patients whom a line
    names that could not be read; ``is_cut``: whether a part of the file did not come at all.
    """

    patients: dict[str, list[str]] = field(default_factory=dict)
    medications: list[str] = field(default_factory=list)
    points: bool = False
    resources: int = 0
    people: int = 0
    without_patient: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    first_faults: list[tuple[int, str]] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)
    is_cut: bool = False


class Keeper:
    """Finds seeds in files; it remembers from file to file which contents hold none."""

    def __init__(self, seeds: Seeds, scratch: Path) -> None:
        self._seeds = seeds
        self._groups = LineGroups(seeds.in_resource, seeds.reads, scratch)

    def close(self) -> None:
        """Let go of the column store."""
        self._groups.close()

    def kept(self, source: Source) -> Kept:
        """What one file or piece holds; whatever is wrong in it is counted."""
        made = self._read_fast(source)
        if made is not None:
            made.first_faults = self._of_nobody(source) if made.without_patient else []
            return made
        # Where DuckDB stops at a line, only what stands around it is read line by line.
        pieces = source.pieces(WINDOW)
        return _together(map(self.kept, pieces)) if len(pieces) > 1 else self._read_by_line(source)

    def _read_by_line(self, source: Source) -> Kept:
        made, faults = Kept(), Faults(source.name)
        for resource in resources_of(source, faults):
            self._take(resource, made)
        told = [(each.offset, each.what) for each in faults.first]
        told += self._of_nobody(source) if made.without_patient and source.is_lines else []
        made.faults, made.first_faults = faults.counts, sorted(told)[:MOST_FAULTS]
        made.spoiled, made.is_cut = sorted(faults.spoiled), faults.is_cut
        return made

    def pointing(self, source: Source, medications: Collection[str]) -> list[str]:
        """The patients of whom a resource of the file points to one of these Medications, and says no more."""
        found: set[str] = set()
        for resource in resources_of(source, Faults(source.name)):
            pointer = resource.get("medicationReference")
            if isinstance(pointer, Mapping) and _last(pointer.get("reference")) in medications:
                found.add(owner_of(resource))
        return sorted(found - {""})

    def _of_nobody(self, source: Source) -> list[tuple[int, str]]:
        """Where the first resources stand that name no patient: only a line in which none is named is read."""
        found: list[tuple[int, str]] = []
        for offset, line in raw_lines_of(source, Faults(source.name)):
            resource = None if NAMED.search(line) else read_object(line)
            if resource is not None and self._names_patient(resource.get("resourceType")):
                found.append((offset, _NOBODY))
            if len(found) == MOST_FAULTS:
                break
        return found

    def _read_fast(self, source: Source) -> Kept | None:
        """What DuckDB finds in lines that are all in order; ``None`` where one is not, or is no resource."""
        if not source.is_lines or source.length < _FEW_BYTES:
            return None
        kind = kind_of_lines(source)
        if kind == BUNDLE:
            return None
        refused: tuple[type[Exception], ...] = (NotOfResources, *faults_of_files())
        try:
            return self._made(self._groups.found(source, kind))
        except refused:
            return None

    def _made(self, found: Found) -> Kept:
        made = Kept(resources=found.resources, people=found.people, points=found.points)
        made.medications = sorted(found.medications)
        made.without_patient = sum(count for kind, count in found.nobodys.items() if self._names_patient(kind))
        for named, seeds in found.seeds.items():
            if owner := _owner_in(named):
                made.patients[owner] = sorted({*made.patients.get(owner, ()), *seeds})
        return made

    def _names_patient(self, kind: object) -> bool:
        return isinstance(kind, str) and kind not in (MEDICATION, _PATIENT) and self._seeds.reads(kind)

    def _take(self, resource: Json, made: Kept) -> None:
        kind, owner = resource.get("resourceType"), owner_of(resource)
        made.resources += isinstance(kind, str)
        made.people += kind == _PATIENT
        made.points |= "medicationReference" in resource
        seeds = self._seeds.in_resource(read_part(resource))
        if kind == MEDICATION and seeds and isinstance(resource.get("id"), str):
            made.medications.append(resource["id"])
        elif owner and seeds:
            made.patients[owner] = sorted({*made.patients.get(owner, ()), *seeds})
        elif not owner and self._names_patient(kind):
            made.without_patient += 1


def _together(parts: Iterable[Kept]) -> Kept:
    """What was found in the pieces of a file, in their order."""
    made, counts = Kept(), Counter[str]()
    for each in parts:
        for patient, seeds in each.patients.items():
            made.patients[patient] = sorted({*made.patients.get(patient, ()), *seeds})
        made.medications += each.medications
        made.points |= each.points
        made.resources += each.resources
        made.people += each.people
        made.without_patient += each.without_patient
        counts.update(each.faults)
        made.first_faults = [*made.first_faults, *each.first_faults][:MOST_FAULTS]
        made.spoiled = sorted({*made.spoiled, *each.spoiled})
        made.is_cut |= each.is_cut
    made.faults = dict(counts)
    return made


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
