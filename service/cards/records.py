"""Records on a card: in words, since nobody who reads one knows a resource by its id."""

import re
from itertools import groupby

# What a reader calls a resource; any other is a record.
_CALLED = {
    "AllergyIntolerance": ("an allergy", "allergies"),
    "Bundle": ("a record", "records"),
    "Composition": ("a document", "documents"),
    "Condition": ("a diagnosis", "diagnoses"),
    "DiagnosticReport": ("a report", "reports"),
    "DocumentReference": ("a document", "documents"),
    "Immunization": ("a vaccination", "vaccinations"),
    "Medication": ("a drug", "drugs"),
    "MedicationAdministration": ("a dose given", "doses given"),
    "MedicationDispense": ("a drug handed out", "drugs handed out"),
    "MedicationRequest": ("an order", "orders"),
    "MedicationStatement": ("a drug taken", "drugs taken"),
    "Observation": ("a result", "results"),
    "Patient": ("the Patient", "Patients"),
    "Procedure": ("a procedure", "procedures"),
    "ServiceRequest": ("an order", "orders"),
}
_ANY = ("a record", "records")
_KINDS = "|".join(_CALLED)
# "Observation/o1", with the server before it, a version or a part behind it; "urn:uuid:…"; "Bundle.entry[3]".
_ONE = (
    rf"(?:(?:https?://[^\s,;)]+/)?(?:{_KINDS})/[A-Za-z0-9.\-]{{1,64}}(?:/_history/[A-Za-z0-9.\-]+)?(?:#[^\s,;)]+)?(?<!\.)"
    r"|urn:(?:uuid|oid):[0-9A-Fa-f.\-]+(?<!\.)|Bundle(?:\.entry)?\[\d+\]|Bundle\.entry\[\d+\])"
)
_REFERENCE = re.compile(_ONE)
_LISTED = re.compile(rf"{_ONE}(?:(?:, | and ){_ONE})*(?: and (\d+) more)?")
_KIND = re.compile(rf"(?:^|/)({_KINDS})/")


def in_words(text: str) -> str:
    """The text with its references in words: "Observation/a and 2 more (no unit)" is "3 results (no unit)"."""
    return _LISTED.sub(_counted, text) if "/" in text or "urn:" in text or "[" in text else text


def _counted(found: re.Match[str]) -> str:
    kinds = [_kind(each[0]) for each in _REFERENCE.finditer(found[0])]
    more = int(found[1] or 0)
    groups = [(kind, len(list(alike))) for kind, alike in groupby(sorted(kinds))]
    if more and len(groups) > 1:
        return f"{len(kinds) + more} {_ANY[1]}"
    return " and ".join(_number(kind, count + more) for kind, count in groups)


def _number(kind: str, count: int) -> str:
    one, several = _CALLED.get(kind, _ANY)
    return one if count == 1 else f"{count} {several}"


def _kind(reference: str) -> str:
    found = _KIND.search(reference)
    return found[1] if found else ""
