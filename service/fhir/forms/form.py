"""A form as questions with their answers, made once of its mapping file; what each answer says is known beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from service.errors import KnowledgeError
from service.fhir.forms.written import ABSENT, PRESENT, WrittenForm, WrittenItem, WrittenSites, written_form
from service.fhir.mappings.word_tables import word_table

if TYPE_CHECKING:
    from service.fhir.mappings.concepts import Mappings

REST = "rest"
NOT_EXAMINED = "not-examined"
SIDES = ("right", "left")
_OURS = "https://mmn-cds.example.org/fhir"
_ANSWERS = f"{_OURS}/CodeSystem/examination-answer"
_SNOMED = "http://snomed.info/sct"
_CODINGS = {
    PRESENT: {"system": _SNOMED, "code": "52101004", "display": "Present"},
    ABSENT: {"system": _SNOMED, "code": "2667000", "display": "Absent"},
    NOT_EXAMINED: {
        "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "code": "not-performed",
        "display": "Not examined",
    },
    "right": {"system": _SNOMED, "code": "24028007", "display": "Right"},
    "left": {"system": _SNOMED, "code": "7771000", "display": "Left"},
}
_TYPES = {"statement": "choice", "word": "choice", "date": "date", "number": "integer", "score": "quantity"}
Coding = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a choice. ``says``: concept -> present or absent; empty: it decides nothing."""

    coding: Coding
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``kind``: its FHIR item type. ``concept``: of an answer that is a value of its own.

    ``answers``: of a choice, by name. ``normal``: the answer that a statement on all the rest gives it.
    ``opens``: the link of a group that cannot be normal throughout where this question is answered with yes or with a
    number above zero. ``site``, ``side``: words for what it is a value of.
    """

    link: str
    text: str
    kind: str
    concept: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    normal: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    site: str = ""
    side: str = ""
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that stand together. ``rest``: the link of a statement on all that it leaves unanswered, or empty."""

    link: str
    text: str
    items: Sequence[Item]
    rest: str = ""
    rest_text: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """``url``: its canonical address. ``codes``: concept -> the coding of its Observation.

    ``yes_and_no``: how else people say present and absent, as ``yes_or_no`` reads it.
    """

    name: str
    url: str
    title: str
    rest_text: str
    groups: Sequence[Group]
    codes: Mapping[str, Coding]
    yes_and_no: Mapping[str, str]

    @property
    def items(self) -> Iterator[Item]:
        """All questions, in the order in which they are asked."""
        return (item for group in self.groups for item in group.items)


def side_coding(side: str) -> Coding:
    """The SNOMED CT code of a side."""
    return _CODINGS[side]


@lru_cache(maxsize=8)
def form_of(mappings: "Mappings", section: str = "examination", name: str = "mmn-examination") -> Form:
    """The form that stands in that section of the mapping files; KnowledgeError names the key that is wrong."""
    written = written_form(mappings, section)
    groups = tuple(_group(link, written, mappings) for link in written.groups)
    spoken_of = {concept for group in groups for item in group.items for concept in _concepts(item)}
    codes = {concept: _code(concept, mappings) for concept in spoken_of}
    return Form(
        name,
        f"{_OURS}/Questionnaire/{name}",
        written.title,
        written.rest,
        groups,
        codes,
        word_table(mappings, "answers", (PRESENT, ABSENT)),
    )


def _concepts(item: Item) -> Iterator[str]:
    if item.concept:
        yield item.concept
    for answer in item.answers.values():
        yield from answer.says


def _code(concept: str, mappings: "Mappings") -> Coding:
    for name, listed in mappings.listed:
        if name == concept:
            return {"system": listed.system, "code": listed.code, "display": listed.display}
    raise KnowledgeError(f"examination: the concept {concept} has no code that an Observation could have")


def _group(link: str, form: WrittenForm, mappings: "Mappings") -> Group:
    group = form.groups[link]
    asked = [_item(f"{link}.{name}", item, mappings) for name, item in group.items.items()]
    sited = list(_sited(link, group.sites)) if group.sites else []
    rest, rest_text = group.says_rest or ("", "")
    return Group(link, group.text, (*asked, *sited), f"{link}.{rest}" if rest else "", rest_text)


def _item(link: str, item: WrittenItem, mappings: "Mappings") -> Item:
    if item.answers:
        answers = {name: Answer(_own_coding(name, answer.label), answer.says) for name, answer in item.answers.items()}
        return Item(link, item.text, "choice", answers=_with_none(answers), normal=item.normal, opens=item.opens)
    reader = mappings.concepts[item.concept].reader
    kind = _TYPES.get(reader)
    if kind is None:
        raise KnowledgeError(f"examination: {link}: no answer can be written for the reader {reader}")
    if kind != "choice":
        return Item(link, item.text, kind, item.concept, units=item.units, side=item.side, opens=item.opens)
    if reader == "statement":
        stated = {word: Answer(_CODINGS[word], {item.concept: word}) for word in (ABSENT, PRESENT)}
        return Item(link, item.text, kind, answers=_with_none(stated), normal=item.normal, opens=item.opens)
    system = _code(item.concept, mappings)["system"]
    words = {word: Answer({"system": system, "code": word, "display": label}) for word, label in item.words.items()}
    return Item(link, item.text, kind, item.concept, _with_none(words))


def _sited(group: str, sites: WrittenSites) -> Iterator[Item]:
    answers = _with_none({grade: Answer(_own_coding(grade, grade)) for grade in sites.grades})
    for site, label in sites.of.items():
        for side in SIDES:
            link = f"{group}.{site}.{side}"
            words = site.replace("_", " ")
            yield Item(link, f"{label}, {side}", "choice", sites.concept, answers, sites.normal, site=words, side=side)


def _own_coding(code: str, label: str) -> Coding:
    return {"system": _ANSWERS, "code": code, "display": label}


def _with_none(answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    return {**answers, NOT_EXAMINED: Answer(_CODINGS[NOT_EXAMINED])}
