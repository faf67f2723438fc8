"""The face of this room: from a record to what its chart and its orders say of treatment."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from service.domain.facts import Fact, FactSheet, OrderFacts
from service.fhir.dosing.weight import WeightLimits, weight_of
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.records import UnreadOrder
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.ordered.chart import chart_facts
from service.subjects.immunoglobulin.ordered.correction import OrderLimits
from service.subjects.immunoglobulin.ordered.indication import Indications
from service.subjects.immunoglobulin.ordered.on_record import OnRecord
from service.subjects.immunoglobulin.ordered.order_facts import OrderReader
from service.subjects.immunoglobulin.ordered.order_tables import order_tables
from service.subjects.laboratory.chart_results import ResultTables

# What only orders are held against: without an order, and without anything else, it says nothing about MMN.
_OF_ORDERS = ("blood_group", "body_weight", "haemoglobin", "order_number", "raised_result")


def is_silent(record: PatientRecord) -> bool:
    """Whether nothing in a record is evidence for or against MMN, and no order is to be judged."""
    has_orders = bool(record.unread_orders) or any(treatment.is_order for treatment in record.treatments)
    return not has_orders and all(
        source.concept is not None and source.concept.reader in _OF_ORDERS for source in record.sources
    )


class TreatmentFacts:
    """All readers of treatment with their tables and numbers, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._mappings = mappings
        self._tables = order_tables(mappings)
        self._limits = _limits(knowledge)
        held_against = {"egfr_ml_per_min": "egfr_low", "iga_g_per_l": "iga_deficiency_below"}
        limits = {fact: knowledge.number(threshold) for fact, threshold in held_against.items()}
        tolerances = {"egfr_ml_per_min": knowledge.number("egfr_agree_within")}
        self._results = ResultTables(mappings.units, self._tables.blood_groups, limits, tolerances)
        self._weight_limits = WeightLimits(
            knowledge.number("lowest_plausible_weight"),
            knowledge.number("highest_plausible_weight"),
            knowledge.number("weight_valid_for"),
            knowledge.number("weights_agree_within"),
        )

    def read(
        self, record: PatientRecord, as_of: datetime, known: Mapping[str, Fact]
    ) -> tuple[FactSheet, tuple[OrderFacts, ...]]:
        """The facts of the chart, and of each order that is to be judged; ``known`` was read before."""
        sheet = chart_facts(record, as_of, self._mappings.concepts, self._results, known)
        weight = weight_of(record, self._mappings.units, as_of, self._weight_limits)
        sheet.facts |= weight.facts
        sheet.excluded += weight.excluded
        indications = Indications(self._mappings, record.conditions)
        on_record = OnRecord(record.treatments, self._limits, as_of)
        reader = OrderReader(record, self._tables, self._limits, indications, weight, as_of, known, on_record)
        orders = (*reader.orders(), *(_unread(order, indications) for order in record.unread_orders))
        return sheet, tuple(replace(order, facts=_always_known(order.facts) | order.facts) for order in orders)


def _unread(order: UnreadOrder, indications: Indications) -> OrderFacts:
    reference = order.row.resource
    facts = {"order_readable": Fact("not_readable", (reference,), order.row.detail)}
    return OrderFacts(reference, facts | indications.facts(order.resource, (reference,)))


def _always_known(order: Mapping[str, Fact]) -> dict[str, Fact]:
    """What may be missing of an order, in words: a rule can speak of what is missing only by a fact of its own."""
    return {
        "order_state": Fact("written"),
        "dose_by_weight": Fact("known" if "dose_g_per_kg" in order else "not_known"),
        "product_named": Fact("named" if "product_stabiliser" in order else "not_named"),
    }


def _limits(knowledge: Knowledge) -> OrderLimits:
    return OrderLimits(
        long_interval=knowledge.number("repeats_from"),
        course_gap=knowledge.number("course_gap"),
        days_per_month=knowledge.number("days_per_month"),
        premedication_hours=knowledge.number("premedication_within"),
        reference_strength=knowledge.number("reference_strength"),
        vial_step=knowledge.number("vial_step"),
        target_g_per_kg=knowledge.number("course_target"),
        lowest_course=knowledge.number("course_low"),
        highest_course=knowledge.number("course_high"),
        lowest_monthly=knowledge.number("monthly_low"),
        highest_monthly=knowledge.number("monthly_high"),
        fewest_days=knowledge.number("course_days_guideline"),
        most_days=knowledge.number("course_days_high"),
        suggested_days=knowledge.number("suggested_days"),
        highest_day=knowledge.number("daily_load_high"),
        highest_rate=knowledge.number("infusion_rate_high"),
    )
