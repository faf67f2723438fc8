"""By which way a drug is given: the section ``drug_routes``, and what a route element or a text names by it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.errors import KnowledgeError
from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import texts_of
from service.fhir.mappings.word_tables import Codes, MergedFiles, checked_codes
from service.fhir.values.answers import codings_of, objects_in, plain, text_of
from service.knowledge.near import one_of

LOCAL, VAGINAL, TRANSDERMAL = "local", "vaginal", "transdermal"
NAMES = (LOCAL, VAGINAL, TRANSDERMAL, "subcutaneous", "intravenous", "intramuscular", "oral", "systemic")
_PLACE = ""
_WORDS = ("forms", "words", "acts", "places", "given_by", "beside_places")
_PARTS = re.compile(r"[;,()\n]+|\.\s+|\s-\s")


@dataclass(frozen=True, slots=True)
class _RouteYaml:
    codes: Codes = field(default_factory=dict)
    forms: Texts = ()
    words: Texts = ()
    acts: Texts = ()
    places: Texts = ()
    given_by: Texts = ()
    beside_places: Texts = ()


class _Words:
    """Words to what they stand for; of those that overlap in a text the longest counts."""

    __slots__ = ("_by_word", "_pattern")

    def __init__(self, by_word: Mapping[str, str]) -> None:
        self._by_word = by_word
        longest_first = sorted(by_word, key=len, reverse=True)
        any_word = "|".join(map(re.escape, longest_first)) or "(?!)"
        self._pattern = re.compile(rf"(?<!\w)(?:{any_word})(?!\w)")

    def among(self, texts: Iterable[str]) -> set[str]:
        """What the words of any of the texts stand for."""
        return {self._by_word[word] for text in texts for word in self._pattern.findall(text)}

    def found(self, text: str) -> Iterator[tuple[str, str, str]]:
        """What each word stands for, and the text before it and behind it."""
        for match in self._pattern.finditer(text):
            yield self._by_word[match[0]], text[: match.start()], text[match.end() :]


@dataclass(frozen=True, slots=True)
class _Places:
    """Parts of the body as an instruction names them: after ``given_by``, or after nothing but ``beside``."""

    words: _Words
    given_by: Mapping[str, frozenset[str]]
    beside: Mapping[str, frozenset[str]]

    def named_in(self, part: str) -> set[str]:
        """The ways by which this part of an instruction puts a drug into a part of the body."""
        return {way for way, before, behind in self.words.found(part) if self._is_given(way, before, behind)}

    def _is_given(self, way: str, before: str, behind: str) -> bool:
        # "Left eye pain" and "joint pain" are complaints.
        after = next(map(_bare, behind.split(maxsplit=1)), "")
        if not self._is_beside(after, way) and after not in self.given_by[way]:
            return False
        words = [_bare(word) for word in before.replace("'", "' ").split()]
        for word in reversed(words):
            if word in self.given_by[way]:
                return True
            if not self._is_beside(word, way):
                return False
        return bool(words)

    def _is_beside(self, word: str, way: str) -> bool:
        return not word or word in self.beside[way] or word[0].isdecimal()


@dataclass(frozen=True, slots=True)
class Routes:
    """``codes``: ``system|code`` -> way; ``stated_words``: words of a route, name or form."""

    codes: Mapping[str, str]
    stated_words: _Words
    instructed_words: _Words
    places: _Places
    agents: AgentTable

    def named_in(self, codes: Iterable[str], texts: Sequence[str]) -> list[str]:
        """The ways that any of these codes, names, forms or routes names, in the order of the mapping files."""
        named = {self.codes[code] for code in codes if code in self.codes} | self.stated_words.among(texts)
        return in_order(named)

    def instructed(self, texts: Sequence[str]) -> list[str]:
        """The ways that the words of instructions name, in the order of the mapping files."""
        parts = [part for text in texts for part in _PARTS.split(text) if part.strip()]
        return in_order(self.instructed_words.among(texts).union(*map(self.places.named_in, parts)))

    def stated(self, route: object) -> set[str]:
        """The ways that the code or the words of one route element name."""
        return set(self.named_in(self.agents.codes_of(route), texts_of(route)))

    def is_by(self, way: str, route: object) -> bool:
        """Whether a route element states this way, in its code or in all of its texts; so does one without either."""
        texts = texts_of(route)
        if not texts and not codings_of(route):
            return not route
        by_text = bool(texts) and all(way in self.stated_words.among([text]) for text in texts)
        return way in {self.codes.get(code) for code in self.agents.codes_of(route)} or by_text

    def said_in(self, dosages: Sequence[Mapping[str, object]]) -> set[str] | None:
        """The ways that dosages name; empty when none is understood, ``None`` when none is stated."""
        stated = [dosage["route"] for dosage in dosages if dosage.get("route")]
        return set().union(*map(self.stated, stated)) if stated else None

    def only_way(self, dosages: Sequence[Mapping[str, object]]) -> str:
        """The one way that all routes of dosages name, or their words where no route is stated; empty without it."""
        said = self.said_in(dosages)
        if said is None:
            said = set(self.instructed([text for dosage in dosages for text in words_of(dosage)]))
        return said.pop() if len(said) == 1 else ""


def dosages_of(resource: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The instructions of an order, or what was given: one object in an administration, a list in a statement."""
    found = (resource.get("dosageInstruction"), resource.get("dosage"))
    return [each for given in found for each in objects_in([given] if isinstance(given, Mapping) else given)]


def words_of(dosage: Mapping[str, object]) -> list[str]:
    """What a dosage says in words."""
    said = [text_of(dosage), plain(dosage.get("patientInstruction")), *texts_of(dosage.get("method"))]
    said += [text for each in objects_in(dosage.get("additionalInstruction")) for text in texts_of(each)]
    return [text for text in said if text]


def _bare(word: str) -> str:
    return word.strip(".:/\u2019")


def in_order(ways: Collection[str]) -> list[str]:
    """Ways in the order of the mapping files."""
    return [name for name in NAMES if name in ways]


def drug_routes(mappings: MergedFiles, agents: AgentTable) -> Routes:
    """Read and check ``drug_routes``; KnowledgeError names section, key and choices."""
    codes: dict[str, str] = {}
    listed: dict[str, dict[str, list[str]]] = {}
    for way, entry in written(mappings.tables, "drug_routes", dict[str, _RouteYaml]).items():
        one_of(way, NAMES, f"drug_routes.{way}")
        codes |= dict.fromkeys(checked_codes(entry.codes), way)
        listed[way] = {key: [text.casefold() for text in getattr(entry, key)] for key in _WORDS}
    forms, words, acts, places = (_by_word(listed, key) for key in ("forms", "words", "acts", "places"))
    beside = {key: {way: frozenset(each[key]) for way, each in listed.items()} for key in ("given_by", "beside_places")}
    return Routes(
        codes,
        _Words(places | forms | words),
        # A place is told apart: "im Auge" is no intramuscular use.
        _Words(dict.fromkeys(places, _PLACE) | acts | words),
        _Places(_Words(places), beside["given_by"], beside["beside_places"]),
        agents,
    )


def _by_word(listed: Mapping[str, Mapping[str, Sequence[str]]], key: str) -> dict[str, str]:
    """Each word to its way; KnowledgeError where it stands for two."""
    by_word: dict[str, str] = {}
    for way, entry in listed.items():
        for word in entry[key]:
            if by_word.setdefault(word, way) != way:
                raise KnowledgeError(f"drug_routes.{way}.{key}: {word!r} already says {by_word[word]}")
    return by_word
