"""Findings that are stated beside something on them that was not used: it shows nothing, and leaves doubt."""

from collections.abc import Mapping, Sequence

from service.domain.facts import Fact
from service.fhir.intake.records import PatientRecord, Refused
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in

_RECALLED = "recalled"
# Readers of what is examined, asked or counted at the bedside.
_EXAMINED = ("statement", "word", "number")
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


def doubted_by_newer_refusals(
    facts: Mapping[str, Fact], record: PatientRecord, concepts: Mapping[str, Concept]
) -> dict[str, Fact]:
    """Each fact that an older statement makes while one that may be newer could not be used: it is unknown then.

    What is present stays: a doubt takes no caution away.
    """
    moments = {source.reference: source.moment for source in record.sources} if record.refused else {}
    doubted: dict[str, Fact] = {}
    for each in record.refused:
        for fact in _facts_of(each, concepts):
            stated = facts.get(fact)
            if stated is None or stated.value in (None, "present"):
                continue
            told = [moments[reference] for reference in stated.evidence if reference in moments]
            if told and not any(each.moment.is_surely_before(moment) for moment in told):
                why = f"{each.row.resource} says something else that could not be used ({each.row.detail})"
                doubted[fact] = Fact(None, (*stated.evidence, each.row.resource), why, ("contradiction",))
    return doubted


def _facts_of(refused: Refused, concepts: Mapping[str, Concept]) -> Sequence[str]:
    known = [concepts[name] for name in refused.names if name in concepts and refused.is_result]
    return [text_in(each.options, "fact") or each.name for each in known if each.reader in _EXAMINED]
