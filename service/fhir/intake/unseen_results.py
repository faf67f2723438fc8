"""Reports of which results did not come: what is not there was not looked at."""

from collections.abc import Sequence

from service.domain.facts import PARTIAL, Excluded
from service.fhir.intake.entries import Entry, without_version
from service.fhir.values.answers import objects_in


def incomplete_reports(entries: Sequence[Entry]) -> dict[str, Excluded]:
    """Reference of a DiagnosticReport -> its row, for each that names results which are not among the entries."""
    reports = [entry for entry in entries if entry.kind == "DiagnosticReport" and "result" in entry.resource]
    if not reports:
        return {}
    known = {entry.reference for entry in entries} | {without_version(entry.full_url) for entry in entries}
    counted = [(report, *_counts(report, known)) for report in reports]
    return {report.reference: _row(report, missing, named) for report, missing, named in counted if missing}


def _counts(report: Entry, known: set[str]) -> tuple[int, int]:
    """How many results did not come, and how many are named."""
    named = objects_in(report.resource["result"])
    return sum(not _came(each.get("reference"), report, known) for each in named), len(named)


def _came(reference: object, report: Entry, known: set[str]) -> bool:
    if not isinstance(reference, str):
        return False
    target = without_version(reference)
    if target.startswith("#"):
        return f"{report.reference}{target}" in known
    # Another server may hold another result of this id, but here it only matters that one came.
    return target in known or "/".join(target.split("/")[-2:]) in known


def _row(report: Entry, missing: int, named: int) -> Excluded:
    detail = f"DiagnosticReport.result: {missing} of {named} results did not come"
    return Excluded(report.reference, PARTIAL, detail, relevant=True)
