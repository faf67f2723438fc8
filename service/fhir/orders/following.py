"""Words by which one instruction of an order follows the one before it, as in "then 20 mg daily"."""

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import whole
from service.fhir.mappings.word_tables import MergedFiles
from service.fhir.values.answers import text_of

_SECTION = "following_words"


def following_words(mappings: MergedFiles) -> re.Pattern[str]:
    """The words of the section; KnowledgeError names it."""
    return whole(*written(mappings.tables, _SECTION, Texts))


def numbered_by_words(instructions: Sequence[Mapping[str, object]], words: re.Pattern[str]) -> list[int]:
    """The step of each instruction by its words, from 0 on; empty where none says that it follows another."""
    texts = [text_of(each) for each in instructions]
    pairs = zip(texts[1:], texts, strict=False)
    follows = [0, *(int(_begins(text, words) or _ends(before, words)) for text, before in pairs)]
    return list(accumulate(follows)) if any(follows) else []


def _begins(text: str, words: re.Pattern[str]) -> bool:
    found = words.search(text)
    return found is not None and not any(map(str.isalnum, text[: found.start()]))


def _ends(text: str, words: re.Pattern[str]) -> bool:
    return any(not any(map(str.isalnum, text[found.end() :])) for found in words.finditer(text))
