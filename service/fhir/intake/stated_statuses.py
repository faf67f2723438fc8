"""The statuses of diagnoses and allergies in the codes of FHIR, also where a sender writes words or other codes.

A status that nobody understands takes nothing away: it makes a diagnosis a question, and a clinical status of it that
says nothing is one that was not sent. An allergy with such a status stays as it is, and is told of as not usable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.fhir.intake.entries import Entry
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import STATUS_CODES
from service.fhir.values.answers import codings_of, plain, text_of

_KINDS = ("AllergyIntolerance", "Condition")
_QUESTION = "unconfirmed"
_GONE = ("refuted", "entered-in-error")
_AROUND = " .!:*\"'"


@dataclass(frozen=True, slots=True)
class _Status:
    """One element: the endings of its code systems, and the section of other spellings."""

    element: str
    systems: tuple[str, ...]
    system: str
    section: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Its codes in FHIR."""
        return STATUS_CODES[self.section]


_HL7 = "http://terminology.hl7.org/CodeSystem/"
_VERIFICATION = _Status(
    "verificationStatus",
    ("condition-ver-status", "allergyintolerance-verification", "allergy-verification-status"),
    f"{_HL7}condition-ver-status",
    "verification_statuses",
)
_CLINICAL = _Status(
    "clinicalStatus",
    ("condition-clinical", "allergyintolerance-clinical", "allergy-clinical-status"),
    f"{_HL7}condition-clinical",
    "clinical_statuses",
)


def in_known_statuses(entry: Entry, mappings: Mappings) -> Entry:
    """The entry with its statuses in the codes of FHIR; the same one where they are so, or were not sent."""
    if entry.kind not in _KINDS:
        return entry
    for status in (_VERIFICATION, _CLINICAL):
        sent = entry.resource.get(status.element)
        if isinstance(sent, dict) and not _is_standard(sent, status):
            said = _said(sent, status, mappings)
            entry = entry if entry.kind == "AllergyIntolerance" and "?" in said else _told(entry, status, said)
    return entry


def _is_standard(sent: Mapping[str, object], status: _Status) -> bool:
    """Whether one code of FHIR stands in it, whatever else does; R5's "presumed" is one of an allergy."""
    known = (*status.codes, "presumed")
    return len({each.get("code") for each in codings_of(sent) if _is_of(each, status)}.intersection(known)) == 1


def _is_of(coding: Mapping[str, object], status: _Status) -> bool:
    system, code = coding.get("system", ""), coding.get("code")
    return isinstance(code, str) and isinstance(system, str) and (not system or system.endswith(status.systems))


def _said(sent: Mapping[str, object], status: _Status, mappings: Mappings) -> set[str]:
    """The codes of FHIR that a status stands for: ``?`` among them where a part of it is not understood."""
    table = mappings.statuses[status.section]
    codings = codings_of(sent)
    told = {_by_coding(coding, table) for coding in codings}
    text = table.get(text_of(sent).strip(_AROUND)) if sent.get("text") else None
    told |= {text} if text else {"?"} if sent.get("text") and not codings else set()
    return told


def _by_coding(coding: Mapping[str, object], table: Mapping[str, str]) -> str:
    system, code, display = (coding.get(key) for key in ("system", "code", "display"))
    words = (f"{system}|{code}", plain(display).strip(_AROUND), plain(code).strip(_AROUND))
    return next((table[word] for word in words if word in table), "?")


def _told(entry: Entry, status: _Status, said: set[str]) -> Entry:
    known = said - {"?"}
    rest = {key: value for key, value in entry.resource.items() if key != status.element}
    if status is _VERIFICATION and said:
        is_sure = len(known) == 1 and (said == known or known.isdisjoint((*_GONE, "confirmed")))
        return _with(entry, status, rest, known.pop() if is_sure else _QUESTION)
    # Of several clinical statuses none is taken for the one that says that it is over.
    return _with(entry, status, rest, known.pop()) if len(known) == 1 else replace(entry, resource=rest)


def _with(entry: Entry, status: _Status, rest: dict[str, object], code: str) -> Entry:
    return replace(entry, resource={**rest, status.element: {"coding": [{"system": status.system, "code": code}]}})
