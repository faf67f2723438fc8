"""What an order is for: a disease that the mapping files name, something else, or nothing; by code, text and sig."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.domain.budget import between_steps
from service.domain.facts import Fact
from service.fhir.intake.records import Diagnosis
from service.fhir.intake.statuses import ACTIVE, OPEN, OVER
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import LONGEST_SEARCHED, any_part, folded, texts_of
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.reason_words import Found, ReasonText, ReasonWords, reason_words
from service.fhir.values.answers import keys_of, objects_in, plain

_SECTION = "order_reasons"
# An order with more reasons, or codings in one, is listed as over the limit; these are looked at all the same.
_MOST = 100
_NOT_READABLE = "a reason is stated that cannot be read here, so it does not count as another indication"
# After the words of the mapping files: the first that is said decides.
_RANK = ("neuropathy", "other", "suspected_other", "not_readable", "none_coded")
_NOTHING: frozenset[str] = frozenset()
# Parts of a text that name no reason: of a relative, or denied.
_NOT_IT = ("family", "absent")
# Another disease: what is over explains nothing, and in instructions it counts only as their purpose.
_OTHERS = ("other", "suspected_other")


@dataclass(frozen=True, slots=True)
class _Written:
    words: dict[str, str] = field(default_factory=dict)
    systems: Texts = ()
    no_reasons: Texts = ()
    symptoms: Texts = ()
    purpose: Texts = ()
    beside: Texts = ()
    over: Texts = ()
    texts: dict[str, ReasonText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """What an order names as its reason. ``points_to``: facts of the disease that it names; ``why``: its name.

    ``mentions``: facts of all diseases of which its texts speak, be it as its reason or not; ``beside``: of those that
    are named as a reason beside the one that counts.
    """

    word: str
    points_to: frozenset[str] = _NOTHING
    why: str = ""
    mentions: frozenset[str] = _NOTHING
    beside: frozenset[str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reads the reasons of orders. ``words``: concept -> word; ``texts``: words of texts; ``rank``: all words in order.

    ``purpose``: words that say what an order is for; ``over``: that a disease is no more. ``systems``: code systems
    that everybody reads. ``no_reasons`` and ``symptoms``: what codes begin with that name no disease, or what belongs
    to the disease itself.
    """

    mappings: Mappings
    kinds: StatementKinds
    words: Mapping[str, str]
    rank: Sequence[str]
    texts: Sequence[ReasonWords]
    purpose: re.Pattern[str]
    over: re.Pattern[str]
    systems: frozenset[str]
    no_reasons: tuple[str, ...]
    symptoms: tuple[str, ...]

    def facts(
        self, order: Mapping[str, object], conditions: Mapping[str, Diagnosis], evidence: tuple[str, ...]
    ) -> dict[str, Fact]:
        """``indication``: a word of the mapping files, other, not_readable where no reason can be read, or none_coded.

        ``conditions``: the diagnoses of the record, by the reference of each Condition.
        """
        return indication_of(self.named(order, conditions), evidence)

    def named(self, order: Mapping[str, object], conditions: Mapping[str, Diagnosis]) -> Named:
        """The reason that counts most of all that the order names."""
        said = list(self._all(order, conditions))
        first = min(said, key=lambda each: self.rank.index(each.word), default=Named("none_coded"))
        alike = [each for each in said if each.word == first.word]
        points_to = _NOTHING.union(*(each.points_to for each in alike))
        beside = _NOTHING.union(*(each.beside for each in said), _others_of(said))
        return Named(first.word, points_to, first.why, _NOTHING.union(points_to, self._mentioned(order)), beside)

    def listed(self, conditions: Mapping[str, Diagnosis]) -> Iterator[tuple[str, Named]]:
        """The other diseases that active diagnoses name in words only, each with the reference of its Condition."""
        for reference, diagnosis in conditions.items():
            coded = (each for each in self.mappings.concepts_of(diagnosis.code, "Condition") if not each.in_words)
            if diagnosis.standing == ACTIVE and not any(coded):
                said = (each for text in _texts(diagnosis.code) for each in self._in_text(text))
                yield from ((reference, each) for each in said if each.word == "other")

    def _mentioned(self, order: Mapping[str, object]) -> Iterator[str]:
        said = [*_sig(order), *(text for reason in _listed(order.get("reasonCode")) for text in _texts(reason))]
        parts = [folded(part) for text in said for kind, part in self.kinds.parts_of(text) if kind not in _NOT_IT]
        for each in self.texts:
            if each.points_to and any(map(each.found_in, parts)):
                yield from each.points_to

    def _all(self, order: Mapping[str, object], conditions: Mapping[str, Diagnosis]) -> Iterator[Named]:
        for reason in _listed(order.get("reasonCode")):
            yield self._of(reason)
        for pointer in _listed(order.get("reasonReference")):
            yield self._referred(pointer, conditions)
        for text in _sig(order):
            yield from self._in_text(text, is_sig=True)

    def _referred(self, pointer: Mapping[str, object], conditions: Mapping[str, Diagnosis]) -> Named:
        reference = pointer.get("reference")
        if not isinstance(reference, str):
            return self._of(pointer.get("display"))
        parts = "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])
        return self._of_diagnosis(conditions[parts]) if parts in conditions else Named("not_readable")

    def _of_diagnosis(self, diagnosis: Diagnosis) -> Named:
        """What a diagnosis names to which an order points: another disease that is over explains nothing."""
        named = self._of(diagnosis.code)
        if named.word != "other" or diagnosis.standing not in (OVER, OPEN):
            return named
        return Named("none_coded") if diagnosis.standing == OVER else replace(named, word="suspected_other")

    def _of(self, reason: object) -> Named:
        concepts = self.mappings.concepts_of(reason, "Condition")
        by_code = [self._of_concept(concept) for concept in concepts] or self._unmapped(reason)
        by_text = [each for text in _texts(reason) for each in self._in_text(text)]
        found = sorted((*by_code, *by_text), key=lambda each: self.rank.index(each.word))
        if not found:
            return Named("not_readable" if _texts(reason) or keys_of(reason) else "none_coded")
        points_to = _NOTHING.union(*(each.points_to for each in found if each.word == found[0].word))
        why = next((text for text in _texts(reason)), found[0].why)
        return Named(found[0].word, points_to, why, beside=_others_of(found))

    def _of_concept(self, concept: Concept) -> Named:
        diagnosis = text_in(concept.options, "diagnosis")
        if concept.name in self.words:
            return Named(self.words[concept.name], _NOTHING, diagnosis or concept.name.replace("_", " "))
        # Weakness, wasting and the like belong to the disease itself and are no other one.
        if not diagnosis and concept.options.get("precaution") is not True:
            return Named("neuropathy", _NOTHING, concept.name.replace("_", " "))
        return Named("other", _facts_of(concept), diagnosis or concept.name.replace("_", " "))

    def _unmapped(self, reason: object) -> list[Named]:
        """A disease in a code system that everybody reads is another indication; a symptom or a local code is not."""
        read = [key.rpartition("|") for key in keys_of(reason)]
        coded = [code for system, _, code in read if system in self.systems and code]
        if not coded:
            return []
        if all(code.startswith((*self.no_reasons, *self.symptoms)) for code in coded):
            return [Named("neuropathy" if any(code.startswith(self.symptoms) for code in coded) else "none_coded")]
        return [Named("other", _NOTHING, ", ".join(coded))]

    def _in_text(self, text: str, *, is_sig: bool = False) -> Iterator[Named]:
        """What the parts of a text name; a part that is denied or of a relative names nothing.

        ``is_sig``: it speaks of more than the reason, so that another disease counts only as a purpose, and where it
        stands alone as a question.
        """
        between_steps()
        others = self.mappings.diagnosis_words.spelled_in(text)
        for kind, part in self.kinds.parts_of(text):
            said = "" if kind in _NOT_IT else folded(part)
            of_kind = "history" if self.over.search(said) else kind
            for each in self.texts:
                found = each.found_in(said, is_sig=is_sig)
                # An abbreviation may stand for something else that the text spells out.
                if found and found.word not in others and (word := self._means(each, of_kind, found, is_sig=is_sig)):
                    yield Named(word, each.points_to, part)

    def _means(self, words: ReasonWords, kind: str, found: Found, *, is_sig: bool) -> str:
        """What words mean where they stand; nothing where they speak of what is over, or not of the reason."""
        if words.word not in _OTHERS:
            # A "history of" what the rules are about is said of what goes on.
            return words.word
        is_purpose = not is_sig or bool(self.purpose.search(found.before))
        if (kind == "history" and not words.lasts) or not (is_purpose or found.is_all):
            return ""
        is_open = kind in ("suspected", "risk") or not is_purpose
        return "suspected_other" if is_open else words.word


