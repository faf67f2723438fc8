"""What of a chart bears on orders: measurements, earlier immunoglobulin, allergies to it, other drugs, age."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from service.domain.facts import Excluded, Fact, FactSheet, Range
from service.domain.moments import moment_of
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import SourceResource, Treatment
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import Problem, codings_of, keys_of, objects_in, plain, text_of, value_of
from service.fhir.values.judging import by_interpretation, by_reference_range
from service.fhir.values.results import Measured, number_in
from service.fhir.values.units import exact

IMMUNOGLOBULINS = ("ivig", "scig")
_READERS = ("order_number", "raised_result", "blood_group")
_RESPONSE, _ANTI_IGA = "objective_improvement_after_ivig", "anti_iga"
_ANAPHYLAXIS = ("http://snomed.info/sct|39579001", "http://snomed.info/sct|417516000")
_RAISED = {
    "H": "raised",
    "HH": "raised",
    "high": "raised",
    "N": "not_raised",
    "L": "not_raised",
    "normal": "not_raised",
}
_STATED_SEVERITY = {"severe": "severe", "moderate": "mild", "mild": "mild"}
_CRITICALITY = {"high": "severe", "low": "mild"}


def chart_facts(
    record: PatientRecord,
    as_of: datetime,
    synonyms: Mapping[str, str],
    blood_groups: Mapping[str, str],
    known: Mapping[str, Fact],
) -> FactSheet:
    """Every fact of the chart that orders are held against; ``known`` are the bedside and laboratory facts."""
    sheet = FactSheet()
    for source in record.sources:
        if source.concept is not None and source.concept.reader in _READERS:
            sheet.facts.setdefault(text_in(source.concept.options, "fact") or source.concept.name, Fact(None))
    for name in list(sheet.facts):
        of_fact = [source for source in record.sources if _fact_of(source) == name]
        sheet.facts[name] = _settled(of_fact, synonyms, blood_groups, sheet.excluded)
    sheet.facts |= _of_treatments(record, known) | _age(record.patient_resource, as_of)
    sheet.facts |= _on_record(record.sources)
    return sheet


def _on_record(sources: Sequence[SourceResource]) -> dict[str, Fact]:
    """Which tests that should come before immunoglobulin are in the record, whatever they say."""
    names = {source.concept.name for source in sources if source.concept is not None}
    found = {
        "iga_on_record": names & {"iga", "iga_deficiency", "anti_iga"},
        "kidney_function_on_record": names & {"egfr"},
        "gm1_on_record": names & {"gm1_igm"},
    }
    return {name: Fact("on_record" if any_of else "not_on_record") for name, any_of in found.items()}


def _fact_of(source: SourceResource) -> str:
    if source.concept is None or source.concept.reader not in _READERS:
        return ""
    return text_in(source.concept.options, "fact") or source.concept.name


def _settled(
    sources: Sequence[SourceResource],
    synonyms: Mapping[str, str],
    blood_groups: Mapping[str, str],
    excluded: list[Excluded],
) -> Fact:
    told: list[Statement[str | Fraction]] = []
    for source in sources:
        said = _said(source, synonyms, blood_groups)
        if isinstance(said, Problem):
            excluded.append(said.about(source.reference))
        told.append(Statement(None if isinstance(said, Problem) else said, source.moment, source.reference))
    settled = settle(told)
    excluded += [Excluded(statement.evidence, "older", "a newer result counts") for statement in settled.older]
    if settled.is_contradiction:
        return Fact(None, settled.evidence, "results of equal age disagree", ("contradiction",))
    value = Range.exactly(settled.value) if isinstance(settled.value, Fraction) else settled.value
    return Fact(value, settled.evidence)


def _said(
    source: SourceResource, synonyms: Mapping[str, str], blood_groups: Mapping[str, str]
) -> str | Fraction | Problem:
    reader = source.concept.reader if source.concept else ""
    if reader == "blood_group":
        return _blood_group(source.resource, blood_groups)
    if reader == "raised_result":
        return _raised(source.resource, synonyms)
    options = source.concept.options if source.concept else {}
    return _number(source.resource, options, synonyms)


def _number(
    observation: Mapping[str, object], options: Mapping[str, object], synonyms: Mapping[str, str]
) -> Fraction | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    quantity = value[1]
    if value[0] != "valueQuantity" or not isinstance(quantity, Mapping):
        return Problem("invalid", "the result must be a valueQuantity")
    spellings = options.get("spellings")
    unit = quantity.get("code") or quantity.get("unit")
    number = exact(quantity.get("value"))
    if isinstance(spellings, list) and unit in spellings and number is not None and "comparator" not in quantity:
        said: Fraction | Problem = number
    else:
        said = number_in(quantity, text_in(options, "unit"), synonyms)
    return said if isinstance(said, Problem) or said >= 0 else Problem("implausible", "a laboratory value below zero")


def _raised(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> str | Problem:
    interpreted = by_interpretation(observation, _RAISED)
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    number = exact(value[1].get("value")) if isinstance(value[1], Mapping) else None
    unit = value[1].get("code") or value[1].get("unit") if isinstance(value[1], Mapping) else None
    ranged = None
    if number is not None and isinstance(unit, str):
        ranged = by_reference_range(observation, Measured(number, unit), ("raised", "not_raised"), synonyms)
    judged = next((each for each in (interpreted, ranged) if each and each.word), None)
    if judged is None or judged.word is None:
        return Problem("invalid", "the laboratory does not say whether it is high")
    return "present" if judged.word == "raised" else "absent"


def _blood_group(observation: Mapping[str, object], groups: Mapping[str, str]) -> str | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    texts = [plain(value[1])] if value[0] == "valueString" else [text_of(value[1])]
    texts += [plain(coding.get("display")) for coding in codings_of(value[1])]
    letters = [text.removeprefix("group ").removeprefix("blood group ").split(" ")[0] for text in texts if text]
    found = {groups[key] for key in (*keys_of(value[1]), *letters) if key in groups}
    return found.pop() if len(found) == 1 else Problem("invalid", "no ABO group that is known")


def _of_treatments(record: PatientRecord, known: Mapping[str, Fact]) -> dict[str, Fact]:
    reaction = _reaction(record.treatments)
    facts = {"immunoglobulin_reaction": reaction}
    facts["hypersensitivity_on_record"] = Fact("not_on_record" if reaction.value is None else "on_record")
    positive = _ANTI_IGA in known and known[_ANTI_IGA].value == "elevated"
    facts["anti_iga_positive"] = Fact("positive" if positive else "not_positive")
    ordered = [each.reference for each in record.treatments if is_immunoglobulin(each)]
    # Whoever judged a response to immunoglobulin has seen it given.
    ordered += known[_RESPONSE].evidence if _RESPONSE in known else ()
    if ordered or treatments_seen(record):
        facts["immunoglobulin_on_record"] = Fact("on_record" if ordered else "not_on_record", in_order(ordered))
    for agent, fact in (("nephrotoxic", "nephrotoxic_drug"), ("oestrogen", "oestrogen_drug")):
        taken = in_order(each.reference for each in record.treatments if each.agent.name == agent)
        if taken:
            facts[fact] = Fact("present", taken)
    facts["allergies_seen"] = Fact("not_seen" if "allergies" in record.unseen else "seen")
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
    said = [_known(allergy.get("criticality"), _CRITICALITY.get)]
    for reaction in objects_in(allergy.get("reaction")):
        said.append(_known(reaction.get("severity"), _STATED_SEVERITY.get))
        for manifestation in objects_in(reaction.get("manifestation")):
            texts = [text_of(manifestation), *(plain(coding.get("display")) for coding in codings_of(manifestation))]
            is_severe = any("anaphyla" in text for text in texts) or set(keys_of(manifestation)) & set(_ANAPHYLAXIS)
            said.append("severe" if is_severe else None)
    return next((word for word in ("severe", "mild") if word in said), "not_stated")


def _known(value: object, words: Callable[[str], str | None]) -> str | None:
    return words(value) if isinstance(value, str) else None


def _age(patient: object, as_of: datetime) -> dict[str, Fact]:
    birth = moment_of(patient.get("birthDate")) if isinstance(patient, Mapping) else None
    if not isinstance(patient, Mapping) or birth is None or birth.earliest > as_of:
        return {}
    youngest, oldest = (_years(instant, as_of) for instant in (birth.latest, birth.earliest))
    if birth.day is not None:
        today = as_of.date()
        exact_age = today.year - birth.day.year - ((today.month, today.day) < (birth.day.month, birth.day.day))
        youngest = oldest = exact_age
    evidence = (f"Patient/{patient['id']}",) if isinstance(patient.get("id"), str) else ()
    return {"age_years": Fact(Range.between(max(youngest, 0), max(oldest, 0)), evidence)}


def _years(birth: datetime, as_of: datetime) -> int:
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
