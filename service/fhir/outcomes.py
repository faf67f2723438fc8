"""What an OperationOutcome says of the search that it came with: it ran, it ran in part, or it failed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

Ran = Literal["whole", "empty", "part", "failed"]

OUTCOME = "OperationOutcome"
# FHIR R4 IssueSeverity below error; R6 has "success" beside them.
_LOW = ("warning", "information", "success")
# IssueType codes under which something was left out, whatever the severity.
_LEFT_OUT = ("suppressed", "incomplete", "timeout", "throttled", "too-costly", "forbidden", "security")
# Epic's own codes, as its sandbox and public clients show them: 4101 no results, 59204 and 59205 results left out.
_EPIC = "urn:oid:1.2.840.114350."
_NO_RESULTS, _RESULTS_LEFT_OUT = "4101", ("59204", "59205")


def ran(outcomes: Iterable[Mapping[str, object]]) -> Ran:
    """The worst that any issue says; ``empty``: each says that there is nothing to find. ``whole`` without outcomes."""
    said = [verdict for outcome in outcomes for verdict in _said(outcome)]
    for verdict in ("failed", "part"):
        if verdict in said:
            return verdict
    return "empty" if said and all(verdict == "empty" for verdict in said) else "whole"


def _said(outcome: Mapping[str, object]) -> list[Ran]:
    issues = outcome.get("issue")
    # An outcome that says nothing explains no missing data.
    return [_of_issue(issue) for issue in issues] if isinstance(issues, list) and issues else ["failed"]


def _of_issue(issue: object) -> Ran:
    if not isinstance(issue, dict) or _word(issue.get("severity")) not in _LOW:
        return "failed"
    codes = set(_epic_codes(issue.get("details")))
    if _word(issue.get("code")) in _LEFT_OUT or codes.intersection(_RESULTS_LEFT_OUT):
        return "part"
    return "empty" if _NO_RESULTS in codes or _word(issue.get("code")) == "not-found" else "whole"


def _epic_codes(details: object) -> Iterator[str]:
    codings = details.get("coding") if isinstance(details, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        system, code = (coding.get("system") or _EPIC, coding.get("code")) if isinstance(coding, dict) else ("", "")
        if isinstance(system, str) and system.startswith(_EPIC) and isinstance(code, str | int):
            yield str(code)


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
