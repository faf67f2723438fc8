"""What of a chart bears on orders: measurements, earlier immunoglobulin, allergies to it, other drugs, age."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from service.domain.facts import Fact, FactSheet, Range
from service.domain.moments import moment_of
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import Treatment
from service.fhir.intake.unusable import refused, told_as
from service.fhir.mappings.concepts import Concept
from service.fhir.values.answers import codings_of, joined, keys_of, objects_in, plain, text_of
from service.subjects.immunoglobulin.ordered.not_used import ALLERGIES, tests_on_record, unusable_facts
from service.subjects.laboratory.chart_results import ResultTables, chart_results

IMMUNOGLOBULINS = ("ivig", "scig")
_RESPONSE = "objective_improvement_after_ivig"
_ANAPHYLAXIS = ("http://snomed.info/sct|39579001", "http://snomed.info/sct|417516000")
_STATED_SEVERITY = {"severe": "severe", "moderate": "mild", "mild": "mild"}
# Whoever could not assess it has said nothing of it.
_CRITICALITY = {"high": "severe", "low": "mild", "unable-to-assess": None}


def chart_facts(
    record: PatientRecord,
    as_of: datetime,
    concepts: Mapping[str, Concept],
    tables: ResultTables,
    known: Mapping[str, Fact],
) -> FactSheet:
    """Every fact of the chart that orders are held against; ``known`` are the bedside and laboratory facts."""
    results = chart_results(record, concepts, tables)
    facts = results.facts | _of_treatments(record, known) | _age(record, as_of)
    facts |= tests_on_record(record, results, known) | unusable_facts(record, results, known, concepts)
    return FactSheet(facts, results.excluded)


def _of_treatments(record: PatientRecord, known: Mapping[str, Fact]) -> dict[str, Fact]:
    reaction = _reaction(record.treatments)
    facts = {"immunoglobulin_reaction": reaction}
    were_read = "allergies" not in record.unseen and not refused(record, ALLERGIES)
    not_found = "not_on_record" if were_read else "not_known"
    facts["hypersensitivity_on_record"] = Fact(not_found if reaction.value is None else "on_record")
    ordered = [each.reference for each in record.treatments if is_immunoglobulin(each)]
    # Whoever judged a response to immunoglobulin has seen it given.
    ordered += known[_RESPONSE].evidence if _RESPONSE in known else ()
    if ordered or treatments_seen(record):
        facts["immunoglobulin_on_record"] = Fact("on_record" if ordered else "not_on_record", in_order(ordered))
    for agent, fact in (("nephrotoxic", "nephrotoxic_drug"), ("oestrogen", "oestrogen_drug")):
        taking = [each for each in record.treatments if each.resource.get("status") != "stopped"]
        taken = in_order(each.reference for each in taking if each.agent.name == agent)
        if taken:
            facts[fact] = Fact("present", taken)
    sent = "seen" if record.has_allergies else "none_sent"
    facts["allergies_seen"] = Fact("not_seen" if "allergies" in record.unseen else sent)
    return {name: fact for name, fact in facts.items() if fact.value is not None}


def treatments_seen(record: PatientRecord) -> bool:
    """Whether the record would hold earlier treatments if there were any."""
    return not record.unseen & {"medications", "treatments"}


def is_immunoglobulin(treatment: Treatment) -> bool:
    """Whether it is immunoglobulin for infusion or injection, ordered or given."""
    return treatment.agent.name in IMMUNOGLOBULINS and treatment.kind != "AllergyIntolerance"


def _reaction(treatments: Iterable[Treatment]) -> Fact:
    allergies = [
        each for each in treatments if each.kind == "AllergyIntolerance" and each.agent.name in IMMUNOGLOBULINS
    ]
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
    return next((word for word in ("severe", "not_stated", "mild") if word in said), "not_stated")


def _known(value: object, words: Mapping[str, str | None]) -> str | None:
    """The word for a code; nothing without one, and ``not_stated`` for one that is not understood."""
    if value is None:
        return None
    return words.get(value, "not_stated") if isinstance(value, str) else "not_stated"


def _age(record: PatientRecord, as_of: datetime) -> dict[str, Fact]:
    patient = record.patient_resource
    if patient is None or patient.get("birthDate") is None:
        unread = refused(record, ("patient",))
        return {"unusable_birth_date": told_as("on_record", unread)} if unread else {}
    birth = moment_of(patient["birthDate"])
    evidence = (f"Patient/{patient['id']}",) if isinstance(patient.get("id"), str) else ()
    if birth is None or birth.earliest > as_of:
        why = "Patient.birthDate is no date that can be read" if birth is None else "Patient.birthDate lies ahead"
        return {"unusable_birth_date": Fact("on_record", evidence, f"{joined(evidence) or 'Patient'} ({why})")}
    youngest, oldest = (_years(instant, as_of) for instant in (birth.latest, birth.earliest))
    if birth.day is not None:
        today = as_of.date()
        exact_age = today.year - birth.day.year - ((today.month, today.day) < (birth.day.month, birth.day.day))
        youngest = oldest = exact_age
    return {"age_years": Fact(Range.between(max(youngest, 0), max(oldest, 0)), evidence)}


def _years(birth: datetime, as_of: datetime) -> int:
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
