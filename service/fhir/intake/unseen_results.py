"""Reports of which results did not come, or that were withdrawn: what is not there was not looked at."""

from collections.abc import Sequence

from service.domain.facts import PARTIAL, Excluded
from service.fhir.intake.entries import Entry, without_version
from service.fhir.values.answers import objects_in

_TAKEN_BACK_AS = ("cancelled", "entered-in-error")
_TAKEN_BACK = "DiagnosticReport.status: the report that names this result was taken back"


def incomplete_reports(entries: Sequence[Entry]) -> dict[str, Excluded]:
    """Reference of a DiagnosticReport -> its row, for each that names results which are not among the entries."""
    reports = [entry for entry in entries if entry.kind == "DiagnosticReport" and "result" in entry.resource]
    if not reports:
        return {}
    known = {entry.reference for entry in entries} | {without_version(entry.full_url) for entry in entries}
    counted = [(report, *_counts(report, known)) for report in reports]
    return {report.reference: _row(report, missing, named) for report, missing, named in counted if missing}


def withdrawn_results(entries: Sequence[Entry]) -> dict[str, Excluded]:
    """Reference of a result -> its row, for each that only reports name which were taken back."""
    reports = [entry for entry in entries if entry.kind == "DiagnosticReport" and "result" in entry.resource]
    named_by: dict[bool, set[str]] = {True: set(), False: set()}
    for report in reports:
        named_by[report.resource.get("status") in _TAKEN_BACK_AS] |= _names(report)
    lost = named_by[True] - named_by[False]
    if not lost:
        return {}
    named = [entry for entry in entries if lost & {entry.reference, without_version(entry.full_url)}]
    return {each.reference: Excluded(each.reference, "status", _TAKEN_BACK, relevant=True) for each in named}


def _names(report: Entry) -> set[str]:
    """The results that a report names, as they may be addressed; what it contains has its status anyway."""
    references = (each.get("reference") for each in objects_in(report.resource["result"]))
    targets = [without_version(each) for each in references if isinstance(each, str) and not each.startswith("#")]
    return {name for target in targets for name in (target, "/".join(target.split("/")[-2:]))}


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
