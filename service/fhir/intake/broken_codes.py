"""The code of a diagnosis or a result that nobody can read as it is written: what it may mean, so that it is told."""

import re
from collections.abc import Iterator, Mapping

from service.fhir.intake.entries import Entry
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import codings_of, objects_in

_KIND, _RESULT = "Condition", "Observation"
_DEEPEST, _MOST, _LONGEST = 6, 20, 300
# What stands in a code and names no disease.
_NO_NAMES = frozenset(("system", "version", "id", "url", "extension", "userSelected"))
_SNOMED = "http://snomed.info/sct"
_SNOMED_CODE, _ICD_CODE = re.compile(r"\d{6,18}"), re.compile(r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
WHY = "its code cannot be read"


def perhaps_meant(entry: Entry, mappings: Mappings) -> list[Concept]:
    """The concepts that a code names in words or codes of any shape; none where it may be a local code of a site."""
    if entry.kind == _RESULT:
        return result_meant(entry.resource.get("code"), entry.resource.get("component"), mappings)
    if entry.kind != _KIND:
        return []
    code = entry.resource.get("code")
    found: dict[str, Concept] = {}
    for text in _strings(code):
        for concept in _of_text(text, mappings) if _is_open(code, text, mappings) else ():
            found.setdefault(concept.name, concept)
    return list(found.values())


def result_meant(code: object, components: object, mappings: Mappings) -> list[Concept]:
    """The concepts of a code that stands under no system or a misspelt one, and of components named like one of them.

    A component is named like ``place.code``, of which the last part alone is listed.
    """
    codings = codings_of(code)
    codings += [each for part in objects_in(components) for each in codings_of(part.get("code"))]
    found: dict[str, Concept] = {}
    for coding in codings:
        for concept in _of_coding(coding, mappings):
            found.setdefault(concept.name, concept)
    return list(found.values())


def _of_coding(coding: Mapping[str, object], mappings: Mappings) -> list[Concept]:
    code, system = coding.get("code"), coding.get("system", "")
    name = code.rpartition(".")[2] if isinstance(code, str) else ""
    listing = mappings.system_listing(name)
    if not listing or not isinstance(system, str):
        return []
    is_meant = system == listing if name != code else not system or mappings.systems.nearest(system) == listing
    return mappings.concepts_of({"coding": [{"system": listing, "code": name}]}, _RESULT) if is_meant else []


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
