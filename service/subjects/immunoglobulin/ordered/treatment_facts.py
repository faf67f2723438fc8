"""From a record to what its chart and its orders say of immunoglobulin."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.facts import Fact, OrderFacts, Range
from service.domain.ranges import divided
from service.domain.reading import Reading
from service.domain.statements import in_order
from service.fhir.intake.bundle import PatientRecord
from service.fhir.mappings.concepts import Mappings
from service.fhir.orders.body import body_facts
from service.fhir.orders.doses import Believed
from service.fhir.orders.weight import WeightLimits, weight_of
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.ordered.chart import chart_facts, treatments_seen
from service.subjects.immunoglobulin.ordered.correction import OrderLimits
from service.subjects.immunoglobulin.ordered.dose_before import (
    DoseBefore,
    GivenDay,
    Likeness,
    borne_load,
    compared,
    dose_before,
    given_courses,
    kept_dose,
)
from service.subjects.immunoglobulin.ordered.dose_facts import DoseReader
from service.subjects.immunoglobulin.ordered.dose_lowered import dose_lowered
from service.subjects.immunoglobulin.ordered.on_record import OnRecord
from service.subjects.immunoglobulin.ordered.order_facts import OrderReader
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS
from service.subjects.immunoglobulin.ordered.tables import order_tables
from service.subjects.immunoglobulin.ordered.vaccines import VaccineLimits, vaccine_facts

_REACTIONS = frozenset(("immunoglobulin_reaction", "reaction_in_question"))


class TreatmentFacts:
    """All readers of treatment with their tables and numbers, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._mappings = mappings
        self._tables = order_tables(mappings)
        self._limits = _limits(knowledge)
        self._likeness = Likeness(
            knowledge.number("dose_change_low"),
            knowledge.number("dose_change_high"),
            knowledge.number("interval_change"),
            100 + knowledge.number("dose_tolerance"),
            knowledge.number("renewed_within"),
        )
        self._adult_age = knowledge.number("adult_age")
        self._vaccines = _vaccine_limits(knowledge)
        self._weight_limits = WeightLimits(
            knowledge.number("lowest_plausible_weight"),
            knowledge.number("highest_plausible_weight"),
            knowledge.number("weight_valid_for"),
            knowledge.number("weights_agree_within"),
        )

    def read(self, record: PatientRecord, as_of: datetime, known: Mapping[str, Fact]) -> Reading:
        """The facts of the chart, of each order that is to be judged, and beside those of other drugs."""
        weight = weight_of(record, self._mappings.units, as_of, self._weight_limits)
        body, of_body = body_facts(record, self._mappings.units, {**known, **weight.facts})
        tables, gap = self._tables, self._limits.course_gap
        given = given_courses(record.treatments, tables.strength_of, tables.synonyms, gap)
        before = dose_before(given, is_whole=treatments_seen(record))
        vaccines = vaccine_facts(
            given[-1] if given else [], record.treatments, weight.kilograms, as_of.date(), self._vaccines
        )
        on_record = OnRecord(record.treatments, self._limits, as_of)
        reader = OrderReader(DoseReader(record, self._tables, self._limits, weight, as_of, known, on_record))
        others = [each for each in record.treatments if each.is_order and each.agent.name not in IMMUNOGLOBULINS]
        chart = chart_facts(record, known, self._mappings)
        # What was followed by a reaction was not borne.
        borne = given if _REACTIONS.isdisjoint(chart) else []
        is_adult = self._is_adult(known)
        return Reading(
            facts=chart | weight.facts | body | vaccines | dose_lowered(given, self._likeness.lowest),
            excluded=(*weight.excluded, *of_body),
            orders=tuple(self._compared(order, body, before, borne, is_adult=is_adult) for order in reader.orders()),
            beside={order.reference: {"premedication": reader.premedication(order)} for order in others},
        )

    def _compared(
        self,
        order: OrderFacts,
        body: Mapping[str, Fact],
        before: DoseBefore,
        borne: Sequence[Sequence[GivenDay]],
        *,
        is_adult: bool,
    ) -> OrderFacts:
        """The order beside the last doses and what was borne, and by adjusted weight."""
        facts = {**order.facts, **compared(order.facts, before, self._likeness)}
        facts["load_before"] = borne_load(facts, borne, self._likeness.load)
        facts["dose_kept"] = kept_dose(facts, is_adult=is_adult)
        return _by_adjusted_weight(replace(order, facts=facts), body)

    def _is_adult(self, known: Mapping[str, Fact]) -> bool:
        age = known.get("age_years", Fact(None)).value
        return isinstance(age, Range) and age.low is not None and age.low >= self._adult_age


def _by_adjusted_weight(order: OrderFacts, body: Mapping[str, Fact]) -> OrderFacts:
    """The order with its dose by adjusted weight, where both are known."""
    total, weight = order.facts.get("total_dose_g"), body.get("adjusted_weight_kg")
    if total is None or weight is None or not isinstance(total.value, Range) or not isinstance(weight.value, Range):
        return order
    evidence = in_order((*total.evidence, *weight.evidence))
    return replace(
        order, facts={**order.facts, "adjusted_dose_g_per_kg": Fact(divided(total.value, weight.value), evidence)}
    )


def _vaccine_limits(knowledge: Knowledge) -> VaccineLimits:
    rows = [
        (knowledge.number(row), int(knowledge.number(wait)))
        for row, wait in (("vaccine_row_first", "vaccine_wait_first"), ("vaccine_row_second", "vaccine_wait_second"))
    ]
    return VaccineLimits(rows, int(knowledge.number("vaccine_wait_longest")))


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
        highest_monthly=knowledge.number("monthly_high"),
        suggested_days=knowledge.number("suggested_days"),
        highest_day=knowledge.number("daily_load_high"),
        day_tolerance_percent=knowledge.number("dose_tolerance"),
        day_tolerance_g=knowledge.number("vial_tolerance"),
        words_agree=knowledge.number("words_agree_within") / 100,
        words_beyond=knowledge.number("words_beyond") / 100,
        renewed=knowledge.number("renewed_within") / 100,
        label_rates=(knowledge.number("infusion_rate_low"), knowledge.number("infusion_rate_high")),
        believed=Believed(
            knowledge.number("dose_believed"),
            knowledge.number("highest_plausible_weight"),
            knowledge.number("rate_believed"),
        ),
    )
