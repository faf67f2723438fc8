"""What the rules are about, and what raises caution or a question: words in the text of a Condition."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.spelled_out import spelled_out, words_of
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import BEGINS, ENDS, LONGEST_SEARCHED, SPACELESS, any_whole, folded
from service.fhir.values.answers import codings_of
from service.knowledge.near import one_of

_SECTION = "diagnosis_words"
_SHORT = "diagnosis_abbreviations"
# Words that hold those of a diagnosis and name another thing, such as heat stroke.
_NOTHING = "nothing"
# Words behind those of a diagnosis that say that it is feared or prevented.
_PREVENTED = "prevented"
_DENIED = ("absent", "family", "risk")
_BESIDE = "beside"
# Options of concepts that count wherever they are named.
_RAISES = ("precaution", "question_counts")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALS = re.compile(rf"{BEGINS}[A-Z]{{2,}}{ENDS}")
_SMALL = re.compile(rf"[a-z{SPACELESS}]")
Told = tuple[str, frozenset[str]]  # kind of a part of a text, the concepts that it names


@dataclass(frozen=True, slots=True)
class DiagnosisWords:
    """Reads the words. ``by_word``: words, folded, to the name of a concept.

    ``pattern`` finds them whole, the longest first, each with what says beside it that it is only feared or prevented.
    ``capitals``: words that count only where a text writes them in capitals. ``short``: abbreviations to concepts;
    they count where nothing but words of ``beside`` stands with them. ``risks``: concepts that raise a word of caution
    or a question. ``words_of``: the words of all names of a concept.
    """

    by_word: Mapping[str, str]
    pattern: re.Pattern[str]
    capitals: frozenset[str]
    short: Mapping[str, str]
    beside: frozenset[str]
    kinds: StatementKinds
    risks: frozenset[str]
    words_of: Mapping[str, frozenset[str]]

    def told_by(self, text: object) -> list[Told]:
        """The parts of a text that name concepts: what kind of statement each is, and what it names."""
        if not isinstance(text, str):
            return []
        parts = [(kind, folded(words)[:LONGEST_SEARCHED]) for kind, words in _denied_after(self.kinds.parts_of(text))]
        found = [[each["word"] for each in self.pattern.finditer(words) if _is_there(each)] for _, words in parts]
        spelled = {_initials(word) for words in found for word in words if self.by_word[word] == _NOTHING}
        others = self.spelled_in(text)
        capitals = _in_capitals(text) - spelled
        told = [
            (
                kind,
                self._named_by([word for word in each if word not in others], capitals)
                | self._in_short(words, spelled | others),
            )
            for (kind, words), each in zip(parts, found, strict=True)
        ]
        return [(kind, names) for kind, names in told if names]

    def spelled_in(self, text: str) -> frozenset[str]:
        """Words of a text that stand for another thing in it.

        "Pleural effusion (PE)" says what its abbreviation means, and "PE tubes" of which thing it is a part.
        """
        words = folded(text)[:LONGEST_SEARCHED]
        found = [each["word"] for each in self.pattern.finditer(words)]
        parts = {part for each in found if self.by_word[each] == _NOTHING for part in each.split()}
        return spelled_out(words, self._own_words, self._is_other) | (parts & self.by_word.keys() - set(found))

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

    def _own_words(self, short: str) -> frozenset[str]:
        return self.words_of.get(self.by_word.get(short) or self.short.get(short, ""), frozenset())

    def _is_other(self, words: str) -> bool:
        return any(self.by_word[each["word"]] == _NOTHING for each in self.pattern.finditer(words))

    def _named_by(self, found: Sequence[str], capitals: AbstractSet[str]) -> frozenset[str]:
        counted = (word for word in found if word not in self.capitals or word in capitals)
        return frozenset(self.by_word[word] for word in counted) - {_NOTHING}

    def _in_short(self, words: str, spelled: AbstractSet[str]) -> frozenset[str]:
        """What the abbreviations of a part name, where nothing else is left in it."""
        rest = self.pattern.sub(lambda found: found[0] if found[0] in self.short else " ", words)
        left = {word for word in _WORD.findall(rest) if word not in self.beside}
        is_all = bool(left) and left.isdisjoint(spelled) and left <= self.short.keys()
        return frozenset(self.short[word] for word in left) if is_all else frozenset()


def _texts_of(codeable_concept: object) -> list[object]:
    if not isinstance(codeable_concept, Mapping):
        return []
    return [codeable_concept.get("text"), *(coding.get("display") for coding in codings_of(codeable_concept))]


def _denied_after(parts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parts, one denied by the next where that only denies: "PE (ruled out)", "DVT: no"."""
    return [
        ("absent" if kind != "family" and after == ("absent", "") else kind, rest)
        for (kind, rest), after in zip(parts, [*parts[1:], None], strict=False)
    ]


def _in_capitals(text: str) -> frozenset[str]:
    """The words that a text writes in capitals among small letters."""
    return frozenset(map(str.casefold, _CAPITALS.findall(text))) if _SMALL.search(text) else frozenset()


def _is_there(found: re.Match[str]) -> bool:
    return found["feared"] is None and found["prevented"] is None


def _initials(words: str) -> str:
    return "".join(word[0] for word in words.split())


def diagnosis_words(
    tables: Mapping[str, object], concepts: Mapping[str, Mapping[str, object]], kinds: StatementKinds
) -> DiagnosisWords:
    """Read and check the section; KnowledgeError names the key. ``concepts``: the options of each, by name."""
    listed = _by_word(tables, _SECTION, (*concepts, _NOTHING, _PREVENTED))
    by_word = {word: name for word, name in listed.items() if name != _PREVENTED}
    short = _by_word(tables, _SHORT, (*concepts, _BESIDE))
    asked = [name for name, options in concepts.items() if {True} & {options.get(each) for each in _RAISES}]
    feared = any_whole(map(folded, kinds.at_risk))
    prevented = any_whole(word for word, name in listed.items() if name == _PREVENTED)
    return DiagnosisWords(
        {word.casefold(): name for word, name in by_word.items()},
        re.compile(
            rf"(?:(?P<feared>{feared})\s+)?(?P<word>{any_whole(map(str.casefold, by_word))})"
            rf"(?:\s*(?P<prevented>{prevented}))?"
        ),
        frozenset(word.casefold() for word in by_word if _is_in_capitals(word)),
        {word: name for word, name in short.items() if name != _BESIDE},
        frozenset(word for word, name in short.items() if name == _BESIDE),
        kinds,
        frozenset(asked),
        words_of(by_word),
    )


def _is_in_capitals(word: str) -> bool:
    return word.isascii() and word.isupper()


def _by_word(tables: Mapping[str, object], section: str, names: Sequence[str]) -> dict[str, str]:
    by_word: dict[str, str] = {}
    for name, texts in written(tables, section, dict[str, Texts]).items():
        one_of(name, names, f"{section}: concept")
        for word in (" ".join(text.split()) for text in texts):
            if by_word.setdefault(word if _is_in_capitals(word) else folded(word), name) != name:
                raise KnowledgeError(f"{section}.{name}: {word!r} already names {by_word[word]}")
    return by_word
