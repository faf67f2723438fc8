"""What an order is for: MMN, CIDP, something else that is coded, or nothing that is coded."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.facts import Fact
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import keys_of, objects_in


@dataclass(frozen=True, slots=True)
class Indications:
    """Reads the reasons of orders; ``conditions``: reference of each Condition of the record -> its code."""

    mappings: Mappings
    conditions: Mapping[str, object]

    def facts(self, order: Mapping[str, object], evidence: tuple[str, ...]) -> dict[str, Fact]:
        """``indication``: mmn, cidp, other, or none_coded; unknown when a reason refers to what is not here."""
        words = [self._word(reason) for reason in _listed(order.get("reasonCode"))]
        words += [self._referred(pointer) for pointer in _listed(order.get("reasonReference"))]
        for word in ("cidp", "other", "mmn", "unknown"):
            if word in words:
                return {"indication": Fact(None if word == "unknown" else word, evidence)}
        return {"indication": Fact("none_coded", evidence, "no reason is coded in the order")}

    def _referred(self, pointer: Mapping[str, object]) -> str:
        reference = pointer.get("reference")
        if not isinstance(reference, str):
            return "none_coded"
        parts = "/".join(reference.split("/_history/", 1)[0].split("/")[-2:])
        if parts not in self.conditions:
            return "unknown"
        return self._word(self.conditions[parts])

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
        return "other" if any(not key.endswith("|") for key in keys_of(reason)) else "none_coded"


def _listed(reasons: object) -> list[Mapping[str, object]]:
    """A list of objects; a single object where a list belongs is taken as one."""
    return objects_in([reasons] if isinstance(reasons, Mapping) else reasons)
