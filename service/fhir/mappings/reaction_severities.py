"""How severe a reaction was by what happened: in words, all of which must be understood, or by code."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from service.fhir.mappings.allergy_words import AllergyWords
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import folded, in_any_script, texts_of
from service.fhir.mappings.word_tables import MergedFiles
from service.fhir.values.answers import words_for

_SECTION, SEVERITY_CODES = "reaction_severities", "reaction_severity_codes"
SEVERITIES = ("severe", "serious", "mild")
# What happened threatens life, does so where nobody calls it mild, is mild, is not understood; nothing is said.
Severity = Literal["severe", "serious", "unknown", "mild", ""]
_WORST_FIRST: tuple[Severity, ...] = ("severe", "serious", "unknown", "mild")
_LETTER = re.compile(r"[^\W\d_]")
# Amounts, days and what is counted, such as "2nd" and "38.5c".
_NUMBERED = re.compile(r"(?<!\w)\d[\w.,]*")
_APOSTROPHE = re.compile(r"['\u2019]")


@dataclass(frozen=True, slots=True)
class _Written:
    severe: Texts = ()
    serious: Texts = ()
    mild: Texts = ()
    beside: Texts = ()
    advice: Texts = ()
    concepts: Texts = ()


@dataclass(frozen=True, slots=True)
class ReactionSeverities:
    """The words as patterns over folded texts.

    ``codes``: ``system|code`` to one of the three words; ``concepts``: those of a diagnosis that are severe. ``denied``
    finds what a denial in the middle of a text says was not there.
    """

    severe: re.Pattern[str]
    serious: re.Pattern[str]
    mild: re.Pattern[str]
    beside: re.Pattern[str]
    advice: re.Pattern[str]
    denied: re.Pattern[str]
    codes: Mapping[str, str]
    concepts: frozenset[str]
    words: AllergyWords

    def of_finding(self, concept: object) -> Severity:
        """The severity of a CodeableConcept: a code that is known says it, its words can only make it worse."""
        coded, told = words_for(concept, self.codes), self.of_texts(texts_of(concept))
        return worst((*coded, "" if coded and told in ("unknown", "mild") else told))  # type: ignore[arg-type]

    def of_texts(self, texts: Iterable[str], cut: Callable[[str], str] = str) -> Severity:
        """The worst that texts tell. ``cut`` takes out what names the cause."""
        parts = [cut(rest) for text in texts for is_denied, rest in self.words.parts(text) if not is_denied]
        return worst(self._of_part(self.denied.sub(" ", self.advice.sub(" ", _plain(part)))) for part in parts)

    def _of_part(self, part: str) -> Severity:
        if self.severe.search(part):
            return "severe"
        if self.serious.search(part):
            return "serious"
        left, found = self.mild.subn(" ", _NUMBERED.sub(" ", part))
        if _LETTER.search(self.beside.sub(" ", left)):
            return "unknown"
        return "mild" if found else ""


def threatening(mappings: MergedFiles) -> re.Pattern[str]:
    """A pattern over folded texts for what threatens life or may."""
    told = written(mappings.tables, _SECTION, _Written)
    return _words((*told.severe, *told.serious))


def worst(told: Iterable[Severity]) -> Severity:
    """The worst of several; what is not understood may be worse than what is mild."""
    said = set(told)
    return next((word for word in _WORST_FIRST if word in said), "")


def reaction_severities(
    mappings: MergedFiles, codes: Mapping[str, str], words: AllergyWords, denials: str
) -> ReactionSeverities:
    """Read and check the sections; KnowledgeError names the key. ``codes``: the section of codes.

    ``denials``: a pattern for words that deny.
    """
    told = written(mappings.tables, _SECTION, _Written)
    severe, serious, mild, beside, advice = map(
        _words, (told.severe, told.serious, told.mild, told.beside, told.advice)
    )
    any_of_them = "|".join(each.pattern for each in (severe, serious, mild))
    return ReactionSeverities(
        *(severe, serious, mild, beside, advice),
        re.compile(rf"{denials}\s+(?:\w+\s+){{0,2}}?(?:{any_of_them})"),
        codes,
        frozenset(told.concepts),
        words,
    )


def _plain(text: str) -> str:
    return _APOSTROPHE.sub(" ", folded(text))


def _words(texts: Texts) -> re.Pattern[str]:
    return in_any_script(map(_plain, texts))
