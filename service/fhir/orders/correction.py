"""The same draft with its dose put right, where everything that this needs is known."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from service.domain.dose import Course, DoseLine, rounded_to
from service.fhir.orders.dosage import doses_of, instructions_of

_HUNDREDTH = Decimal("0.01")
_LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """The numbers of the rules that arithmetic needs; amounts in g, g/kg, g/mL, days, hours."""

    long_interval: Fraction
    days_per_month: Fraction
    premedication_hours: Fraction
    reference_strength: Fraction
    vial_step: Fraction
    target_g_per_kg: Fraction
    lowest_course: Fraction
    highest_course: Fraction
    highest_monthly: Fraction


def correction_of(
    order: Mapping[str, object],
    lines: tuple[DoseLine, ...],
    course: Course,
    weight_kg: Fraction | None,
    limits: OrderLimits,
) -> dict[str, object] | None:
    """A copy of the order whose one dose gives the target; ``None`` when not everything that it takes is known.

    The target is the guideline's dose for a single course, and the label's highest for one that repeats. An order
    within its band, and one that is not whole and valid FHIR as sent, is left alone.
    """
    if len(lines) != 1 or weight_kg is None or course.g_per_kg is None or not _is_out_of_band(course, limits):
        return None
    line, now = lines[0], course.g_per_kg.low
    count = line.times.low
    if not now or now != course.g_per_kg.high or not count or count != line.times.high:
        return None
    dose_g = _dose(course, weight_kg, count, line, limits)
    quantity = _quantity(order)
    value = quantity.get("value") if quantity is not None else None
    if dose_g is None or isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = _decimal(Fraction(value) * dose_g * count / (now * weight_kg), down=line.is_per_kg)
    made = copy.deepcopy(dict(order))
    corrected = _quantity(made)
    if number is None or corrected is None or number == value:
        return None
    corrected["value"] = number
    return made if _is_valid(made) else None


def _is_out_of_band(course: Course, limits: OrderLimits) -> bool:
    if course.interval_days is not None:
        monthly = course.monthly_g_per_kg.low if course.monthly_g_per_kg is not None else None
        return monthly is not None and monthly > limits.highest_monthly
    dose = course.g_per_kg.low if course.g_per_kg is not None else None
    return dose is not None and not limits.lowest_course <= dose <= limits.highest_course


def _is_valid(order: Mapping[str, object]) -> bool:
    """Whether an order can be sent back: real clients leave out much, and an update must be a whole resource."""
    if not isinstance(order.get("id"), str):
        return False
    try:
        get_fhir_model_class("MedicationRequest").model_validate({**order, "subject": {"reference": "Patient/1"}})
    except (ValidationError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def _dose(course: Course, weight_kg: Fraction, count: Fraction, line: DoseLine, limits: OrderLimits) -> Fraction | None:
    """Grams of one administration, rounded to vials where the order is in grams or mL, and still within the band."""
    if course.interval_days is None:
        exact = limits.target_g_per_kg * weight_kg / count
        dose = exact if line.is_per_kg else rounded_to(exact, limits.vial_step)
        within = limits.lowest_course <= dose * count / weight_kg <= limits.highest_course
        return dose if within else None
    interval = course.interval_days.low
    if interval is None or interval != course.interval_days.high:
        return None
    exact = limits.highest_monthly * interval / limits.days_per_month * weight_kg / count
    dose = exact if line.is_per_kg else exact // limits.vial_step * limits.vial_step
    return dose if dose > 0 else None


def _quantity(order: Mapping[str, object]) -> dict[str, object] | None:
    """The one ``doseQuantity`` of the order."""
    instructions = instructions_of(order)
    doses = doses_of(instructions[0]) if len(instructions) == 1 else []
    quantity = doses[0].get("doseQuantity") if len(doses) == 1 else None
    return quantity if isinstance(quantity, dict) else None


def _decimal(number: Fraction, *, down: bool) -> Decimal | None:
    quotient = Decimal(number.numerator) / Decimal(number.denominator)
    if number > _LARGEST:
        return None
    if down:
        return quotient.quantize(_HUNDREDTH, ROUND_DOWN)
    return quotient.normalize() if Fraction(quotient) == number else None
