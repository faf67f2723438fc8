"""Drugs ordered or given that could not be read or used: while there are any, no other drug is surely absent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry
from service.fhir.intake.records import UnreadDrug
from service.fhir.intake.statuses import is_withdrawn
from service.fhir.intake.treatments import TreatmentReader
from service.fhir.mappings.infusion_visits import InfusionVisits
from service.fhir.mappings.texts import texts_of
from service.fhir.mappings.treatment_words import TreatmentWords

# Of a procedure most codes are unknown here, and hardly any is of a drug: only one that was recognised counts.
_PROCEDURES = ("Procedure",)
_DRUGS = ("MedicationAdministration", "MedicationRequest", "MedicationStatement", "MedicationDispense")
# A visit for an infusion that names no drug may have been one of any; only what a text says of it is looked at.
_VISITS = ("Encounter", "Procedure", "ServiceRequest", "Appointment")
_MAY_NAME = frozenset((*_DRUGS, *_PROCEDURES))
_MAY_BE = _MAY_NAME.union(_VISITS)
# As R5 and DSTU2 call them.
_OF_OTHER_VERSIONS = ("MedicationUsage", "MedicationOrder")
# What is no drug ordered or given, and may tell of one all the same.
_TELLS = frozenset(
    (
        *("Condition", "Procedure", "Encounter", "CarePlan", "Immunization", "DocumentReference"),
        *("Claim", "ChargeItem", "ExplanationOfBenefit"),
    )
)
_NOT_YET = ("planned", "proposed", "pending", "superseded")
# What says that nothing was ordered or given, or not yet.
_NOTHING = frozenset("entered-in-error cancelled not-done not-taken declined draft intended preparation".split())
_NO_LOSS = ("superseded",)


@dataclass(frozen=True, slots=True)
class UnreadDrugs:
    """Tells the resources of one request that may be of any drug, or of one that could not be used."""

    treatments: TreatmentReader
    visits: InfusionVisits
    words: TreatmentWords

    def of(self, entry: Entry, row: Excluded | None) -> list[UnreadDrug]:
        """The resource, where nobody can say what drug it is of, or where ``row`` turned its drug away; else none."""
        if entry.kind not in _MAY_BE or _is_nothing(entry.resource):
            return []
        if entry.kind in _VISITS and self.visits.is_one(entry.resource):
            return [UnreadDrug(entry.reference, None)]
        if entry.kind not in _MAY_NAME:
            return []
        if row is not None and row.reason in _NO_LOSS:
            return []
        agent, texts = self._named(entry)
        if agent is not None:
            return [UnreadDrug(entry.reference, agent)] if row is not None else []
        return [] if texts or entry.kind in _PROCEDURES else [UnreadDrug(entry.reference, None)]

    def told_in_words(self, entry: Entry) -> list[UnreadDrug]:
        """The resource, where it is no drug and its words or code tell of a treatment that was or is given."""
        if entry.kind not in _TELLS or entry.said == "family" or _is_nothing(entry.resource):
            return []
        # A bill may ask beforehand what would be paid.
        is_to_come = entry.resource.get("status") in _NOT_YET or entry.resource.get("use", "claim") != "claim"
        if is_withdrawn(entry.resource) or is_to_come:
            return []
        # A procedure with a drug of its own is read, and so is a reaction to one.
        is_read = entry.kind in ("Condition", "Procedure") and self.treatments.agent_of(entry).name is not None
        return (
            [] if is_read or not self.words.tell(entry.resource) else [UnreadDrug(entry.reference, None, in_words=True)]
        )

    def of_other_versions(self, rows: Iterable[Excluded]) -> list[UnreadDrug]:
        """The rows for resources whose type is, in another version of FHIR, one of drugs."""
        told = [row for row in rows if row.reason == "not-r4"]
        named = [row for row in told if row.detail.partition(":")[0] in _OF_OTHER_VERSIONS]
        return [UnreadDrug(row.resource, None) for row in named]

    def _named(self, entry: Entry) -> tuple[str | None, list[str]]:
        """The agent that it is of, and the words that name its drug; words do not help where codes disagree."""
        named = self.treatments.named_by(entry)
        # R5 has one element for code and reference.
        newer = entry.resource.get("medication")
        if named is None and isinstance(newer, Mapping):
            named = newer.get("concept")
        agent = self.treatments.agents.of(named)
        return agent.name, [] if agent.is_torn else texts_of(named)


def _is_nothing(resource: Mapping[str, object]) -> bool:
    status = resource.get("status")
    return (isinstance(status, str) and status in _NOTHING) or resource.get("doNotPerform") is True
