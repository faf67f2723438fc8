"""The amount of one administration: a dose, a daily rate, a rate with its length, an ordered and a calculated dose."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Range
from service.domain.ranges import divided, times
from service.fhir.orders.amounts import DAYS_OF, Grams, Unread, amount_of, grams_of, per_day, stated_in, unread
from service.fhir.values.answers import codings_of, objects_in
from service.fhir.values.units import exact

_PAIR = ["calculated", "ordered"]
_NOTHING: Mapping[str, object] = {}
_IN_WORDS = ("text", "patientInstruction")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Believed:
    """The most that is believed of one administration, in g/kg, and of a rate, in mL/kg/h; more is an error of units.

    ``heaviest_kg``: the weight that the dose of somebody of unknown weight is held against.
    """

    g_per_kg: Fraction
    heaviest_kg: Fraction
    ml_per_kg_h: Fraction

    def is_beyond(self, grams: Grams, weight_kg: Fraction | None) -> bool:
        """Whether an amount, or the low end of a range, is more than is believed."""
        by = Fraction(1) if grams.is_per_kg else weight_kg or self.heaviest_kg
        return (grams.amount.low or Fraction(0)) > self.g_per_kg * by


@dataclass(frozen=True, slots=True)
class Reading:
    """How the amounts of an order are read. ``strength``: g/mL. ``long_interval``: from so many days it repeats.

    ``believed``: what an amount may be, where that is known of the drug. ``follows``: words by which an instruction
    follows the one before it.
    """

    strength: Fraction | None
    synonyms: Mapping[str, str]
    long_interval: Fraction
    weight_kg: Fraction | None = None
    believed: Believed | None = None
    follows: re.Pattern[str] | None = None


def doses_of(instruction: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The ``doseAndRate`` entries of an instruction."""
    given = instruction.get("doseAndRate")
    return objects_in([given] if isinstance(given, Mapping) else given)


def repeat_of(instruction: Mapping[str, object]) -> Mapping[str, object]:
    """``timing.repeat``, empty without one."""
    timing = instruction.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, Mapping) else None
    return repeat if isinstance(repeat, Mapping) else _NOTHING


def dose_in(instruction: Mapping[str, object], reading: Reading) -> Grams | Unread:
    """Grams of one administration, or why they cannot be had."""
    grams, believed = _dose_in(instruction, reading), reading.believed
    if believed is None or isinstance(grams, Unread) or not believed.is_beyond(grams, reading.weight_kg):
        return grams
    return Unread("amount_not_believed", stated_dose(instruction))


def _dose_in(instruction: Mapping[str, object], reading: Reading) -> Grams | Unread:
    doses = doses_of(instruction)
    if not doses:
        return Unread("amount_in_words_only" if _says_a_number(instruction) else "amount_not_stated")
    if len(doses) == 1:
        return _grams(doses[0], instruction, reading)
    # Several doses are alternatives, unless they are one: ordered and calculated, in g and in mL of the product.
    read = [_grams(dose, instruction, reading) for dose in doses]
    kinds = [str(next((coding.get("code") for coding in codings_of(dose.get("type"))), "")) for dose in doses]
    grams = [each for each in read if isinstance(each, Grams)]
    one = _one_of(kinds, grams, reading) if len(grams) == len(read) else None
    return one or Unread("several_doses", "; ".join(filter(None, map(_stated, doses))))


def _says_a_number(instruction: Mapping[str, object]) -> bool:
    """Whether the words of an instruction hold a number; they are not read, since a dose misread is none."""
    words = (instruction.get(name) for name in _IN_WORDS)
    return any(isinstance(each, str) and _DIGIT.search(each) for each in words)