def indication_of(named: Named, evidence: tuple[str, ...]) -> dict[str, Fact]:
    """The fact ``indication`` of an order that names this reason."""
    said = {"not_readable": _NOT_READABLE, "none_coded": "no reason is named in the order"}
    return {"indication": Fact(named.word, evidence, said.get(named.word, named.why))}


def order_reasons(mappings: Mappings) -> Reasons:
    """Read and check ``order_reasons``; KnowledgeError names section, key and choices."""
    section = written(mappings.tables, _SECTION, _Written)
    rank = tuple(dict.fromkeys((*section.words.values(), *_RANK)))
    of_diagnoses = written(mappings.tables, "diagnosis_words", dict[str, Texts])
    return Reasons(
        mappings,
        mappings.kinds,
        section.words,
        rank,
        [
            reason_words(f"{_SECTION}.texts.{name}", entry, rank, of_diagnoses, section.beside)
            for name, entry in section.texts.items()
        ],
        _any_of(section.purpose),
        _any_of(section.over),
        frozenset(section.systems),
        section.no_reasons,
        section.symptoms,
    )


def _any_of(words: Texts) -> re.Pattern[str]:
    return any_part(map(folded, words))


def _others_of(said: Iterable[Named]) -> frozenset[str]:
    return _NOTHING.union(*(each.points_to for each in said if each.word in _OTHERS))


def _facts_of(concept: Concept) -> frozenset[str]:
    also = texts_in(concept.options, "also_points_to")
    return frozenset((text_in(concept.options, "fact") or concept.name, *also))


def _texts(reason: object) -> list[str]:
    return [plain(reason)[:LONGEST_SEARCHED]] if isinstance(reason, str) else texts_of(reason)[:_MOST]


def _sig(order: Mapping[str, object]) -> list[str]:
    """The words of the instructions and notes, and what a dose as needed is needed for."""
    said: list[str] = []
    for instruction in instructions_of(order):
        said += [*texts_of(instruction), *texts_of({"text": instruction.get("patientInstruction")})]
        said += texts_of(instruction.get("asNeededCodeableConcept"))
    said += [text for note in objects_in(order.get("note")) for text in texts_of(note)]
    said += texts_of({"text": order.get("patientInstruction")})
    named = (*texts_of(order.get("medicationCodeableConcept")), *texts_of(order.get("code")))
    return [*said, *named[:_MOST]]


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)[:_MOST]
