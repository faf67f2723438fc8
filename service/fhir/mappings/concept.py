"""One concept: what a code means here, and which of several concepts of one resource count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, StrictBool

from service.errors import KnowledgeError
from service.fhir.mappings.files import ConceptEntry
from service.fhir.mappings.sections import Texts
from service.fhir.mappings.vocabulary import READERS
from service.fhir.mappings.word_tables import texts_in
from service.knowledge.near import one_of
from service.knowledge.shaped import shaped

# Readers of what is present or absent, of which a resource may state several.
_STATED = ("noted", "statement")
# What an option can be; the vocabulary of a subject says it of each.
_KINDS: Mapping[str, Any] = {
    "flag": StrictBool,
    "text": str,
    "texts": Texts,
    "names": Annotated[Texts, BeforeValidator(lambda said: [said] if isinstance(said, str) else said)],
    "by_unit": dict[str, str],
}


@dataclass(frozen=True, slots=True)
class Concept:
    """What a code means here. ``reader`` names the code that turns a resource of this concept into facts.

    ``options`` holds everything else of the concept's YAML entry, as its reader wants it. ``recalled_as``: the name of
    the code that it was found by, where nobody has seen that code in a table; else empty. ``file`` defines it.
    ``in_words``: it was found by words inside a text, and by no code. ``named``: what the files call the code
    that it was found by; empty without one. ``types``: the resource types it is read from.
    """

    name: str
    reader: str
    options: Mapping[str, object]
    recalled_as: str = ""
    file: str = ""
    in_words: bool = False
    named: str = ""
    types: tuple[str, ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether words name it and a rule takes it as a question: words alone never confirm such a disease."""
        return self.in_words and self.options.get("question_counts") is True


def concept_of(name: str, entry: ConceptEntry) -> Concept:
    """A concept as a file writes it; KnowledgeError where its reader does not know a key."""
    where = f"{entry.file}: concepts.{name}"
    allowed = READERS[one_of(entry.reader, READERS, f"{where}.reader")]
    for key, value in entry.options.items():
        one_of(key, ("codes", "reader", "resource_types", *allowed), f"{where}: a key of the reader {entry.reader}")
        shaped(_KINDS[allowed[key]], value, f"{where}.{key}")
    if entry.reader == "trap" and not entry.options.get("why"):
        raise KnowledgeError(f"{where}.why: a trap must say in words why its codes are not used")
    return Concept(
        name, entry.reader, MappingProxyType(dict(entry.options)), file=entry.file.name, types=entry.resource_types
    )


def without_wider(concepts: Sequence[Concept]) -> Sequence[Concept]:
    """The concepts without those that another one of them makes superfluous: merely noted ones, and wider ones.

    ``wider_than`` of a concept: those that it holds among others, such as antibodies of all isotypes IgM.
    """
    if len(concepts) == 1:
        return concepts
    names = {concept.name for concept in concepts}
    narrower = [
        concept
        for concept in concepts
        if concept.reader != "noted" and names.isdisjoint(texts_in(concept.options, "wider_than"))
    ]
    return narrower or concepts


def are_opposite(concepts: Sequence[Concept]) -> bool:
    """Whether codes of one resource cannot all be meant: one value is the result of one analyte only.

    Diagnoses and findings that are present or absent stand beside each other.
    """
    return len(concepts) > 1 and any(concept.reader not in _STATED for concept in concepts)
