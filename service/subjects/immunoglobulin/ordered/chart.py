"""What of a chart bears on orders: earlier immunoglobulin, allergies to it, risks that are left open."""

from collections.abc import Iterable, Mapping

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import Treatment
from service.fhir.intake.unusable import refused
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import codings_of, joined, keys_of, objects_in, plain, text_of
from service.subjects.immunoglobulin.ordered.risks import ALLERGIES, unusable_facts

IMMUNOGLOBULINS = ("ivig", "scig")
_RESPONSE = "objective_improvement_after_ivig"
_SEVERE = ("anaphyla", "anafila")
_ANAPHYLAXIS = ("http://snomed.info/sct|39579001", "http://snomed.info/sct|417516000")
_STATED_SEVERITY = {"severe": "severe", "moderate": "mild", "mild": "mild"}
# Whoever could not assess it has said nothing of it.
_CRITICALITY = {"high": "severe", "low": "mild", "unable-to-assess": None}


def chart_facts(record: PatientRecord, known: Mapping[str, Fact], concepts: Mapping[str, Concept]) -> dict[str, Fact]:
    """Every fact of the chart that orders of immunoglobulin are held against; ``known`` was read before."""
    return _of_treatments(record, known) | unusable_facts(record, concepts)


def _of_treatments(record: PatientRecord, known: Mapping[str, Fact]) -> dict[str, Fact]:
    reaction = _reaction(record.treatments)
    facts = {"immunoglobulin_reaction": reaction}
    were_read = "allergies" not in record.unseen and not refused(record, ALLERGIES)
    not_found = "not_on_record" if were_read else "not_known"
    facts["hypersensitivity_on_record"] = Fact(not_found if reaction.value is None else "on_record")
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


def _reaction(treatments: Iterable[Treatment]) -> Fact:
    allergies = [each for each in treatments if each.is_allergy and each.agent.name in IMMUNOGLOBULINS]
    if not allergies:
        return Fact(None)
    said = [_severity(each.resource) for each in allergies]
    word = next(word for word in ("severe", "not_stated", "mild") if word in said)
    return Fact(word, in_order(each.reference for each in allergies))


def _severity(allergy: Mapping[str, object]) -> str:
    said = [_known(allergy.get("criticality"), _CRITICALITY)]
    for reaction in objects_in(allergy.get("reaction")):
        said.append(_known(reaction.get("severity"), _STATED_SEVERITY))
        for manifestation in objects_in(reaction.get("manifestation")):
            texts = [text_of(manifestation), *(plain(coding.get("display")) for coding in codings_of(manifestation))]
            is_severe = any("anaphyla" in text for text in texts) or set(keys_of(manifestation)) & set(_ANAPHYLAXIS)
            said.append("severe" if is_severe else None)
    return next((word for word in ("severe", "not_stated", "mild") if word in said), _in_words(allergy))


def _in_words(allergy: Mapping[str, object]) -> str:
    """The severity where no element states one: the words of its code may name anaphylaxis."""
    return "severe" if any(word in text for text in texts_of(allergy.get("code")) for word in _SEVERE) else "not_stated"


def _known(value: object, words: Mapping[str, str | None]) -> str | None:
    """The word for a code; nothing without one, and ``not_stated`` for one that is not understood."""
    if value is None:
        return None
    return words.get(value, "not_stated") if isinstance(value, str) else "not_stated"
