"""The face of this room: every order that no other subject has read, and drugs taken that bear on treatment."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from service.domain.facts import Fact, OrderFacts
from service.domain.reading import Reading
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, Treatment, UnreadOrder
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.routes import LOCAL, TRANSDERMAL, VAGINAL
from service.fhir.orders.drug import called, ordered_drugs
from service.fhir.orders.reasons import indication_of, order_reasons
from service.knowledge.model import Knowledge
from service.subjects.other_orders.explained import reason_of
from service.subjects.other_orders.immunosuppression import SuppressionLimits, immunosuppression
from service.subjects.other_orders.steroids import AGENT as STEROID
from service.subjects.other_orders.steroids import SteroidOrders, may_be_needed, steroids_of
from service.subjects.other_orders.withdrawal import withdrawals

# Agent -> the fact that it is taken, and the local ways by which it does not act on the whole body: an oestrogen does
# through the skin.
_NEPHROTOXIC = ("nephrotoxic_drug", frozenset((LOCAL, VAGINAL, TRANSDERMAL)))
_TAKEN = {
    "nephrotoxic": _NEPHROTOXIC,
    "ciclosporin": _NEPHROTOXIC,
    "tacrolimus": _NEPHROTOXIC,
    "oestrogen": ("oestrogen_drug", frozenset((VAGINAL,))),
}

# Agent -> the fact that says what it is for, and the one that a disease is listed which it treats.
_IMMUNE = ("immunosuppressant_reason", "immunosuppressant_indication")
_EXPLAINED = {
    "plasma_exchange": ("exchange_reason", "plasma_exchange_indication"),
    **dict.fromkeys(("cyclophosphamide", "rituximab", "mycophenolate", "azathioprine", "ciclosporin"), _IMMUNE),
    **dict.fromkeys(("interferon_beta", "eculizumab", "fcrn_blocker"), _IMMUNE),
}


class OtherOrders:
    """Orders of whatever drug, with the tables it takes to read them, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._drugs = ordered_drugs(mappings)
        self._reasons = order_reasons(mappings)
        self._steroids = steroids_of(mappings)
        self._suppression = SuppressionLimits(
            timedelta(days=int(knowledge.number("immunosuppression_lasts"))),
            knowledge.number("steroid_immunosuppressive"),
        )
        self._withdrawals = withdrawals(mappings)
        self._replacement = knowledge.number("replacement_prednisolone")

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:
        """The orders that are left, each with its drug, route and reason; those that nobody could check say so."""
        read = {reference for order in known.orders for reference in order.reference.split(", ")}
        listed = list(self._reasons.listed(record.conditions)) if record.treatments else []
        steroids = SteroidOrders(self._steroids, self._drugs, record, as_of, known.facts, listed)
        orders = []
        for each in record.treatments:
            if each.is_order and each.reference not in read:
                named = self._reasons.named(each.resource, record.conditions)
                beside = known.beside.get(each.reference, {})
                facts = {**self._drugs.facts(each), **indication_of(named, (each.reference,)), **beside}
                if each.agent.name == STEROID:
                    facts |= steroids.facts(each, named, beside.get("premedication", Fact(None)))
                if told := _EXPLAINED.get(str(each.agent.name)):
                    fact, indication = told
                    facts[fact] = reason_of(named, listed, known.facts, indication, (each.reference,))
                may_go = self._may_go(each, record, facts)
                orders.append(OrderFacts(each.reference, facts, may_be_deleted=may_go, called=called(each)))
        unread = (self._unread(order, record) for order in record.unread_orders)
        suppressed = immunosuppression(record, self._steroids, as_of, self._suppression)
        return Reading(facts=self._taken(record) | {"immunosuppression": suppressed}, orders=(*orders, *unread))

    def _may_go(self, order: Treatment, record: PatientRecord, facts: Mapping[str, Fact]) -> bool:
        is_needed = order.agent.name == STEROID and may_be_needed(facts, self._replacement)
        return not is_needed and self._withdrawals.may_be_deleted(order, record)

    def _unread(self, order: UnreadOrder, record: PatientRecord) -> OrderFacts:
        reference = order.row.resource
        facts = {"order_readable": Fact("not_readable", (reference,), order.row.detail)}
        return OrderFacts(reference, facts | self._reasons.facts(order.resource, record.conditions, (reference,)))

    def _taken(self, record: PatientRecord) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        taking = [each for each in record.treatments if each.agent.name in _TAKEN and _is_taken(each)]
        for name, local in dict.fromkeys(_TAKEN.values()):
            own = [each for each in taking if _TAKEN[str(each.agent.name)] == (name, local)]
            acting = [each.reference for each in own if not self._drugs.is_local(each, local)]
            if acting:
                facts[name] = Fact("present", in_order(acting))
        return facts


def _is_taken(treatment: Treatment) -> bool:
    """Whether it is ordered or given; of an allergy nobody takes what it names."""
    return not treatment.is_allergy and treatment.resource.get("status") != "stopped"
