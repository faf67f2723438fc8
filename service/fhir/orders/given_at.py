"""When an order or a treatment is given: its events or bounds, else when it was written or given."""

from collections.abc import Mapping
from datetime import datetime

from service.domain.moments import Moment, moment_of
from service.fhir.intake.records import Treatment
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import repeat_of


def given_at(treatment: Treatment, as_of: datetime) -> Moment:
    """When it is to be given: its events or bounds, else when it was written or given; an undated draft is now."""
    moments: list[Moment] = []
    for instruction in instructions_of(treatment.resource):
        timing, bounds = instruction.get("timing"), repeat_of(instruction).get("boundsPeriod")
        events = timing.get("event") if isinstance(timing, Mapping) else None
        dates = events if isinstance(events, list) else list(bounds.values()) if isinstance(bounds, Mapping) else []
        moments += [moment for moment in map(moment_of, dates) if moment is not None]
    if moments:
        return Moment(min(each.earliest for each in moments), max(each.latest for each in moments), None)
    is_undated_order = treatment.is_order or treatment.is_draft or treatment.resource.get("status") == "draft"
    if treatment.moment.day is None and is_undated_order:
        return Moment(as_of, as_of, None)
    return treatment.moment
