"""What kind of statement a diagnosis is, by codes beside the disease, by a certainty letter, or by its words."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import SPACELESS

# The first that is found decides.
KINDS = ("family", "absent", "suspected", "risk", "history")
_SECTION = "statement_kinds"
_SNOMED = "http://snomed.info/sct"
_Key = Literal["icd", "sct", "certainty", "before", "after", "between", "not_between"]
_Kind = dict[_Key, Texts]
_SPACELESS_END = re.compile(rf"[{SPACELESS}]$")
_LONGEST_TEXT, _MOST_PARTS = 2000, 60
_PARTS = re.compile(
    r"([,;:()\[\]\u3001\u3002\u300c\u300d\u3010\u3011\u30fb]+|/(?![op]\b)|(?<=\w{3})\.\s+|\s[-\u2013]\s"
    r"|\b(?:but|except(?: for)?|other than|apart from|aber|außer|sauf|salvo|mais|pero|ma|maar)\b"
    r"|\band\s+(?=(?:had|has|have|severe|known|anaphyl\w*|reactions?|allerg\w*)\b))"
)
# What ends the list that such words begin: "Rule out: DVT, PE. Hypertension".
_ENDS_LIST = re.compile(r"[;.()\[\]]|[a-z]")
_WHO = r"(?:(?:the )?(?:patient|pt|he|she)\.? |(?:his|her|patient's|pt's) )?"
# Kinds of words before that words behind them may still deny: "Z. n. DVT ausgeschlossen".
_DENIABLE = ("history", "suspected")
# What may follow words that end a part: "ruled out by CT on 3 May".
_REST = r"(?:\s+(?:by|in|on|at|with|per|durch|am|im)\b.*|\s*\d.*)?"


@dataclass(frozen=True, slots=True)
class _Written:
    icd_systems: Texts = ()
    certainty_extension: str = ""
    family: _Kind = field(default_factory=dict)
    absent: _Kind = field(default_factory=dict)
    suspected: _Kind = field(default_factory=dict)
    risk: _Kind = field(default_factory=dict)
    history: _Kind = field(default_factory=dict)

    def by(self, *keys: _Key) -> dict[str, str]:
        """What stands under these keys of each kind, to the kind."""
        kinds = ((kind, getattr(self, kind)) for kind in KINDS)
        return {text: kind for kind, entry in kinds for key in keys for text in entry.get(key, ())}


@dataclass(frozen=True, slots=True)
class StatementKinds:
    """Reads the kind; ``families``, ``absent`` and so on as in the section ``statement_kinds``."""

    icd_systems: frozenset[str]
    extension: str
    icd: Mapping[str, str]
    sct: Mapping[str, str]
    letters: Mapping[str, str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    between: re.Pattern[str]
    not_between: re.Pattern[str]
    by_words: Mapping[str, str]
    at_risk: Texts

    def by_codes(self, codings: Iterable[tuple[str, str]]) -> str:
        """The kind that codes give; empty without one. ``codings``: pairs of system and code."""
        found = {self._of_code(system, code) for system, code in codings}
        return next((kind for kind in KINDS if kind in found), "")

    def by_letter(self, element: Mapping[str, object]) -> str | None:
        """The kind that a certainty letter of a coding gives, ``""`` for a confirmed one, ``None`` without one."""
        letter = _letter(element.get("extension"), self.extension)
        return None if letter is None else self.letters.get(letter.strip().upper(), "")

    def parts_of(self, text: str) -> list[tuple[str, str]]:
        """The parts of a text as (kind, what is left without the words that give it); the kind may be empty.

        Words that stand alone before a colon give the kind of the list behind it, and those that ask that of the part
        before them: "MMN, probable".
        """
        plain = " ".join(unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).casefold().split())
        split = _PARTS.split(plain)[: 2 * _MOST_PARTS]
        told: list[tuple[str, str]] = []
        of_list = ""
        for part, mark in zip(split[::2], [*split[1::2], ""], strict=False):
            kind, rest = self._part(part.strip()) if part.strip(" .") else ("", "")
            if kind and not rest and ":" in mark:
                of_list = kind
            elif kind == "suspected" and not rest and told and not told[-1][0]:
                told[-1] = kind, told[-1][1]
            elif part.strip(" ."):
                told.append((kind or of_list, rest))
            of_list = "" if _ENDS_LIST.search(mark) else of_list
        return told

    def _of_code(self, system: str, code: str) -> str:
        if system == _SNOMED:
            return self.sct.get(code, "")
        return self.icd.get(code[:3], "") if system in self.icd_systems else ""

    def _part(self, part: str) -> tuple[str, str]:
        if begins := self.before.match(part):
            kind, rest = self.by_words[begins[1]], part[begins.end() :].strip(" .:")
            # "No DVT suspected" denies; "history of DVT, ruled out" is another part.
            ends = self.after.search(rest) if kind in _DENIABLE else None
            is_denied = ends is not None and self.by_words[ends[1]] == "absent"
            return ("absent", rest[: ends.start()].strip(" .:")) if ends and is_denied else (kind, rest)
        if ends := self.after.search(part):
            return self.by_words[ends[1]], part[: ends.start()].strip(" .:")
        return self.by_words[found[1]] if (found := self.between.search(self.not_between.sub("", part))) else "", part


def statement_kinds(tables: Mapping[str, object]) -> StatementKinds:
    """Read and check the section; KnowledgeError names the key."""
    section = written(tables, _SECTION, _Written)
    keys: tuple[_Key, ...] = ("before", "after", "between", "not_between")
    before, after, between, not_between = (_any_of(section.by(key)) for key in keys)
    return StatementKinds(
        frozenset(section.icd_systems),
        section.certainty_extension,
        section.by("icd"),
        section.by("sct"),
        section.by("certainty"),
        re.compile(rf"{_WHO}({before})\.?\s*"),
        re.compile(rf"(?:^|(?<=\W)|(?=[?{SPACELESS}]))({after}){_REST}[\s.!]*$"),
        re.compile(rf"(?<!\w)({between})"),
        re.compile(not_between),
        section.by("before", "after", "between"),
        section.risk.get("before", ()),
    )


def _any_of(texts: Iterable[str]) -> str:
    longest_first = sorted(texts, key=len, reverse=True)
    return "|".join(re.escape(text) + (r"(?!\w)" if _has_end(text) else "") for text in longest_first) or "(?!)"


def _has_end(text: str) -> bool:
    """Whether what follows a word must not be a letter: a script without spaces asks that of one character only."""
    return text[-1:].isalnum() and (len(text) == 1 or not _SPACELESS_END.search(text))


def _letter(extensions: object, url: str) -> str | None:
    for extension in extensions if isinstance(extensions, list) else []:
        if isinstance(extension, Mapping) and url and str(extension.get("url", "")).endswith(url):
            coding, code = extension.get("valueCoding"), extension.get("valueCode")
            letter = coding.get("code") if isinstance(coding, Mapping) else code
            return letter if isinstance(letter, str) else None
    return None
