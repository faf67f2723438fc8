"""What an order is for: a disease that the mapping files name, something else, or nothing; by code, text and sig."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.facts import Fact
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import LONGEST_SEARCHED, folded, texts_of, whole
from service.fhir.mappings.word_tables import text_in, texts_in
from service.fhir.orders.dosage import instructions_of
from service.fhir.values.answers import keys_of, objects_in, plain
from service.knowledge.near import one_of

_SECTION = "order_reasons"
_NOT_READABLE = "a reason is stated that cannot be read here, so it does not count as another indication"
# After the words of the mapping files: the first that is said decides.
_RANK = ("neuropathy", "other", "suspected_other", "not_readable", "none_coded")
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _TextYaml:
    means: str
    words: Texts = ()
    words_of: str = ""
    points_to: Texts = ()


@dataclass(frozen=True, slots=True)
class _Written:
    words: dict[str, str] = field(default_factory=dict)
    systems: Texts = ()
    no_reasons: Texts = ()
    symptoms: Texts = ()
    purpose: Texts = ()
    texts: dict[str, _TextYaml] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """What an order names as its reason. ``points_to``: facts of the disease that it names; ``why``: its name.

    ``mentions``: facts of all diseases of which its texts speak, be it as its reason or not.
    """

    word: str
    points_to: frozenset[str] = _NOTHING
    why: str = ""
    mentions: frozenset[str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a text that name a reason: what they mean, and the facts that they point to."""

    word: str
    points_to: frozenset[str]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reads the reasons of orders. ``words``: concept -> word; ``texts``: words of texts; ``rank``: all words in order.

    ``purpose``: words that say what an order is for. ``systems``: code systems that everybody reads. ``no_reasons`` and
    ``symptoms``: what codes begin with that name no disease, or what belongs to the disease itself.
    """

    mappings: Mappings
    kinds: StatementKinds
    words: Mapping[str, str]
    rank: Sequence[str]
    texts: Sequence[Words]
    purpose: re.Pattern[str]
    systems: frozenset[str]
    no_reasons: tuple[str, ...]
    symptoms: tuple[str, ...]

    def facts(
        self, order: Mapping[str, object], conditions: Mapping[str, object], evidence: tuple[str, ...]
    ) -> dict[str, Fact]:
        """``indication``: a word of the mapping files, other, not_readable where no reason can be read, or none_coded.

        ``conditions``: reference of each Condition of the record -> its code.
        """
        named = self.named(order, conditions)
        why = {"not_readable": _NOT_READABLE, "none_coded": "no reason is named in the order"}.get(
            named.word, named.why
        )
        return {"indication": Fact(named.word, evidence, why)}

    def named(self, order: Mapping[str, object], conditions: Mapping[str, object]) -> Named:
        """The reason that counts most of all that the order names."""
        said = list(self._all(order, conditions))
        first = min(said, key=lambda each: self.rank.index(each.word), default=Named("none_coded"))
        alike = [each for each in said if each.word == first.word]
        points_to = _NOTHING.union(*(each.points_to for each in alike))
        return Named(first.word, points_to, first.why, _NOTHING.union(points_to, self._mentioned(order)))

    def in_words(self, conditions: Iterable[object]) -> Iterator[Named]:
        """What diagnoses name that stand in words only; ``conditions``: their codes."""
        for code in conditions:
            if code is not None and not keys_of(code):
                yield self._of(code)

    def _mentioned(self, order: Mapping[str, object]) -> Iterator[str]:
        said = [*_sig(order), *(text for reason in _listed(order.get("reasonCode")) for text in _texts(reason))]
        parts = [part for text in said for kind, part in self.kinds.parts_of(text) if kind not in ("family", "absent")]
        for each in self.texts:
            if each.points_to and any(each.pattern.search(part) for part in parts):
                yield from each.points_to

    def _all(self, order: Mapping[str, object], conditions: Mapping[str, object]) -> Iterator[Named]:
        for reason in _listed(order.get("reasonCode")):
            yield self._of(reason)
        for pointer in _listed(order.get("reasonReference")):
            yield self._referred(pointer, conditions)
        for text in _sig(order):
            yield from self._in_text(text, is_sig=True)

    def _referred(self, pointer: Mapping[str, object], conditions: Mapping[str, object]) -> Named:
        reference = pointer.get("reference")
        if not isinstance(reference, str):
            return self._of(pointer.get("display"))
        parts = "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])
        return self._of(conditions[parts]) if parts in conditions else Named("not_readable")

    def _of(self, reason: object) -> Named:
        concepts = self.mappings.concepts_of(reason, "Condition")
        by_code = [self._of_concept(concept) for concept in concepts] or self._unmapped(reason)
        by_text = [each for text in _texts(reason) for each in self._in_text(text)]
        found = sorted((*by_code, *by_text), key=lambda each: self.rank.index(each.word))
        if not found:
            return Named("not_readable" if _texts(reason) or keys_of(reason) else "none_coded")
        points_to = _NOTHING.union(*(each.points_to for each in found if each.word == found[0].word))
        return Named(found[0].word, points_to, next((text for text in _texts(reason)), found[0].why))

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
        others = self.mappings.diagnosis_words.spelled_in(text)
        for kind, part in self.kinds.parts_of(text):
            if kind in ("family", "absent"):
                continue
            for each in self.texts:
                # What is over explains no order; a "history of" what the rules are about is said of what goes on.
                if kind == "history" and each.word == "other":
                    continue
                found = each.pattern.search(part)
                if found is None or folded(found[0]) in others:
                    continue
                is_no_purpose = is_sig and each.word == "other" and not self.purpose.search(part[: found.start()])
                if is_no_purpose and not each.pattern.fullmatch(part.strip(" .")):
                    continue
                is_open = each.word == "other" and (kind in ("suspected", "risk") or is_no_purpose)
                yield Named("suspected_other" if is_open else each.word, each.points_to, part)


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
        [_words(name, entry, rank, of_diagnoses) for name, entry in section.texts.items()],
        whole(*section.purpose),
        frozenset(section.systems),
        section.no_reasons,
        section.symptoms,
    )


def _words(name: str, entry: _TextYaml, rank: Sequence[str], of_diagnoses: Mapping[str, Texts]) -> Words:
    where = f"{_SECTION}.texts.{name}"
    one_of(entry.means, rank, f"{where}.means")
    if entry.words_of:
        one_of(entry.words_of, of_diagnoses, f"{where}.words_of")
    words = (*entry.words, *of_diagnoses.get(entry.words_of, ()))
    return Words(entry.means, frozenset(entry.points_to), whole(*map(plain, words)))


def _facts_of(concept: Concept) -> frozenset[str]:
    also = texts_in(concept.options, "also_points_to")
    return frozenset((text_in(concept.options, "fact") or concept.name, *also))


def _texts(reason: object) -> list[str]:
    return [plain(reason)[:LONGEST_SEARCHED]] if isinstance(reason, str) else texts_of(reason)


def _sig(order: Mapping[str, object]) -> list[str]:
    """The words of the instructions and notes, and what a dose as needed is needed for."""
    said: list[str] = []
    for instruction in instructions_of(order):
        said += [*texts_of(instruction), *texts_of({"text": instruction.get("patientInstruction")})]
        said += texts_of(instruction.get("asNeededCodeableConcept"))
    said += [text for note in objects_in(order.get("note")) for text in texts_of(note)]
    said += texts_of({"text": order.get("patientInstruction")})
    return [*said, *texts_of(order.get("medicationCodeableConcept")), *texts_of(order.get("code"))]


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)
