"""What the rules are about, and what raises caution: words in the text of a Condition that no code explains."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import LONGEST_SEARCHED
from service.fhir.values.answers import codings_of
from service.knowledge.near import one_of

_SECTION = "diagnosis_words"
# Words that hold those of a diagnosis and name another thing, such as heat stroke.
_NOTHING = "nothing"
_DENIED = ("absent", "family")
Told = tuple[str, frozenset[str]]  # kind of a part of a text, the concepts that it names


@dataclass(frozen=True, slots=True)
class DiagnosisWords:
    """``by_word``: words in lower case to the name of a concept; ``pattern`` finds them whole, the longest first.

    ``risks``: concepts that raise a word of caution.
    """

    by_word: Mapping[str, str]
    pattern: re.Pattern[str]
    kinds: StatementKinds
    risks: frozenset[str]

    def told_by(self, text: object) -> list[Told]:
        """The parts of a text that name concepts: what kind of statement each is, and what it names."""
        parts = self.kinds.parts_of(text) if isinstance(text, str) else []
        told = [(kind, self._names(words[:LONGEST_SEARCHED])) for kind, words in parts]
        return [(kind, names) for kind, names in told if names]

    def named_in(self, codeable_concept: object) -> list[str]:
        """The concepts that a text or a display names and does not deny, each once.

        One that is only asked about counts where nothing is said for sure, and beside that where it is a risk.
        """
        told = [each for text in _texts_of(codeable_concept) for each in self.told_by(text)]
        said = [(kind, names) for kind, names in told if kind not in _DENIED]
        is_sure = any(kind != "suspected" for kind, _ in said)
        found = [
            name
            for kind, names in said
            for name in sorted(names)
            if kind != "suspected" or not is_sure or name in self.risks
        ]
        return list(dict.fromkeys(found))

    def _names(self, words: str) -> frozenset[str]:
        return frozenset(self.by_word[word] for word in self.pattern.findall(words)) - {_NOTHING}


def _texts_of(codeable_concept: object) -> list[object]:
    if not isinstance(codeable_concept, Mapping):
        return []
    return [codeable_concept.get("text"), *(coding.get("display") for coding in codings_of(codeable_concept))]


def diagnosis_words(
    tables: Mapping[str, object], concepts: Mapping[str, Mapping[str, object]], kinds: StatementKinds
) -> DiagnosisWords:
    """Read and check the section; KnowledgeError names the key. ``concepts``: the options of each, by name."""
    by_word: dict[str, str] = {}
    for name, texts in written(tables, _SECTION, dict[str, Texts]).items():
        one_of(name, (*concepts, _NOTHING), f"{_SECTION}: concept")
        for word in (" ".join(text.casefold().split()) for text in texts):
            if by_word.setdefault(word, name) != name:
                raise KnowledgeError(f"{_SECTION}.{name}: {word!r} already names {by_word[word]}")
    risks = frozenset(name for name, options in concepts.items() if options.get("precaution") is True)
    longest_first = sorted(by_word, key=len, reverse=True)
    any_word = "|".join(map(re.escape, longest_first)) or "(?!)"
    return DiagnosisWords(by_word, re.compile(rf"(?<!\w)(?:{any_word})(?!\w)"), kinds, risks)