def _one_of(kinds: Sequence[str], grams: Sequence[Grams], reading: Reading) -> Grams | None:
    """The dose that all entries state; a calculated one may be rounded, every other one repeats one of the two."""
    pair = [grams[kinds.index(kind)] for kind in _PAIR if kinds.count(kind) == 1]
    if len(pair) < len(_PAIR):
        return grams[0] if all(_is_same(grams[0], each, reading) for each in grams) else None
    calculated, ordered = pair
    rest = [each for each, kind in zip(grams, kinds, strict=True) if kind not in _PAIR]
    if not all(_is_same(ordered, each, reading) or _is_same(calculated, each, reading) for each in rest):
        return None
    together = _together(ordered, calculated, reading)
    return together if isinstance(together, Grams) else None


def _is_same(one: Grams, other: Grams, reading: Reading) -> bool:
    """Whether two state the same amount; one by weight and one without compare by the weight that is known."""
    if one.unit.endswith("/d") is not other.unit.endswith("/d"):
        return False
    if one.is_per_kg is other.is_per_kg:
        return one.amount == other.amount
    if reading.weight_kg is None:
        return False
    by_weight, whole = (one, other) if one.is_per_kg else (other, one)
    return times(by_weight.amount, Range.exactly(reading.weight_kg)) == whole.amount


def stated_dose(instruction: Mapping[str, object]) -> str:
    """What an instruction states as its doses, in words."""
    return "; ".join(filter(None, map(_stated, doses_of(instruction))))


def _stated(dose: Mapping[str, object]) -> str:
    return stated_in(dose.get("doseQuantity") or dose.get("doseRange"))


def _together(ordered: Grams, calculated: Grams, reading: Reading) -> Grams | Unread:
    """Both, as a range where they differ; the ordered one where there is no weight to compare them by."""
    if ordered.is_per_kg is not calculated.is_per_kg and reading.weight_kg is None:
        return ordered
    if ordered.unit.endswith("/d") is not calculated.unit.endswith("/d"):
        return Unread("several_doses")
    amounts = [ordered.amount, calculated.amount]
    if ordered.is_per_kg is not calculated.is_per_kg and reading.weight_kg is not None:
        weight = Range.exactly(reading.weight_kg)
        amounts = [each.amount if each.is_per_kg else divided(each.amount, weight) for each in (ordered, calculated)]
    lows, highs = [each.low for each in amounts], [each.high for each in amounts]
    low = min((end for end in lows if end is not None), default=None)
    high = max((end for end in highs if end is not None), default=None)
    return Grams(Range(low, high), ordered.is_per_kg or calculated.is_per_kg, ordered.unit)


def _grams(dose: Mapping[str, object], instruction: Mapping[str, object], reading: Reading) -> Grams | Unread:
    stated = dose.get("doseQuantity", dose.get("doseRange"))
    if stated is not None:
        # A dose may be stated by the day, as "0.4 g/kg/d".
        return per_day(stated, reading.synonyms) or grams_of(stated, reading.strength, reading.synonyms)
    rate = dose.get("rateQuantity", dose.get("rateRange"))
    if rate is None:
        return Unread("amount_not_stated")
    return per_day(rate, reading.synonyms) or _by_rate(rate, instruction, reading)


def _by_rate(rate: object, instruction: Mapping[str, object], reading: Reading) -> Grams | Unread:
    """A rate by the hour together with the length of one infusion."""
    repeat = repeat_of(instruction)
    length, unit = exact(repeat.get("duration")), repeat.get("durationUnit")
    if length is None or length <= 0 or not isinstance(unit, str) or unit not in DAYS_OF:
        return Unread("amount_not_stated")
    hours = Range.exactly(length * DAYS_OF[unit] * 24)
    for ucum, is_per_kg in (("g/h", False), ("g/kg/h", True)):
        amount = amount_of(rate, ucum, reading.synonyms)
        if amount is not None:
            return Grams(times(amount, hours), is_per_kg, ucum)
    volume = amount_of(rate, "mL/h", reading.synonyms)
    if volume is None:
        return unread(rate)
    if reading.strength is None:
        return Unread("strength_not_stated", stated_in(rate))
    return Grams(times(times(volume, hours), Range.exactly(reading.strength)), is_per_kg=False, unit="mL/h")
