"""What the subjects say of themselves is what they do: every name they use is declared, and every fact they make."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from service.domain.facts import Fact, Range
from service.fhir.intake.bundle import records_from_bundle
from service.fhir.mappings.vocabulary import PREFETCH
from service.fhir.mappings.vocabulary import READERS as IN_VOCABULARY
from service.knowledge.declared import Declared
from service.knowledge.terms import FactDefinition
from service.seam import DECLARED, READERS
from service.subjects.reader import SubjectReader
from tests.declared_names import ROOT, literals, said
from tests.patient_folders import ENTRY_LIMIT, PatientFolder, patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
KNOWLEDGE, MAPPINGS = EVALUATOR.knowledge, EVALUATOR.mappings
READER = SubjectReader(MAPPINGS, KNOWLEDGE)
# A word of a fact may be called like something else.
WORDS = {word for fact in KNOWLEDGE.facts.values() for word in fact.words}
NAMES = {*KNOWLEDGE.facts, *KNOWLEDGE.thresholds, *KNOWLEDGE.criteria, *KNOWLEDGE.groups} - WORDS
# Facts of concepts that only other concepts look at.
BETWEEN = {
    *(
        str(concept.options["ambiguous_with"])
        for concept in MAPPINGS.concepts.values()
        if "ambiguous_with" in concept.options
    ),
    *(concept.name for concept in MAPPINGS.concepts.values() if "casts_doubt_on" in concept.options),
}


def declared_for(path: Path) -> set[str]:
    """What is declared by the subject, or the other room, that a file belongs to."""
    here = path.relative_to(ROOT).as_posix()
    subject = "/".join(here.split("/")[:3])
    parts = [part for part in DECLARED if here.startswith(part.room) or part.room.startswith(f"{subject}/")]
    return {name for part in parts for name in declared_by(part)}


def declared_by(part: Declared) -> set[str]:
    used = {name for names in part.uses.values() for name in names}
    return {*part.facts, *part.reads, *part.thresholds, *part.rules, *part.groups, *part.lists, *part.proposals, *used}


def test_every_name_of_the_rules_in_the_code_is_declared_by_its_room() -> None:
    # Without an underscore or a point it may be any word, such as "nerve".
    known = {name for name in NAMES if "_" in name or "." in name}
    files = [path for path in sorted((ROOT / "service").rglob("*.py")) if path.name != "declares.py"]
    found = [(path, text, line) for path in files for text, line in literals(path) if text in known]
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {text}" for path, text, line in found if text not in declared_for(path)
    ]
    # The kinds of a suggestion are also the name of a group.
    assert [each for each in missing if not each.endswith(": first_course")] == []


def test_every_reader_of_the_mapping_files_is_declared_and_asked_for_by_its_name() -> None:
    assert set(READERS) == set(IN_VOCABULARY)
    assert {reader for readers in PREFETCH.values() for reader in readers} <= set(READERS)


@pytest.mark.parametrize("folder", patient_folders(), ids=lambda folder: folder.name)
def test_every_fact_that_is_made_of_a_patient_is_declared(folder: PatientFolder) -> None:
    for record in records_from_bundle(folder.bundle, folder.as_of, MAPPINGS, ENTRY_LIMIT).patients:
        read = READER.read(record, folder.as_of)
        concluded = EVALUATOR.conclude(record, folder.as_of).facts
        sheets: list[tuple[str, Mapping[str, Fact]]] = [
            ("patient", {**read.facts, **concluded}),
            *(("order", each.facts) for each in read.orders),
        ]
        sheets += [(parts.of, facts) for parts in read.parts for facts in parts.facts]
        assert [fault for of, facts in sheets for fault in undeclared(of, facts)] == []


def undeclared(of: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    for name, fact in facts.items():
        definition = KNOWLEDGE.facts.get(name)
        if definition is None:
            yield from () if name in BETWEEN else (f"{name} of {of}: no such fact",)
        elif definition.of != of or not fits(fact, definition):
            yield f"{name} of {of} is {fact.value!r}; declared {definition.words or definition.unit} of {definition.of}"


def fits(fact: Fact, definition: FactDefinition) -> bool:
    """Whether a value is one of the words, or a number where there are none."""
    if fact.value is None:
        return True
    return isinstance(fact.value, Range) if definition.unit else fact.value in definition.words


def test_every_sentence_is_said_with_the_values_that_are_declared() -> None:
    declared = {name: values for part in DECLARED for name, values in part.sentences.items()}
    said_in_code = {each for path in sorted((ROOT / "service/subjects").rglob("*.py")) for each in said(path)}
    assert dict(said_in_code) == declared
    assert len(said_in_code) == len(declared)
