"""Findings that are denied beside a code of them that nobody saw in a table: it shows nothing, and leaves doubt."""

from collections.abc import Mapping

from service.domain.facts import Fact
from service.fhir.intake.records import PatientRecord
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in

_RECALLED = "recalled"
_WHY = "a code that was found in no table names it, and another statement denies it: clarify which is right"


def doubted_by_recalled_codes(
    facts: Mapping[str, Fact], record: PatientRecord, concepts: Mapping[str, Concept]
) -> dict[str, Fact]:
    """Each fact that is stated as absent while a recalled code of a precaution names it: it is unknown then."""
    doubted: dict[str, Fact] = {}
    for each in record.refused:
        for name in each.names if each.row.reason == _RECALLED and each.is_result else ():
            concept = concepts.get(name)
            fact = (text_in(concept.options, "fact") or name) if concept else ""
            stated = facts.get(fact)
            if concept and concept.options.get("precaution") is True and stated and stated.value == "absent":
                doubted[fact] = Fact(None, (*stated.evidence, each.row.resource), _WHY, ("contradiction",))
    return doubted
