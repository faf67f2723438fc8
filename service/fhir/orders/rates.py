"""Infusion rates of an order, exactly, by weight and for a product of one strength; or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Range
from service.domain.ranges import divided, times
from service.fhir.orders.amounts import DAYS_OF, Grams, Unread, amount_of, grams_of, unread
from service.fhir.orders.dosage import instructions_of
from service.fhir.orders.doses import doses_of, repeat_of
from service.fhir.values.units import contradicts, exact

_STATED = ("rateQuantity", "rateRatio", "rateRange")


@dataclass(frozen=True, slots=True)
class RateReading:
    """What a rate is read with: the weight, the strength of the product and the one to compare by (g/mL).

    ``believed``: the highest rate that is, in mL/kg/h.
    """

    weight_kg: Fraction | None
    strength: Fraction | None
    reference_strength: Fraction
    synonyms: Mapping[str, str]
    believed: Fraction | None = None


def highest_rate(order: Mapping[str, object], reading: RateReading) -> tuple[Fraction | None, Unread | None]:
    """The highest rate that an order allows, in mL/kg/h; and the first rate that cannot be read."""
    stated = [
        dose[name]
        for instruction in instructions_of(order)
        for dose in doses_of(instruction)
        for name in _STATED
        if dose.get(name) is not None
    ]
    rates = [rate_ml_per_kg_h(rate, reading) for rate in stated]
    rates += [_by_length(instruction, reading) for instruction in instructions_of(order)]
    highs = [rate.high for rate in rates if isinstance(rate, Range) and rate.high is not None]
    problems = [rate for rate in rates if isinstance(rate, Unread)]
    if reading.believed is not None and max(highs, default=Fraction(0)) > reading.believed:
        problems.append(Unread("amount_not_believed"))
        highs = [high for high in highs if high <= reading.believed]
    return max(highs, default=None), problems[0] if problems else None


def _by_length(instruction: Mapping[str, object], reading: RateReading) -> Range | None:
    """The rate that follows from a dose and the length of its infusion (``timing.repeat.duration``)."""
    repeat = repeat_of(instruction)
    length, unit = exact(repeat.get("duration")), repeat.get("durationUnit")
    if length is None or length <= 0 or not isinstance(unit, str) or unit not in DAYS_OF:
        return None
    hours = length * DAYS_OF[unit] * 24
    strength = reading.strength or reading.reference_strength
    doses = [dose.get("doseQuantity") or dose.get("doseRange") for dose in doses_of(instruction)]
    read = [grams_of(dose, strength, reading.synonyms) for dose in doses if dose is not None]
    by_weight = [_per_kg(grams, reading.weight_kg) for grams in read if isinstance(grams, Grams)]
    highs = [amount.high for amount in by_weight if amount is not None and amount.high is not None]
    return Range.exactly(max(highs) / reading.reference_strength / hours) if highs else None


def _per_kg(grams: Grams, weight_kg: Fraction | None) -> Range | None:
    if grams.is_per_kg:
        return grams.amount
    return divided(grams.amount, Range.exactly(weight_kg)) if weight_kg is not None else None


def rate_ml_per_kg_h(rate: object, reading: RateReading) -> Range | Unread | None:
    """An infusion rate in mL/kg/h of a product of the reference strength: the same grams for every one.

    ``None`` where only the weight is missing.
    """
    value, factor = _by_time(rate, reading.synonyms)
    scale = (reading.strength or reading.reference_strength) / reading.reference_strength
    for unit, by in (("mL/kg/h", scale), ("g/kg/h", 1 / reading.reference_strength)):
        amount = amount_of(value, unit, reading.synonyms)
        if amount is not None:
            return times(amount, Range.exactly(factor * by))
    for unit, by in (("mL/h", scale), ("g/h", 1 / reading.reference_strength)):
        amount = amount_of(value, unit, reading.synonyms)
        if amount is not None and reading.weight_kg is not None:
            return divided(times(amount, Range.exactly(factor * by)), Range.exactly(reading.weight_kg))
        if amount is not None:
            return None
    return unread(rate)


def _by_time(rate: object, synonyms: Mapping[str, str]) -> tuple[object, Fraction]:
    """A rate and what to multiply it by: a Ratio such as 300 mL : 1.5 h is 1 mL/h, 200 times."""
    as_it_is = rate, Fraction(1)
    if not isinstance(rate, Mapping) or "numerator" not in rate:
        return as_it_is
    numerator, denominator = rate.get("numerator"), rate.get("denominator")
    if not isinstance(numerator, Mapping) or not isinstance(denominator, Mapping):
        return as_it_is
    value, by = exact(numerator.get("value")), exact(denominator.get("value"))
    units = [part.get("code") or part.get("unit") for part in (numerator, denominator)]
    is_torn = any(contradicts(part, synonyms) for part in (numerator, denominator))
    is_bound = numerator.get("comparator") is not None or denominator.get("comparator") is not None
    if (
        value is None
        or value < 0
        or by is None
        or by <= 0
        or is_bound
        or is_torn
        or not all(isinstance(u, str) for u in units)
    ):
        return as_it_is
    return {"value": 1, "unit": f"{units[0]}/{units[1]}"}, value / by
