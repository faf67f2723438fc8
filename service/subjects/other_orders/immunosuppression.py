"""Whether immunity is suppressed by what is running: cyclophosphamide, rituximab, or a high dose of a steroid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from service.domain.facts import Fact
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord, Treatment
from service.subjects.other_orders.steroids import AGENT, Steroids, prednisolone_a_day

_LASTING = ("cyclophosphamide", "rituximab")
_RUNNING = ("active", "in-progress")


@dataclass(frozen=True, slots=True)
class SuppressionLimits:
    """For how long a dose counts as running, and from which mg of prednisolone a day on a steroid does."""

    lasts: timedelta
    prednisolone_mg: Fraction


def immunosuppression(record: PatientRecord, steroids: Steroids, as_of: datetime, limits: SuppressionLimits) -> Fact:
    """``present`` with the names of the drugs that are running; ``absent`` where none of them is on record."""
    own = [each for each in record.treatments if not each.is_allergy and not each.is_draft]
    lasting = [each for each in own if each.agent.name in _LASTING and _lasts(each, as_of, limits)]
    high = [each for each in own if _is_high_steroid(each, steroids, limits)]
    names = in_order([*(str(each.agent.name) for each in lasting), *("high-dose steroid" for _ in high[:1])])
    if not names:
        return Fact("absent")
    return Fact("present", in_order(each.reference for each in (*lasting, *high)), " and ".join(names))


def _lasts(treatment: Treatment, as_of: datetime, limits: SuppressionLimits) -> bool:
    is_running = treatment.resource.get("status") in _RUNNING
    return is_running or as_of - treatment.moment.latest <= limits.lasts


def _is_high_steroid(treatment: Treatment, steroids: Steroids, limits: SuppressionLimits) -> bool:
    is_running = treatment.agent.name == AGENT and treatment.resource.get("status") in _RUNNING
    if not is_running or treatment.agent.is_local:
        return False
    a_day = prednisolone_a_day(treatment, steroids)
    return a_day is not None and a_day >= limits.prednisolone_mg
