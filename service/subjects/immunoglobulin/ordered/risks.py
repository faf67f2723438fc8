"""Allergies and diagnoses that would be a risk of immunoglobulin and could not be used, or are left open."""

from collections.abc import Iterable, Mapping, Sequence

from service.domain.facts import Excluded, Fact
from service.fhir.intake.records import PatientRecord
from service.fhir.intake.statuses import OVER
from service.fhir.intake.unusable import Unusable, refused, results_among, told_as
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import codings_of

ALLERGIES = ("allergy_to_ivig", "allergy_to_scig")


# Facts of diagnoses that are risks of immunoglobulin, and verification that leaves a diagnosis open.
_RISKS = frozenset(
    "renal_risk thrombosis_risk heart_failure iga_deficiency_condition haemolysis_history fructose_intolerance "
    "hyperprolinaemia perhaps_hyperprolinaemia immunoglobulin_adverse_effect hyperviscosity_condition".split()
)
# Facts on the lists in which precautions are looked for, and the keys under which these come.
_SEEN = {"diagnoses_seen": "conditions", "laboratory_seen": "laboratory"}
# Why a diagnosis was turned away although nothing says that this patient has it not, or has it no more.
_UNREADABLE = ("invalid", "not-r4", "over-limit", "modifier-extension", "no-subject", "partial")


_LEFT_OPEN = ("differential", "unconfirmed")


def unusable_facts(record: PatientRecord, concepts: Mapping[str, Concept]) -> dict[str, Fact]:
    """``unusable_allergy`` and ``unusable_risk``, left out where nobody sent one, and whether the lists came whole."""
    found = {"unusable_allergy": refused(record, ALLERGIES), "unusable_risk": _questioned(record, concepts)}
    unusable = {name: told_as("on_record", told) for name, each in found.items() if (told := results_among(each))}
    unusable |= _nameless(record)
    return unusable | {fact: Fact("in_part" if key in record.unseen else "seen") for fact, key in _SEEN.items()}


def _nameless(record: PatientRecord) -> dict[str, Fact]:
    """``nameless_diagnosis``: diagnoses that are not over and of which neither a code nor a text says what they are."""
    found = tuple(name for name, each in record.conditions.items() if each.is_nameless and each.standing != OVER)
    told = f"{len(found)} entr{'y' if len(found) == 1 else 'ies'} without a code and a name"
    return {"nameless_diagnosis": Fact("on_record", found, told)} if found else {}


def _questioned(record: PatientRecord, concepts: Mapping[str, Concept]) -> list[Unusable]:
    """Diagnoses that would be a risk, where it is left open whether this patient has them."""
    told = [
        Unusable((each.row.resource,), f"{_in_words(risks)}: {each.row.detail}", each.moment)
        for each in record.refused
        if each.is_result and _is_lost(each.row) and (risks := _risks(each.names, concepts))
    ]
    for source in record.sources:
        risks = _risks([source.concept.name], concepts) if source.concept and _is_open(source.resource) else []
        if risks:
            told.append(Unusable((source.reference,), f"{_in_words(risks)}: not confirmed", source.moment))
    return told


def _is_lost(row: Excluded) -> bool:
    """Whether a diagnosis got lost with the resource; what is over, of somebody else or yet to come is not."""
    return row.relevant or row.reason in _UNREADABLE


def _risks(names: Iterable[str], concepts: Mapping[str, Concept]) -> list[str]:
    known = [concepts[name] for name in names if name in concepts]
    return [concept.name for concept in known if (text_in(concept.options, "fact") or concept.name) in _RISKS]


def _in_words(names: Sequence[str]) -> str:
    return " and ".join(name.replace("_", " ") for name in names)


def _is_open(condition: Mapping[str, object]) -> bool:
    verified = condition.get("verificationStatus")
    return verified is not None and not {each.get("code") for each in codings_of(verified)}.isdisjoint(_LEFT_OPEN)
