"""Whether the words of an allergy deny it: a denial binds its own part, or what was named before it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import whole

_SECTION = "allergy_words"
_DENIED, _FEARED = ("absent", "family"), "risk"  # kinds of statements
# Denied for sure, open, or not denied.
Denial = Literal["denied", "open", ""]
# What a part of a text does ("denied", "risk" where it is only feared, or nothing), and what is left of it.
Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AllergyWords:
    """``tolerated``: words that deny an allergy, ``not_tolerated`` those that turn them round.

    ``bare``: what is left of a denial that speaks of the substance before it, as in "latex: not an allergy".
    """

    kinds: StatementKinds
    tolerated: re.Pattern[str]
    not_tolerated: re.Pattern[str]
    bare: frozenset[str]

    def denial(self, texts: Sequence[str], is_named: Callable[[str], bool]) -> Denial:
        """What texts make of an allergy. ``is_named``: whether a part of a text names its substance."""
        parts = [part for text in texts for part in self.parts(text)]
        own = [at for at, (_, rest) in enumerate(parts) if is_named(rest)]
        if all(parts[at][0] for at in own or range(len(parts))):
            is_feared = any(parts[at][0] == _FEARED for at in own)
            return "open" if is_feared else "denied" if parts else ""
        after = parts[own[-1] + 1 :] if own else parts
        if not any(is_denied and rest in self.bare for is_denied, rest in after):
            return ""
        is_all = all(is_denied for is_denied, _ in after) and not any(parts[at][0] for at in own)
        return "denied" if own and is_all and self._is_alone(parts, own) else "open"

    def parts(self, text: str) -> list[Part]:
        """The parts of a text, each with whether it denies."""
        return [self._denied(kind, rest) for kind, rest in self.kinds.parts_of(text)]

    def denies(self, texts: Sequence[str], is_named: Callable[[str], bool]) -> bool:
        """Whether a part of the texts names the substance and denies a reaction to it."""
        parts = (part for text in texts for part in self.parts(text))
        return any(told == "denied" and is_named(rest) for told, rest in parts)

    def _denied(self, kind: str, rest: str) -> Part:
        found = None if self.not_tolerated.search(rest) else self.tolerated.search(rest)
        if found:
            # "Not tolerated" is a denial of what would deny it.
            return "" if kind in _DENIED else "denied", f"{rest[: found.start()]} {rest[found.end() :]}".strip(" .!")
        return _FEARED if kind == _FEARED else "denied" if kind in _DENIED else "", rest

    @staticmethod
    def _is_alone(parts: Sequence[Part], own: Sequence[int]) -> bool:
        """Whether the substance is named in one part, first of all, so that nothing else can be meant."""
        return list(own) == [0] and len(parts) > 1


def allergy_words(tables: Mapping[str, object], kinds: StatementKinds) -> AllergyWords:
    """Read and check the section; KnowledgeError names the key."""
    words = written(tables, _SECTION, dict[Literal["tolerated", "not_tolerated", "bare"], Texts])
    tolerated, turned, bare = (words.get(key, ()) for key in ("tolerated", "not_tolerated", "bare"))
    return AllergyWords(kinds, whole(*tolerated), whole(*turned), frozenset(("", *bare)))
