"""Results that only a text names, or that stand as a component: what they are of, by the words of their name.

They raise caution and silence nothing: a name is weaker than a code. Their readers end in ``_in_words``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.fhir.mappings.concept import Concept
from service.fhir.mappings.texts import stems, texts_of
from service.fhir.mappings.word_tables import texts_in

# Endings of the readers whose concepts a name stands for.
_IN_WORDS = ("_in_words", "named_only")
_NONE, _ANY = re.compile(r"(?!)"), re.compile("")


@dataclass(frozen=True, slots=True)
class ResultWords:
    """``kinds``: each concept with the words of its name, those that must stand beside, and those of another thing.

    ``parts``: the concepts of codes that count as one of these in a component of a result that nobody knows.
    ``any_name``: any of the words.
    """

    kinds: tuple[tuple[Concept, re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]
    parts: Mapping[str, Concept]
    any_name: re.Pattern[str]

    def may_name(self, text: str) -> bool:
        """Whether a text holds any of the words at all."""
        return self.any_name.search(text.casefold()) is not None

    def named_in(self, code: object) -> list[Concept]:
        """The one concept that the texts of a code name; none where they name two, or another thing.

        Where a name holds that of another, as an eGFR "by creatinine" does, ``over`` says which of them it is.
        """
        texts = texts_of(code)
        found = [
            concept
            for concept, words, needed, others in self.kinds
            if any(words.search(text) and needed.search(text) for text in texts) and not any(map(others.search, texts))
        ]
        within = {name for concept in found for name in texts_in(concept.options, "over")}
        meant = [concept for concept in found if concept.name not in within]
        return meant if len(meant) == 1 else []


def is_in_words(concept: Concept) -> bool:
    """Whether words of its name stand for a concept, and no code has to."""
    return concept.reader.endswith(_IN_WORDS)


def result_words(concepts: Mapping[str, Concept]) -> ResultWords:
    """The concepts of these readers with their words."""
    own = [concept for concept in concepts.values() if is_in_words(concept)]
    names = [stems(*texts_in(each.options, "names")) for each in own]
    needed = [stems(*needs) if (needs := texts_in(each.options, "needs")) else _ANY for each in own]
    others = [stems(*texts_in(each.options, "not_names")) for each in own]
    return ResultWords(
        tuple(zip(own, names, needed, others, strict=True)),
        {name: each for each in own for name in texts_in(each.options, "parts_of")},
        re.compile("|".join(each.pattern for each in names)) if names else _NONE,
    )
