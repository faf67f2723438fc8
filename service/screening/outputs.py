"""What a run leaves: the list of charts, the numbers that may leave, a page, and what reviewers need."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from service.knowledge.model import Knowledge
from service.screening.column_store import write_parquet
from service.screening.counts import shown, shown_of, summary
from service.screening.evaluating import Row
from service.screening.page import page
from service.screening.pseudonyms import Pseudonyms
from service.screening.ranking import group_of, ranked
from service.screening.review import (
    LIST_AS_READER,
    chart_review_config,
    labelling_config,
    labelling_tasks,
    list_as_reader,
    review_table,
)
from service.screening.sources import MOST_FAULTS
from service.screening.workers import write_whole

# Who is who, and whatever may name somebody, such as the names of files: only its owner can read it.
PRIVATE = "private"
_MOST_FAULTS = 1000
_PATIENTS = {
    "rank": "INTEGER",
    "pseudonym": "VARCHAR",
    "group": "VARCHAR",
    "reached": "VARCHAR",
    "attainable": "VARCHAR",
    "hint": "VARCHAR",
    "missing": "INTEGER",
    "met": "INTEGER",
    "whole": "BOOLEAN",
    "person": "BOOLEAN",
    "criteria_met": "VARCHAR[]",
    "reasons": "VARCHAR[]",
    "seeds": "VARCHAR[]",
    "references": "VARCHAR[]",
    "knowledge": "VARCHAR",
}
_WHO = {"pseudonym": "VARCHAR", "patient": "VARCHAR", "references": "VARCHAR[]"}
_PERSON = "Patient"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read. ``patients``: id of each who was kept -> names of the seeds. ``faults``: file, offset and what."""

    people: int
    resources: int = 0
    without_patient: int = 0
    patients: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fault_counts: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, found: Sequence[Mapping[str, Any]], names: Sequence[str], patients: Mapping[str, set[str]]) -> "Seen":
        """All files together."""
        counts: Counter[str] = Counter()
        listed: dict[str, list[dict[str, Any]]] = {}
        for name, each in zip(names, found, strict=True):
            counts.update(each["faults"])
            told = [{"file": name, "offset": offset, "what": what} for offset, what in each["first_faults"]]
            # As many of a file that was read in pieces as of any other.
            listed[name] = [*listed.get(name, ()), *told][:MOST_FAULTS]
        sums = {key: sum(each[key] for each in found) for key in ("people", "resources", "without_patient")}
        kept = {patient: sorted(seeds) for patient, seeds in patients.items()}
        return cls(**sums, patients=kept, fault_counts=counts, faults=list(chain(*listed.values()))[:_MOST_FAULTS])


def write_outputs(
    out: Path, rows: Sequence[Row], seen: Seen, knowledge: Knowledge, names: Pseudonyms
) -> Mapping[str, Any]:
    """Write all files; each has its name only when it is whole. The summary."""
    listed = ranked(rows, knowledge)
    told = [_told(rank, row, seen, knowledge, names) for rank, row in enumerate(listed, start=1)]
    made = summary(listed, _seen(seen, listed), knowledge)
    _write_rows(out / "patients.parquet", _PATIENTS, told)
    # Who is who stands beside the key, apart from all else.
    who = [
        {"pseudonym": line["pseudonym"], "patient": row.patient, "references": list(row.references)}
        for line, row in zip(told, listed, strict=True)
    ]
    private = out / PRIVATE
    private.mkdir(mode=0o700, exist_ok=True)
    _write_rows(private / "patients.parquet", _WHO, who)
    write_whole(private / "faults.json", orjson.dumps(list(seen.faults), option=orjson.OPT_INDENT_2))
    write_whole(out / "summary.json", orjson.dumps(made, option=orjson.OPT_INDENT_2))
    write_whole(out / "page.html", page(made).encode())
    write_whole(out / "review.csv", review_table(told).encode())
    write_whole(out / "label_studio" / "config.xml", labelling_config().encode())
    write_whole(out / "label_studio" / "tasks.json", labelling_tasks(told))
    write_whole(out / "label_studio" / "config.json", chart_review_config())
    classes = knowledge.criteria_sets[0].classes
    write_whole(out / "label_studio" / LIST_AS_READER, list_as_reader(told, classes).encode())
    return made


def _told(rank: int, row: Row, seen: Seen, knowledge: Knowledge, names: Pseudonyms) -> dict[str, Any]:
    return {
        "rank": rank,
        "pseudonym": names.of(_PERSON, row.patient),
        "group": group_of(row),
        "reached": row.reached,
        "attainable": row.attainable,
        "hint": row.hint,
        "missing": row.missing,
        "met": row.met,
        "whole": row.is_whole,
        "person": row.has_person,
        "criteria_met": [name for name, verdict in row.verdicts.items() if verdict == "met"],
        "reasons": list(row.cards),
        "seeds": list(seen.patients.get(row.patient, ())),
        "references": [_hidden(each, names) for each in row.references],
        "knowledge": knowledge.hash,
    }


def _hidden(reference: str, names: Pseudonyms) -> str:
    """A reference with the pseudonym of what it names: ids of resources may say who the patient is."""
    kind, _, identity = reference.partition("/")
    return f"{kind}/{names.of(kind, identity)}" if kind.isalpha() else names.of("", reference)


def _seen(seen: Seen, rows: Sequence[Row]) -> dict[str, Any]:
    lacking = sum(not row.has_person for row in rows)
    return {
        "seen": shown(seen.people),
        "kept": shown(len(seen.patients)),
        "resources": seen.resources,
        "withoutPatient": seen.without_patient,
        "withoutPerson": shown_of(lacking, len(rows)),
        "notWhole": shown_of(sum(not row.is_whole for row in rows), len(rows)),
        "seeds": _counted(seen),
        "faults": dict(sorted(seen.fault_counts.items())),
    }


def _counted(seen: Seen) -> dict[str, Any]:
    counts = Counter(name for seeds in seen.patients.values() for name in seeds)
    return {name: shown(counts[name]) for name in sorted(counts)}


def _write_rows(path: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    lines, draft = path.with_name(f".{path.name}.ndjson"), path.with_name(f".{path.name}.part")
    write_whole(lines, b"".join(orjson.dumps(row) + b"\n" for row in rows))
    write_parquet(draft, columns, lines)
    lines.unlink()
    draft.replace(path)
