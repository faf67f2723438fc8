"""Diagnoses that raise a word of caution, found by words inside the text of a Condition that no code explains."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import LONGEST_SEARCHED
from service.fhir.values.answers import codings_of
from service.knowledge.near import one_of

_SECTION = "diagnosis_words"
# Words that hold those of a diagnosis and name another thing, such as heat stroke.
_NOTHING = "nothing"
_DENIED = ("absent", "family")


@dataclass(frozen=True, slots=True)
class DiagnosisWords:
    """``by_word``: words in lower case to the name of a concept; ``pattern`` finds them whole, the longest first."""

    by_word: Mapping[str, str]
    pattern: re.Pattern[str]
    kinds: StatementKinds

    def named_in(self, codeable_concept: object) -> list[str]:
        """The concepts that a text or a display names and does not deny, each once."""
        if not isinstance(codeable_concept, Mapping):
            return []
        texts = [codeable_concept.get("text"), *(coding.get("display") for coding in codings_of(codeable_concept))]
        parts = [part for text in texts if isinstance(text, str) for part in self.kinds.parts_of(text)]
        said = [words[:LONGEST_SEARCHED] for kind, words in parts if kind not in _DENIED]
        found = dict.fromkeys(self.by_word[word] for words in said for word in self.pattern.findall(words))
        return [name for name in found if name != _NOTHING]


def diagnosis_words(
    tables: Mapping[str, object], concepts: Mapping[str, object], kinds: StatementKinds
) -> DiagnosisWords:
    """Read and check the section; KnowledgeError names the key."""
    table = tables.get(_SECTION, {})
    if not isinstance(table, Mapping):
        raise KnowledgeError(f"{_SECTION}: must be a mapping")
    by_word: dict[str, str] = {}
    for name, words in table.items():
        one_of(str(name), (*concepts, _NOTHING), f"{_SECTION}: concept")
        for word in _words(words, str(name)):
            if by_word.setdefault(word, str(name)) != name:
                raise KnowledgeError(f"{_SECTION}.{name}: {word!r} already names {by_word[word]}")
    longest_first = sorted(by_word, key=len, reverse=True)
    any_word = "|".join(map(re.escape, longest_first)) or "(?!)"
    return DiagnosisWords(by_word, re.compile(rf"(?<!\w)(?:{any_word})(?!\w)"), kinds)


def _words(words: object, name: str) -> Sequence[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise KnowledgeError(f"{_SECTION}.{name}: must be a list of texts")
    return [" ".join(word.casefold().split()) for word in words]
