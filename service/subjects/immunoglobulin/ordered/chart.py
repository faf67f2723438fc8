"""What of a chart bears on orders: earlier immunoglobulin, allergies to it, risks that are left open."""

from collections.abc import Mapping

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import Treatment
from service.fhir.intake.unusable import refused
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import joined
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS, reaction_facts
from service.subjects.immunoglobulin.ordered.risks import ALLERGIES, unusable_facts

_RESPONSE = "objective_improvement_after_ivig"


def chart_facts(record: PatientRecord, known: Mapping[str, Fact], mappings: Mappings) -> dict[str, Fact]:
    """Every fact of the chart that orders of immunoglobulin are held against; ``known`` was read before."""
    return _of_treatments(record, known, mappings) | unusable_facts(record, mappings.concepts)


def _of_treatments(record: PatientRecord, known: Mapping[str, Fact], mappings: Mappings) -> dict[str, Fact]:
    facts = reaction_facts(record.treatments, mappings)
    were_read = "allergies" not in record.unseen and not refused(record, ALLERGIES)
    not_found = "not_on_record" if were_read and "reaction_in_question" not in facts else "not_known"
    is_told = "immunoglobulin_reaction" in facts
    facts["hypersensitivity_on_record"] = Fact("on_record" if is_told else not_found)
    ordered = [each.reference for each in record.treatments if is_immunoglobulin(each)]
    # Whoever judged a response to immunoglobulin has seen it given.
    ordered += known[_RESPONSE].evidence if _RESPONSE in known else ()
    in_words = [each.reference for each in record.unread_drugs if each.in_words]
    if ordered:
        facts["immunoglobulin_on_record"] = Fact("on_record", in_order(ordered))
    elif in_words:
        facts["immunoglobulin_on_record"] = Fact("told_in_words", in_order(in_words), joined(in_words))
    elif treatments_seen(record):
        facts["immunoglobulin_on_record"] = Fact("not_on_record")
    elif record.has_drug_history:
        facts["immunoglobulin_on_record"] = Fact("not_readable", in_order(_unread(record)), joined(_unread(record)))
    facts["treatment_history"] = Fact("seen" if "immunoglobulin_on_record" in facts else "not_seen")
    sent = "seen" if record.has_allergies else "none_sent"
    facts["allergies_seen"] = Fact("not_seen" if "allergies" in record.unseen else sent)
    return {name: fact for name, fact in facts.items() if fact.value is not None}


def treatments_seen(record: PatientRecord) -> bool:
    """Whether the record would hold earlier treatments if there were any."""
    return record.has_drug_history and not _unread(record)


def _unread(record: PatientRecord) -> list[str]:
    """References of drugs ordered or given that may be immunoglobulin, or are, and could not be used."""
    return [each.reference for each in record.unread_drugs if each.agent in (None, *IMMUNOGLOBULINS)]


def is_immunoglobulin(treatment: Treatment) -> bool:
    """Whether it is immunoglobulin for infusion or injection, ordered or given."""
    return treatment.agent.name in IMMUNOGLOBULINS and not treatment.is_allergy
