"""What an order is for: MMN, CIDP, something else that is coded, or nothing that is coded."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.facts import Fact
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section, text_in, texts_in
from service.fhir.values.answers import keys_of, objects_in, text_of

_SECTION, _SYSTEMS, _NO_REASONS = "order_reasons", "systems", "no_reasons"
_NOT_READABLE = "a reason is stated that cannot be read here, so it does not count as another indication"


@dataclass(frozen=True, slots=True)
class Indications:
    """Reads the reasons of orders; ``conditions``: reference of each Condition of the record -> its code."""

    mappings: Mappings
    conditions: Mapping[str, object]

    def facts(self, order: Mapping[str, object], evidence: tuple[str, ...]) -> dict[str, Fact]:
        """``indication``: mmn, cidp, other, not_readable where none of the stated ones can be read, or none_coded."""
        words = [self._word(reason) for reason in _listed(order.get("reasonCode"))]
        words += [self._referred(pointer) for pointer in _listed(order.get("reasonReference"))]
        for word in ("cidp", "other", "mmn"):
            if word in words:
                return {"indication": Fact(word, evidence)}
        if "not_readable" in words:
            return {"indication": Fact("not_readable", evidence, _NOT_READABLE)}
        return {"indication": Fact("none_coded", evidence, "no reason is coded in the order")}

    def _referred(self, pointer: Mapping[str, object]) -> str:
        reference = pointer.get("reference")
        if not isinstance(reference, str):
            return "none_coded"
        parts = "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])
        return self._word(self.conditions[parts]) if parts in self.conditions else "not_readable"

    def _word(self, reason: object) -> str:
        concepts = self.mappings.concepts_of(reason, "Condition")
        for concept in concepts:
            if concept.name == "mmn_condition":
                return "mmn"
            if concept.name == "cidp":
                return "cidp"
        # Weakness, wasting and the like are reasons of MMN itself, not another disease.
        if concepts and not any(text_in(concept.options, "diagnosis") for concept in concepts):
            return "none_coded"
        return "other" if concepts else self._unmapped(reason)

    def _unmapped(self, reason: object) -> str:
        """A disease in a code system that everybody reads is another indication; a symptom or a local code is not."""
        table = section(self.mappings, _SECTION)
        known = texts_in(table, _SYSTEMS, _SECTION)
        read = [key.rpartition("|") for key in keys_of(reason)]
        coded = [code for system, _, code in read if system in known and code]
        if coded:
            no_reasons = tuple(texts_in(table, _NO_REASONS, _SECTION))
            return "none_coded" if all(code.startswith(no_reasons) for code in coded) else "other"
        return "not_readable" if read or text_of(reason) else "none_coded"


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)
