"""What an order is for: a disease that the mapping files name, something else, or nothing; by code, text and sig."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Fact
from service.errors import KnowledgeError
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.statement_kinds import StatementKinds
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of, whole
from service.fhir.mappings.word_tables import section, text_in, texts_in
from service.fhir.orders.dosage import instructions_of
from service.fhir.values.answers import keys_of, objects_in, plain
from service.knowledge.near import one_of

_SECTION = "order_reasons"
_NOT_READABLE = "a reason is stated that cannot be read here, so it does not count as another indication"
# After the words of the mapping files: the first that is said decides.
_RANK = ("neuropathy", "other", "suspected_other", "not_readable", "none_coded")
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """What an order names as its reason. ``points_to``: facts of the disease that it names; ``why``: its name."""

    word: str
    points_to: frozenset[str] = _NOTHING
    why: str = ""


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
        return Named(first.word, _NOTHING.union(*(each.points_to for each in alike)), first.why)

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

        ``is_sig``: it speaks of more than the reason, so that another disease counts only as a purpose.
        """
        for kind, part in self.kinds.parts_of(text):
            if kind in ("family", "absent"):
                continue
            for each in self.texts:
                # What is over explains no order; a "history of" what the rules are about is said of what goes on.
                if kind == "history" and each.word == "other":
                    continue
                found = each.pattern.search(part)
                if found is None or (
                    is_sig and each.word == "other" and not self.purpose.search(part[: found.start()])
                ):
                    continue
                is_open = kind == "suspected" and each.word == "other"
                yield Named("suspected_other" if is_open else each.word, each.points_to, part)


def order_reasons(mappings: Mappings) -> Reasons:
    """Read and check ``order_reasons``; KnowledgeError names section, key and choices."""
    table = section(mappings, _SECTION)
    words = table.get("words", {})
    if not isinstance(words, Mapping) or not all(name in mappings.concepts for name in words):
        raise KnowledgeError(f"{_SECTION}.words: must be words by the name of a concept")
    rank = tuple(dict.fromkeys((*map(str, words.values()), *_RANK)))
    systems, no_reasons, symptoms = (texts_in(table, key, _SECTION) for key in ("systems", "no_reasons", "symptoms"))
    return Reasons(
        mappings,
        mappings.kinds,
        {name: str(word) for name, word in words.items()},
        rank,
        _words_of(table.get("texts"), rank, section(mappings, "diagnosis_words")),
        whole(*texts_in(table, "purpose", _SECTION)),
        frozenset(systems),
        tuple(no_reasons),
        tuple(symptoms),
    )


def _words_of(entries: object, rank: Sequence[str], of_diagnoses: Mapping[str, object]) -> list[Words]:
    """``texts``: by a name, the words, what they mean and the facts that they point to.

    ``of_diagnoses``: the words of concepts, which an entry may take as its own.
    """
    made = []
    for name, entry in (entries if isinstance(entries, Mapping) else {}).items():
        where = f"{_SECTION}.texts.{name}"
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"{where}: must be a mapping with means and words")
        one_of(entry.get("means"), rank, f"{where}.means")
        for key in entry:
            one_of(key, ("means", "words", "words_of", "points_to"), f"{where}: key")
        points_to = frozenset(texts_in(entry, "points_to", where)) if "points_to" in entry else _NOTHING
        words = texts_in(entry, "words", where)
        if "words_of" in entry:
            one_of(entry["words_of"], list(of_diagnoses), f"{where}.words_of")
            words = [*words, *texts_in(of_diagnoses, text_in(entry, "words_of"), "diagnosis_words")]
        pattern = whole(*map(plain, words))
        made.append(Words(text_in(entry, "means"), points_to, pattern))
    return made


def _facts_of(concept: Concept) -> frozenset[str]:
    also = concept.options.get("also_points_to")
    others = also if isinstance(also, list) else [also] if isinstance(also, str) else []
    return frozenset((text_in(concept.options, "fact") or concept.name, *others))


def _texts(reason: object) -> list[str]:
    return [plain(reason)[:LONGEST_SEARCHED]] if isinstance(reason, str) else texts_of(reason)


def _sig(order: Mapping[str, object]) -> list[str]:
    """The words of the instructions and notes, and what a dose as needed is needed for."""
    said: list[str] = []
    for instruction in instructions_of(order):
        said += [*texts_of(instruction), *texts_of({"text": instruction.get("patientInstruction")})]
        said += texts_of(instruction.get("asNeededCodeableConcept"))
    said += [text for note in objects_in(order.get("note")) for text in texts_of(note)]
    said += texts_of(order.get("medicationCodeableConcept"))
    return said


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)
