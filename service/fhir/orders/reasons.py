"""What an order is for: a disease that the mapping files name, something else that is coded, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Fact
from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section, text_in, texts_in
from service.fhir.values.answers import keys_of, objects_in, text_of

_SECTION = "order_reasons"
_NOT_READABLE = "a reason is stated that cannot be read here, so it does not count as another indication"


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reads the reasons of orders. ``words``: concept -> word; ``own``: words of the disease that the rules are about.

    ``systems``: code systems that everybody reads; ``no_reasons``: what codes of symptoms begin with.
    """

    mappings: Mappings
    words: Mapping[str, str]
    own: Sequence[str]
    systems: frozenset[str]
    no_reasons: tuple[str, ...]

    def facts(
        self, order: Mapping[str, object], conditions: Mapping[str, object], evidence: tuple[str, ...]
    ) -> dict[str, Fact]:
        """``indication``: a word of the mapping files, other, not_readable where no reason can be read, or none_coded.

        ``conditions``: reference of each Condition of the record -> its code.
        """
        said = {self._word(reason) for reason in _listed(order.get("reasonCode"))}
        said |= {self._referred(pointer, conditions) for pointer in _listed(order.get("reasonReference"))}
        others = [word for word in self.words.values() if word not in self.own]
        for word in (*others, "other", *self.own):
            if word in said:
                return {"indication": Fact(word, evidence)}
        if "not_readable" in said:
            return {"indication": Fact("not_readable", evidence, _NOT_READABLE)}
        return {"indication": Fact("none_coded", evidence, "no reason is coded in the order")}

    def _referred(self, pointer: Mapping[str, object], conditions: Mapping[str, object]) -> str:
        reference = pointer.get("reference")
        if not isinstance(reference, str):
            return "none_coded"
        parts = "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])
        return self._word(conditions[parts]) if parts in conditions else "not_readable"

    def _word(self, reason: object) -> str:
        concepts = self.mappings.concepts_of(reason, "Condition")
        known = [self.words[concept.name] for concept in concepts if concept.name in self.words]
        if known:
            return known[0]
        # Weakness, wasting and the like belong to the disease itself and are no other one.
        if concepts and not any(text_in(concept.options, "diagnosis") for concept in concepts):
            return "none_coded"
        return "other" if concepts else self._unmapped(reason)

    def _unmapped(self, reason: object) -> str:
        """A disease in a code system that everybody reads is another indication; a symptom or a local code is not."""
        read = [key.rpartition("|") for key in keys_of(reason)]
        coded = [code for system, _, code in read if system in self.systems and code]
        if coded:
            return "none_coded" if all(code.startswith(self.no_reasons) for code in coded) else "other"
        return "not_readable" if read or text_of(reason) else "none_coded"


def order_reasons(mappings: Mappings) -> Reasons:
    """Read and check ``order_reasons``; KnowledgeError names section, key and choices."""
    table = section(mappings, _SECTION)
    words = table.get("words", {})
    if not isinstance(words, Mapping) or not all(name in mappings.concepts for name in words):
        raise KnowledgeError(f"{_SECTION}.words: must be words by the name of a concept")
    systems, no_reasons = (texts_in(table, key, _SECTION) for key in ("systems", "no_reasons"))
    own = texts_in(table, "own", _SECTION)
    return Reasons(
        mappings, {name: str(word) for name, word in words.items()}, own, frozenset(systems), tuple(no_reasons)
    )


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)
