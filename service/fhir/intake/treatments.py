"""What a record holds of orders, treatments given, and allergies to drugs: taken from the entries of a request."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from service.domain.facts import Excluded
from service.fhir.intake import told_reactions
from service.fhir.intake.allergies import ALLERGY, DIAGNOSIS, AllergyReader
from service.fhir.intake.entries import Entry
from service.fhir.intake.medications import Medications
from service.fhir.intake.records import TOLD_IN_WORDS, Treatment
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.statuses import is_withdrawn, status_problem
from service.fhir.intake.timing import moment_or_any
from service.fhir.intake.unread_orders import nothing_named
from service.fhir.intake.usability import modifier_problem
from service.fhir.mappings.agents import Agent
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.routes import dosages_of
from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import codings_of, objects_in

_ORDERS = {
    "MedicationRequest": ("draft", "active"),
    "ServiceRequest": ("draft", "active"),
    "Procedure": ("preparation", "in-progress"),
}
# Statuses of what is being written, beside those of its kind; "unknown" says nothing against it, and an order on hold
# is expected to go on.
_WRITTEN = ("draft", "on-hold", "unknown")
# Statuses of a draft by which an order is ended: it is a part of the chart, and nothing of it is yet to be given.
_ENDED = ("completed", "stopped", "ended")
_GIVEN = ("MedicationAdministration", "MedicationStatement", "MedicationDispense")
_OVER = dict.fromkeys(("MedicationRequest", *_GIVEN), ("stopped",))
# Which orders rules judge: all of a Bundle, those of a chart whose drug is recognised, or only those being written.
JudgedOrders = Literal["all", "recognised", "written"]
KINDS = frozenset((*_ORDERS, *_GIVEN, ALLERGY))
_LOINC = "http://loinc.org"


class TreatmentReader:
    """Takes treatments from the entries of one request."""

    def __init__(self, medications: Medications, as_of: datetime, mappings: Mappings, judged: JudgedOrders) -> None:
        self._medications = medications
        self._as_of = as_of
        self.agents, self._routes = mappings.agents, mappings.routes
        self._allergies, self._words = AllergyReader(mappings), mappings.treatment_words
        self._judged = judged

    def charted(self, entry: Entry) -> Treatment | Excluded | None:
        """A treatment of the chart; ``None`` when this is none that is recognised."""
        if entry.kind in TOLD_IN_WORDS:
            return self._told(entry)
        if entry.kind not in KINDS:
            return self._reaction(entry) if entry.kind == DIAGNOSIS else None
        is_order = self._judged != "written" and entry.resource.get("status") in _ORDERS.get(entry.kind, ())
        made = self._treatment(entry, is_order=is_order)
        # An order of a drug that nobody recognises is judged; a treatment of that kind says nothing.
        is_judged = is_order and entry.kind == "MedicationRequest" and self._judged == "all"
        if made.agent.name is None and not is_judged:
            return nothing_named(made) if entry.kind in _GIVEN or entry.kind == "MedicationRequest" else None
        return self._problem(entry, is_order=is_order) or self._denial(entry, made) or made

    def _denial(self, entry: Entry, made: Treatment) -> Excluded | None:
        """The row for words that name a treatment only to say that there was none."""
        if entry.kind not in _GIVEN or self.agents.is_coded(made.code) or not self._words.deny(texts_of(made.code)):
            return None
        return Excluded(entry.reference, "status", f"{entry.kind}: its words deny it", relevant=True)

    def drafted(self, entry: Entry) -> Treatment | Excluded | None:
        """An order that is being written; what FHIR requires may be missing in it."""
        if entry.kind not in _ORDERS:
            return None
        status = entry.resource.get("status", "draft")
        is_new = status not in _ENDED
        made = self._treatment(entry, is_order=is_new, is_draft=is_new)
        if made.agent.name is None and entry.kind != "MedicationRequest" and nothing_named(made) is None:
            return None
        is_written = status in (*_ORDERS[entry.kind], *_WRITTEN)
        return self._problem(entry, is_order=is_written) or made

    def _reaction(self, entry: Entry) -> Treatment | Excluded | None:
        """A reaction to a drug that a diagnosis tells of; ``None`` where it tells of none of this patient."""
        if entry.said == "family" or is_withdrawn(entry.resource):
            return None
        made = self._treatment(entry, is_order=False)
        return (self._problem(entry, is_order=False) or made) if made.agent.name else None

    def _told(self, entry: Entry) -> Treatment | None:
        """A reaction that another resource tells of in words; ``None`` where it tells of none, or denies it."""
        told = told_reactions.as_diagnosis(entry, self._medications)
        made = self._reaction(told) if told else None
        if not isinstance(made, Treatment):
            return None
        moment = moment_or_any(entry.kind, entry.resource, self._as_of)
        return replace(made, resource={**made.resource, "resourceType": entry.kind}, moment=moment)

    def _treatment(self, entry: Entry, *, is_order: bool, is_draft: bool = False) -> Treatment:
        code, medication = self._named_by(entry)
        agent = self.agent_of(entry)
        moment = moment_or_any(entry.kind, entry.resource, self._as_of)
        return Treatment(
            entry.reference, entry.resource, agent, code, medication, moment, is_order, is_draft, entry.sent
        )

    def agent_of(self, entry: Entry) -> Agent:
        """What it is of, or what an allergy or a diagnosis tells a reaction to."""
        if entry.kind in (ALLERGY, DIAGNOSIS):
            return self._allergies.agent_of(entry)
        named = self._named_by(entry)[0]
        if entry.kind == "ServiceRequest" and self._is_a_test(named):
            return Agent(None, "its code is one of LOINC, which names what is measured")
        agent = self.agents.of(named)
        if not self.agents.has_form_by_route(agent):
            return agent
        return self.agents.given_by(agent, self._routes.only_way(dosages_of(entry.resource)))

    def _is_a_test(self, named: object) -> bool:
        """Whether a service is a measurement: its words may name a drug all the same."""
        is_measured = any(coding.get("system") == _LOINC for coding in codings_of(named))
        return is_measured and not self.agents.is_coded(named)

    def named_by(self, entry: Entry) -> object:
        """The concept that names the drug; ``None`` where nothing does."""
        return self._named_by(entry)[0]

    def _named_by(self, entry: Entry) -> tuple[object, Mapping[str, object]]:
        """What names the drug: its code, that of the Medication, its ingredients, or the words of the reference."""
        code = entry.resource.get(code_element(entry.kind))
        if code is not None or "medicationReference" not in entry.resource:
            return code, {}
        medication = self._medications.resource_for(entry)
        pointer = entry.resource["medicationReference"]
        ingredients = objects_in(medication.get("ingredient"))
        named = [medication.get("code"), *(each.get("itemCodeableConcept") for each in ingredients)]
        named.append({"text": pointer.get("display")} if isinstance(pointer, Mapping) else None)
        given = [each for each in named if isinstance(each, Mapping)]
        recognised = (each for each in given if self.agents.of(each).name)
        return next(recognised, given[0] if given else None), medication

    def _problem(self, entry: Entry, *, is_order: bool) -> Excluded | None:
        modifier = modifier_problem(entry)
        if modifier is not None:
            return modifier
        # An order that counts has passed by its status; whether it is an order not to do something has not.
        # What was stopped was ordered or given before that.
        counts = is_order or entry.resource.get("status") in _OVER.get(entry.kind, ())
        checked = {**entry.resource, "status": "completed"} if counts else entry.resource
        status = status_problem(entry.kind, checked, history_counts=True)
        if status:
            return Excluded(entry.reference, "status", f"{entry.kind}.{status}")
        if entry.kind in (ALLERGY, DIAGNOSIS) and self._allergies.denial(entry):
            detail = f"{entry.kind}: it is named and its words deny it: clarify which is right"
            return Excluded(entry.reference, "status", detail, relevant=True)
        moment = moment_or_any(entry.kind, entry.resource, self._as_of)
        if entry.kind not in _ORDERS and moment.is_surely_after(self._as_of):
            return Excluded(entry.reference, "future", f"{entry.kind}: dated after the moment of evaluation")
        return None
