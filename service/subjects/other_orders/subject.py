"""The face of this room: every order that no other subject has read, and drugs taken that bear on treatment."""

from datetime import datetime

from service.domain.facts import Fact, OrderFacts
from service.domain.reading import Reading
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, UnreadOrder
from service.fhir.mappings.concepts import Mappings
from service.fhir.orders.drug import ordered_drugs
from service.fhir.orders.reasons import order_reasons
from service.knowledge.model import Knowledge
from service.subjects.other_orders.steroids import AGENT as STEROID
from service.subjects.other_orders.steroids import SteroidOrders, steroids_of
from service.subjects.other_orders.withdrawal import withdrawals

# Agent -> the fact that it is taken.
_TAKEN = {"nephrotoxic": "nephrotoxic_drug", "oestrogen": "oestrogen_drug"}


class OtherOrders:
    """Orders of whatever drug, with the tables it takes to read them, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:  # noqa: ARG002 - as every subject
        self._drugs = ordered_drugs(mappings)
        self._reasons = order_reasons(mappings)
        self._steroids = steroids_of(mappings)
        self._withdrawals = withdrawals(mappings)

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:
        """The orders that are left, each with its drug, route and reason; those that nobody could check say so."""
        read = {reference for order in known.orders for reference in order.reference.split(", ")}
        steroids = SteroidOrders(self._steroids, record, as_of, known.facts)
        orders = []
        for each in record.treatments:
            if each.is_order and each.reference not in read:
                reasons = self._reasons.facts(each.resource, record.conditions, (each.reference,))
                beside = known.beside.get(each.reference, {})
                facts = {**self._drugs.facts(each), **reasons, **beside}
                if each.agent.name == STEROID:
                    named = self._reasons.named(each.resource, record.conditions)
                    facts |= steroids.facts(each, named, beside.get("premedication", Fact(None)))
                orders.append(
                    OrderFacts(each.reference, facts, may_be_deleted=self._withdrawals.may_be_deleted(each, record))
                )
        unread = (self._unread(order, record) for order in record.unread_orders)
        return Reading(facts=_taken(record), orders=(*orders, *unread))

    def _unread(self, order: UnreadOrder, record: PatientRecord) -> OrderFacts:
        reference = order.row.resource
        facts = {"order_readable": Fact("not_readable", (reference,), order.row.detail)}
        return OrderFacts(reference, facts | self._reasons.facts(order.resource, record.conditions, (reference,)))


def _taken(record: PatientRecord) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    taking = [each for each in record.treatments if each.resource.get("status") != "stopped"]
    for agent, name in _TAKEN.items():
        if taken := in_order(each.reference for each in taking if each.agent.name == agent):
            facts[name] = Fact("present", taken)
    return facts
