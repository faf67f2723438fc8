"""Diagnoses by what their codes, certainty letters and words make of them, told by FHIR's own status elements.

What is certain is written into the status: absent as ``refuted``, of the past as ``resolved``. What leaves the
diagnosis open, or is about a relative, is a word of ``Entry.said`` with which intake turns the resource away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.fhir.intake.entries import Entry
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.values.answers import codings_of, objects_in, plain, text_of

_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_NOW = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_SHORTEST_WORD = 3
_OPEN = ("suspected", "risk")
# Its category says that it is of a relative, and its code does not.
OF_WHOM = "of_whom"
# Why a diagnosis does not count, by the word of ``Entry.said``.
WHY_NOT = {
    "family": "its code says that a relative has it: not this patient",
    "suspected": "only suspected, to be ruled out or screened for: this leaves it open",
    "in_words": "only its words name it, and they refute no diagnosis",
    OF_WHOM: "its category calls it a family history and its code does not: clarify whose it is",
    "doubted": "its code names it and its words or status deny it: clarify which is right",
}


def as_said(entry: Entry, mappings: Mappings) -> Entry:
    """The entry with its diagnosis told by its statuses; the same one where nothing says more than they do."""
    code, kinds = entry.resource.get("code"), mappings.kinds
    if entry.kind != "Condition" or not isinstance(code, Mapping):
        return entry
    said = _told(entry, code, mappings, kinds)
    # A disease that a rule takes as a question is one: by its status it goes on as that.
    return _in_question(said) if said.said == "suspected" and _asks(said, mappings) else said


def _told(entry: Entry, code: Mapping[str, object], mappings: Mappings, kinds: StatementKinds) -> Entry:
    kind = _by_letters(entry, kinds)
    if isinstance(kind, Entry):
        entry, kind = kind, ""
    kind = kind or kinds.by_codes(_pairs(code)) or _of_a_relative(code, mappings)
    if kind:
        return _by_code(entry, kind)
    if any(kind == "family" for words in _categories(entry.resource) for kind, _ in kinds.parts_of(words)):
        return replace(entry, said=OF_WHOM)
    kind = _kind_of_words(code, mappings)
    # That is was there once, in words, does not say that it is over.
    return entry if kind == "history" and _is_question(code, mappings) else _by_words(entry, kind)


def _by_letters(entry: Entry, kinds: StatementKinds) -> str | Entry:
    """The kind that the certainty letters give; where they differ, the entry without the codings that are excluded."""
    resource, code = entry.resource, entry.resource["code"]
    whole = next((kind for each in (resource, code) if (kind := kinds.by_letter(each)) is not None), None)  # type: ignore[arg-type]
    codings = codings_of(code)
    said = [kinds.by_letter(coding) for coding in codings]
    found = {kind for kind in said if kind is not None} or ({whole} - {None})
    if found <= {""} or not codings:
        return ""
    if len(found) == 1:
        return str(found.pop())
    if "absent" not in found:
        return "suspected" if "suspected" in found else "history"
    kept = [coding for coding, kind in zip(codings, said, strict=True) if kind != "absent"]
    rest = replace(entry, resource={**resource, "code": {**code, "coding": kept}})  # type: ignore[dict-item]
    return rest if found <= {"", "absent"} else replace(rest, said="suspected")


def _of_a_relative(code: Mapping[str, object], mappings: Mappings) -> str:
    """``family`` where a code beside that of the disease is called the history of a relative; else empty."""
    for coding in codings_of(code):
        display = coding.get("display")
        if isinstance(display, str) and [kind for kind, _ in mappings.kinds.parts_of(display)] == ["family"]:
            alone = {name: value for name, value in coding.items() if name != "display"}
            return "" if mappings.concepts_of({"coding": [alone]}, "Condition") else "family"
    return ""


def _categories(resource: Mapping[str, object]) -> Iterable[str]:
    """The words and codes of the categories, codes as words."""
    for category in objects_in(resource.get("category")):
        said = [text_of(category), *(each.get(key) for each in codings_of(category) for key in ("code", "display"))]
        yield from (text.replace("-", " ") for text in said if isinstance(text, str))


def _pairs(code: object) -> Iterable[tuple[str, str]]:
    for coding in codings_of(code):
        system, word = coding.get("system"), coding.get("code")
        if isinstance(system, str) and isinstance(word, str):
            yield system, word


def _by_code(entry: Entry, kind: str) -> Entry:
    if kind == "history":
        return _over(entry)
    if kind != "absent":
        return replace(entry, said=kind)
    verified = entry.resource.get("verificationStatus")
    is_agreed = verified is None or {word for _, word in _pairs(verified)} == {"refuted"}
    return (
        _with_status(entry, "verificationStatus", _VERIFIED, "refuted") if is_agreed else replace(entry, said="doubted")
    )


def _by_words(entry: Entry, kind: str) -> Entry:
    """Words leave a coded diagnosis open, and never take it away."""
    if kind in ("absent", "family"):
        return replace(entry, said="doubted")
    if kind in _OPEN:
        return replace(entry, said="suspected")
    # "History of" is said of what goes on, too: a status that is stated counts for more.
    return _over(entry) if kind == "history" and entry.resource.get("clinicalStatus") is None else entry


def _kind_of_words(code: Mapping[str, object], mappings: Mappings) -> str:
    """The kind of a text: that of all its parts, or of those that name what the codes name, or a disease known here."""
    text = code.get("text")
    parts = mappings.kinds.parts_of(text) if isinstance(text, str) else []
    told = {kind for kind, _ in parts}
    if len(told) <= 1:
        return next(iter(told), "")
    found = mappings.concepts_of(code, "Condition")
    meant = {concept.name for concept in found if not concept.in_words} or {concept.name for concept in found}
    named = {word for coding in codings_of(code) for word in _words(plain(coding.get("display")))}
    about = {kind for kind, rest in parts if named & _words(rest)}
    about = about or {kind for kind, names in mappings.diagnosis_words.told_by(text) if names & meant}
    if about.isdisjoint(("", "history")) and not about.isdisjoint(_OPEN):
        return "suspected"
    return about.pop() if len(about) == 1 else ""


def _asks(entry: Entry, mappings: Mappings) -> bool:
    found = mappings.concepts_of(entry.resource.get("code"), "Condition")
    return any(concept.options.get("question_counts") is True for concept in found)


def _is_question(code: object, mappings: Mappings) -> bool:
    return any(concept.is_question for concept in mappings.concepts_of(code, "Condition"))


def in_words(entry: Entry) -> Entry:
    """The entry as far as its words name a disease that a rule takes as a question: they confirm and refute nothing."""
    asked = _in_question(entry)
    return replace(entry, said="in_words") if asked is entry else asked


def _in_question(entry: Entry) -> Entry:
    verified = {word for _, word in _pairs(entry.resource.get("verificationStatus"))}
    is_open = verified.isdisjoint(("refuted", "entered-in-error"))
    asked = replace(entry, said="")
    return _with_status(asked, "verificationStatus", _VERIFIED, "unconfirmed") if is_open else entry


def _words(text: str) -> set[str]:
    return {word for word in "".join(c if c.isalnum() else " " for c in text).split() if len(word) >= _SHORTEST_WORD}


def _over(entry: Entry) -> Entry:
    return _with_status(entry, "clinicalStatus", _NOW, "resolved")


def _with_status(entry: Entry, element: str, system: str, code: str) -> Entry:
    return replace(entry, resource={**entry.resource, element: {"coding": [{"system": system, "code": code}]}})
