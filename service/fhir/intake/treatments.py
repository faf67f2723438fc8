"""What a record holds of orders, treatments given, and allergies to drugs: taken from the entries of a request."""

from collections.abc import Mapping
from datetime import datetime

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.fhir.intake.records import Treatment
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import status_problem
from service.fhir.intake.timing import moment_or_any
from service.fhir.intake.usability import modifier_problem
from service.fhir.mappings.agents import Agent, agent_table
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import objects_in

_ORDERS = {
    "MedicationRequest": ("draft", "active"),
    "ServiceRequest": ("draft", "active"),
    "Procedure": ("preparation", "in-progress"),
}
_GIVEN = ("MedicationAdministration", "MedicationStatement", "MedicationDispense")
_KINDS = frozenset((*_ORDERS, *_GIVEN, "AllergyIntolerance"))


class TreatmentReader:
    """Takes treatments from the entries of one request."""

    def __init__(self, medications: Medications, as_of: datetime, mappings: Mappings, *, bundle: bool) -> None:
        self._medications = medications
        self._as_of = as_of
        self._agents = agent_table(mappings)
        self._orders_are_judged = bundle

    def charted(self, entry: Entry) -> Treatment | Excluded | None:
        """A treatment of the chart; ``None`` when this is none that is recognised."""
        if entry.kind not in _KINDS:
            return None
        is_order = self._orders_are_judged and entry.resource.get("status") in _ORDERS.get(entry.kind, ())
        made = self._treatment(entry, is_order=is_order)
        # An order of a drug that nobody recognises is judged; a treatment of that kind says nothing.
        is_judged = is_order and entry.kind == "MedicationRequest"
        if made.agent.name is None and not is_judged:
            return None
        return self._problem(entry, is_order=is_order) or made

    def drafted(self, entry: Entry) -> Treatment | Excluded | None:
        """An order that is being written; what FHIR requires may be missing in it."""
        if entry.kind not in _ORDERS:
            return None
        made = self._treatment(entry, is_order=True, is_draft=True)
        if made.agent.name is None and entry.kind != "MedicationRequest":
            return None
        is_written = entry.resource.get("status", "draft") in ("draft", *_ORDERS[entry.kind])
        return self._problem(entry, is_order=is_written) or made

    def _treatment(self, entry: Entry, *, is_order: bool, is_draft: bool = False) -> Treatment:
        code = entry.resource.get(code_element(entry.kind))
        medication: Mapping[str, object] = {}
        if code is None and "medicationReference" in entry.resource:
            code = self._medications.code_for(entry)
            medication = self._medications.resource_for(entry)
        agent = self.agent_of(entry)
        moment = moment_or_any(entry.kind, entry.resource, self._as_of)
        return Treatment(entry.reference, entry.resource, agent, code, medication, moment, is_order, is_draft)

    def agent_of(self, entry: Entry) -> Agent:
        """What it is of; an allergy may name it only in its reactions."""
        code = entry.resource.get(code_element(entry.kind))
        if code is None and "medicationReference" in entry.resource:
            code = self._medications.code_for(entry)
        agent = self._agents.of(code)
        if agent.name is None and entry.kind == "AllergyIntolerance":
            agent = self._of_reaction(entry.resource)
        return agent

    def _of_reaction(self, allergy: Mapping[str, object]) -> Agent:
        found = [self._agents.of(reaction.get("substance")) for reaction in objects_in(allergy.get("reaction"))]
        return next((agent for agent in found if agent.name), Agent(None, "no substance that is recognised"))

    def _problem(self, entry: Entry, *, is_order: bool) -> Excluded | None:
        modifier = modifier_problem(entry)
        if modifier is not None:
            return modifier
        # An order that counts has passed by its status; whether it is an order not to do something has not.
        checked = {**entry.resource, "status": "completed"} if is_order else entry.resource
        status = status_problem(entry.kind, checked)
        if status:
            return Excluded(entry.reference, "status", f"{entry.kind}.{status}")
        moment = moment_or_any(entry.kind, entry.resource, self._as_of)
        if entry.kind not in _ORDERS and moment.is_surely_after(self._as_of):
            return Excluded(entry.reference, "future", f"{entry.kind}: dated after the moment of evaluation")
        return None
