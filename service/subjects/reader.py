"""The subjects, in the order in which they read: each knows what those before it read, and nothing else of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Protocol

from service.domain.budget import between_steps
from service.domain.facts import Fact, OrderFacts
from service.domain.reading import Proposal, Reading
from service.domain.statements import in_order
from service.fhir.intake.in_text import text_facts
from service.fhir.intake.records import PatientRecord
from service.fhir.mappings.concepts import Mappings
from service.fhir.orders.body import READER as HEIGHT
from service.fhir.orders.weight import READER as WEIGHT
from service.knowledge.declared import Declared, words
from service.knowledge.model import Knowledge
from service.subjects.bedside.subject import Bedside
from service.subjects.conduction.subject import Conduction
from service.subjects.earlier import Earlier, as_it_was
from service.subjects.immunoglobulin.ordered.proposal import proposals
from service.subjects.immunoglobulin.subject import Immunoglobulin, concerns_treatment
from service.subjects.laboratory.subject import OF_ORDERS, Laboratory
from service.subjects.other_orders.subject import OtherOrders

__all__ = ["Subject", "SubjectReader", "concerns_treatment", "is_silent"]

_ASYMMETRY = "asymmetric_limb_weakness"
_GONE = "found before treatment, gone under it"
# What only orders are held against: without an order, and without anything else, it says nothing of the disease.
_OF_ORDERS = frozenset((WEIGHT, HEIGHT, *OF_ORDERS))

DECLARES = Declared(
    room="service/subjects/reader.py",
    facts={
        "order_state": words("written", of="order"),
        "dose_by_weight": words("known", "not_known", of="order"),
        "product_named": words("named", "not_named", of="order"),
    },
    reads=("dose_g_per_kg", "product_stabiliser", _ASYMMETRY),
)


class Subject(Protocol):
    """A clinical subject: its tables and numbers are read and checked when it is made, at start."""

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:
        """What the subject reads of a record at a moment; ``known``: what the subjects before it have read."""


class SubjectReader:
    """All subjects, made once at start; a broken section of a file stops the start, not a request."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge, *, by_adjusted_weight: bool = False) -> None:
        self._conduction = Conduction(mappings, knowledge)
        self._subjects: tuple[Subject, ...] = (
            Bedside(mappings, knowledge),
            Immunoglobulin(mappings, knowledge),
            Laboratory(mappings, knowledge),
            self._conduction,
            OtherOrders(mappings, knowledge),
        )
        self._earlier = Earlier(self._by_all, knowledge)
        self.proposals: Mapping[str, Proposal] = proposals(knowledge, by_adjusted_weight=by_adjusted_weight)

    @property
    def nothing(self) -> Reading:
        """The reading of a record that says nothing: only that no part of it was there to be judged."""
        return Reading(parts=self._conduction.parts_of((), ()))

    def read(self, record: PatientRecord, as_of: datetime) -> Reading:
        """All that is read of a record at a moment; nothing is known of what no resource speaks of."""
        known = self._by_all(record, as_of)
        if known.explained_from is not None:
            known = known.with_more(self._earlier.before(known.explained_from, record))
        known = known.with_more(self._recovered(record, known))
        return replace(known, orders=_in_order(known.orders, record))

    def _recovered(self, record: PatientRecord, known: Reading) -> Reading:
        """Weakness of one side that was found before treatment and is gone under it: a gain, which ends no class."""
        now = known.facts.get(_ASYMMETRY, Fact(None))
        if known.treated_since is None or now.value != "absent":
            return Reading()
        began = datetime.combine(known.treated_since, time.min, UTC)
        before = self._subjects[0].read(as_it_was(record, began), began, Reading()).facts.get(_ASYMMETRY, Fact(None))
        if before.value != "present":
            return Reading()
        evidence = in_order((*before.evidence, *now.evidence))
        return Reading(facts={_ASYMMETRY: Fact("present", evidence, _GONE, ("review",))})

    def _by_all(self, record: PatientRecord, as_of: datetime) -> Reading:
        known = Reading(facts=text_facts(record))
        for subject in self._subjects:
            between_steps()
            known = known.with_more(subject.read(record, as_of, known))
        return known


def is_silent(record: PatientRecord) -> bool:
    """Whether nothing in a record is evidence for or against the disease, and no order is to be judged."""
    has_orders = bool(record.unread_orders) or any(treatment.is_order for treatment in record.treatments)
    return not (has_orders or record.in_text) and all(
        source.concept is not None and source.concept.reader in _OF_ORDERS for source in record.sources
    )


def _in_order(orders: tuple[OrderFacts, ...], record: PatientRecord) -> tuple[OrderFacts, ...]:
    """In the order of the record, whoever read them; each says what may be missing of it."""
    places = {each.reference: place for place, each in enumerate(record.treatments)}
    first = [min(places.get(name, len(places)) for name in order.reference.split(", ")) for order in orders]
    placed = [order for _, order in sorted(zip(first, orders, strict=True), key=lambda pair: pair[0])]
    return tuple(replace(order, facts=_always_known(order.facts) | order.facts) for order in placed)


def _always_known(order: Mapping[str, Fact]) -> dict[str, Fact]:
    """What may be missing of an order, in words: a rule can speak of what is missing only by a fact of its own."""
    return {
        "order_state": Fact("written"),
        "dose_by_weight": Fact("known" if "dose_g_per_kg" in order else "not_known"),
        "product_named": Fact("named" if "product_stabiliser" in order else "not_named"),
    }
