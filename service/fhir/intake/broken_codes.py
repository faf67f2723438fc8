"""The code of a diagnosis that nobody can read as it is written: what it may mean, so that it is told and not lost."""

import re
from collections.abc import Iterator, Mapping

from service.fhir.intake.entries import Entry
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import codings_of

_KIND = "Condition"
_DEEPEST, _MOST, _LONGEST = 6, 20, 300
# What stands in a code and names no disease.
_NO_NAMES = frozenset(("system", "version", "id", "url", "extension", "userSelected"))
_SNOMED = "http://snomed.info/sct"
_SNOMED_CODE, _ICD_CODE = re.compile(r"\d{6,18}"), re.compile(r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
WHY = "its code cannot be read"


def perhaps_meant(entry: Entry, mappings: Mappings) -> list[Concept]:
    """The concepts that a code names in words or codes of any shape; none where it may be a local code of a site."""
    if entry.kind != _KIND:
        return []
    code = entry.resource.get("code")
    found: dict[str, Concept] = {}
    for text in _strings(code):
        for concept in _of_text(text, mappings) if _is_open(code, text, mappings) else ():
            found.setdefault(concept.name, concept)
    return list(found.values())


def _of_text(text: str, mappings: Mappings) -> list[Concept]:
    code = text.strip().upper()
    systems = (_SNOMED,) if _SNOMED_CODE.fullmatch(code) else mappings.kinds.icd_systems if _is_icd(code) else ()
    # What a code says in any edition: nobody knows which is meant.
    coded = (mappings.concepts_of({"coding": [{"system": each, "code": code}]}, _KIND) for each in sorted(systems))
    return [concept for each in coded for concept in each] or mappings.concepts_of({"text": text}, _KIND)


def _is_icd(code: str) -> bool:
    return _ICD_CODE.fullmatch(code) is not None


def _is_open(code: object, text: str, mappings: Mappings) -> bool:
    """Whether a text may be read for itself: beside words a code of a system that is not known may be any."""
    own = [each for each in codings_of(code) if each.get("code") == text]
    local = [each for each in own if _is_of_another_system(each, mappings)]
    is_named = isinstance(code, Mapping) and (code.get("text") or any(each.get("display") for each in codings_of(code)))
    return not local or not is_named


def _is_of_another_system(coding: Mapping[str, object], mappings: Mappings) -> bool:
    system = coding.get("system")
    return isinstance(system, str) and bool(system) and not mappings.systems.is_known(system)


def _strings(value: object) -> Iterator[str]:
    """The texts in a value of whatever shape, in bounded number."""
    level, left = [value], _MOST
    for _ in range(_DEEPEST):
        told = [each for each in level if isinstance(each, str) and len(each) <= _LONGEST][:left]
        yield from told
        left -= len(told)
        level = [inner for each in level[:_MOST] for inner in _inside(each)]


def _inside(value: object) -> list[object]:
    if isinstance(value, list):
        return value[:_MOST]
    return [each for key, each in value.items() if key not in _NO_NAMES] if isinstance(value, Mapping) else []
