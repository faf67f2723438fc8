"""Words of texts that name what an order is for, of the section ``order_reasons``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.fhir.mappings.sections import Texts
from service.fhir.mappings.texts import any_part, folded
from service.knowledge.near import one_of

_LETTERS = re.compile(r"\w*")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class ReasonText:
    """An entry of ``texts``, as written.

    ``alone``: abbreviations that count only where a part of a text holds nothing but words of ``beside``.
    ``words_of``: those that ``diagnosis_words`` gives a concept. ``lasts``: what once happened goes on.
    """

    means: str
    words: Texts = ()
    alone: Texts = ()
    words_of: str = ""
    points_to: Texts = ()
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Words that name a reason: what they mean, and the facts that they point to."""

    word: str
    points_to: frozenset[str]
    pattern: re.Pattern[str]
    alone: frozenset[str]
    beside: frozenset[str]
    lasts: bool

    def found_in(self, part: str, *, is_sig: bool = False) -> "Found | None":
        """Where the words stand in a part of a text, folded; ``None`` without them.

        ``is_sig``: it is of instructions, where an abbreviation says nothing.
        """
        if self.alone and not is_sig and self._is_short(part):
            return Found(part, "", is_all=True)
        found = self.pattern.search(part)
        if found is None:
            return None
        before, after = part[: found.start()], _LETTERS.sub("", part[found.end() :], count=1)
        # A word that is only a part of a longer one begins where that does.
        begin = before.rpartition(" ")[0] if before[-1:].isalnum() else before
        return Found(found[0], before, is_all=self.beside.issuperset(_WORD.findall(f"{begin} {after}")))

    def _is_short(self, part: str) -> bool:
        left = [word for word in _WORD.findall(part) if word not in self.beside]
        return bool(left) and self.alone.issuperset(left)


@dataclass(frozen=True, slots=True)
class Found:
    """Words that were found, what stands before them, and whether they are all that is said."""

    word: str
    before: str
    is_all: bool


def reason_words(
    where: str, entry: ReasonText, rank: Sequence[str], of_diagnoses: Mapping[str, Texts], beside: Texts
) -> ReasonWords:
    """The words of one entry; KnowledgeError names ``where`` it stands and the choices.

    ``beside``: words that may stand beside an abbreviation.
    """
    one_of(entry.means, rank, f"{where}.means")
    if entry.words_of:
        one_of(entry.words_of, of_diagnoses, f"{where}.words_of")
    words = {folded(word) for word in (*entry.words, *of_diagnoses.get(entry.words_of, ()))}
    # In a set order of their own, so that the pattern is the same at each start.
    return ReasonWords(
        entry.means,
        frozenset(entry.points_to),
        any_part(sorted(words)),
        frozenset(map(folded, entry.alone)),
        frozenset(map(folded, beside)),
        entry.lasts,
    )
