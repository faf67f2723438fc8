"""What intake turned away although its codes are ones that rules read: a rule must not take it for absent."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import MEANS_NOTHING, Excluded
from service.fhir.intake.broken_codes import perhaps_meant
from service.fhir.intake.entries import Entry
from service.fhir.intake.records import Refused
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import is_withdrawn
from service.fhir.intake.timing import moment_or_any
from service.fhir.intake.treatments import TreatmentReader
from service.fhir.intake.unmapped import MET
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import text_in
from service.fhir.values.answers import objects_in

_NO_LOSS = ("superseded", *MEANS_NOTHING)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Keeps the rows of one request together with what their resources would have been read as."""

    mappings: Mappings
    treatments: TreatmentReader
    as_of: datetime

    def of(self, entry: Entry, row: Excluded | None) -> list[Refused]:
        """The resource under the names that it has here; none when nothing is lost with it."""
        names = self._names(entry) if row is not None and row.reason not in _NO_LOSS else []
        if row is None or not names:
            return []
        moment = moment_or_any(entry.kind, entry.resource, self.as_of)
        return [Refused(row, tuple(names), moment, not is_withdrawn(entry.resource), entry.resource)]

    def _names(self, entry: Entry) -> list[str]:
        if entry.kind == "Patient":
            return ["patient"]
        if entry.kind == "AllergyIntolerance":
            return [f"allergy_to_{self.treatments.agent_of(entry).name}"]
        code = entry.resource.get(code_element(entry.kind))
        found = self.mappings.concepts_of(code, entry.kind) or perhaps_meant(entry, self.mappings)
        names = [text_in(concept.options, "stands_for") or concept.name for concept in found] or self._of_parts(entry)
        agent = self.treatments.agent_of(entry).name if entry.kind == "Condition" and entry.said != "family" else None
        return [*names, f"allergy_to_{agent}"] if agent else names

    def _of_parts(self, entry: Entry) -> list[str]:
        """The names of the components that would have been read by themselves."""
        parts = objects_in(entry.resource.get("component")) if entry.kind == MET else []
        found = (self.mappings.part_of(part.get("code")) for part in parts)
        return [concept.name for concept in found if concept is not None]
