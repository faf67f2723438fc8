"""The codes of all concepts as they are looked up: by type of resource, by beginning, and by what they stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from service.errors import KnowledgeError
from service.fhir.mappings.code_tables import RECALLED
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.files import ConceptEntry, ListedCode

if TYPE_CHECKING:
    from pathlib import Path

_POINTED = ("/icd-10-cm", "/icd-10")
Listed = tuple[str, str, ListedCode]


def listed_codes(concepts: Mapping[str, ConceptEntry]) -> Iterator[Listed]:
    """Every code with its concept and each type of resource that it is mapped for."""
    for name, entry in concepts.items():
        for kind in entry.resource_types:
            for code in entry.codes:
                yield name, kind, code


def by_type(listed: Sequence[Listed], concepts: Mapping[str, Concept]) -> dict[str, dict[tuple[str, str], Concept]]:
    """By type of resource, what each system and code means; KnowledgeError where one means two things."""
    meanings: dict[str, dict[tuple[str, str], Concept]] = {}
    files: dict[tuple[str, str, str], Path] = {}
    for name, kind, code in listed:
        meant = _meant(code, concepts[name])
        _add_without_point(meanings, kind, code, meant)
        known = meanings.setdefault(kind, {}).setdefault((code.system, code.code), meant)
        first = files.setdefault((kind, code.system, code.code), code.file)
        if known.name != name:
            raise KnowledgeError(
                f"{code.file}: concepts.{name}: {code.system}|{code.code} already means {known.name} in {first}"
            )
    return meanings


def _meant(code: ListedCode, concept: Concept) -> Concept:
    """What a code means, with its name and the mark of one that nobody has seen in a table, however it is written."""
    recalled_as = code.display or code.code if code.checked == RECALLED else ""
    return replace(concept, recalled_as=recalled_as, named=code.display)


def _add_without_point(
    meanings: dict[str, dict[tuple[str, str], Concept]], kind: str, code: ListedCode, concept: Concept
) -> None:
    written = _without_point(code)
    if written != code.code:
        meanings.setdefault(kind, {})[code.system, written] = concept


def _without_point(code: ListedCode) -> str:
    """A code as claims write it: the point after its third character says nothing in ICD-10."""
    return code.code.replace(".", "") if code.system.endswith(_POINTED) else code.code


def begins(listed: Sequence[Listed], concepts: Mapping[str, Concept]) -> dict[tuple[str, str], dict[str, Concept]]:
    """By type and system, the codes that stand for those below them too."""
    found: dict[tuple[str, str], dict[str, Concept]] = {}
    for name, kind, code in listed:
        if code.and_below:
            below = found.setdefault((kind, code.system), {})
            below |= dict.fromkeys((code.code, _without_point(code)), _meant(code, concepts[name]))
    return found


def canonical_codes(concepts: Mapping[str, ConceptEntry]) -> dict[tuple[str, str], tuple[str, str]]:
    """The (system, code) that each local code with ``same_as`` stands for; KnowledgeError where it is not one."""
    canonical: dict[tuple[str, str], tuple[str, str]] = {}
    for name, entry in concepts.items():
        own = next((code for code in entry.codes if not code.same_as), None)
        for code in entry.codes:
            if code.same_as and own is None:
                raise KnowledgeError(f"{code.file}: concepts.{name}: same_as needs a code without it to stand for")
            if code.same_as and own is not None:
                meant = own.system, code.same_as
                if canonical.setdefault((code.system, code.code), meant) != meant:
                    raise KnowledgeError(f"{code.file}: concepts.{name}: {code.code} is same_as two different codes")
    return canonical
