"""What a draft would be with another dose, by arithmetic alone, and in words what changes; the rules judge it."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from service.domain.facts import Correction, Range
from service.domain.ranges import ONE
from service.fhir.orders.dosage import DoseLine, instructions_of
from service.fhir.orders.doses import Believed, doses_of, repeat_of
from service.fhir.suggested import is_valid_r4
from service.fhir.values.answers import printable, shown
from service.fhir.values.units import exact
from service.subjects.immunoglobulin.ordered.dose import Course
from service.subjects.immunoglobulin.ordered.vials import in_vials, rounded_to_vials, vials_in_words

_HUNDREDTH = Decimal("0.01")
_LARGEST = 10**9
_DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
# What says the dose or its total once more, in words or numbers that a change would contradict.
_REPEATED = (
    "patientInstruction",
    "_patientInstruction",
    "_text",
    "maxDosePerPeriod",
    "maxDosePerAdministration",
    "maxDosePerLifetime",
)


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """The numbers of the rules that arithmetic needs; amounts in g, g/kg, g/mL, days, hours.

    ``label_rates``: the first and the highest rate of the label for MMN, in mL/kg/h.
    """

    long_interval: Fraction
    course_gap: Fraction
    days_per_month: Fraction
    premedication_hours: Fraction
    reference_strength: Fraction
    vial_step: Fraction
    target_g_per_kg: Fraction
    lowest_course: Fraction
    highest_course: Fraction
    highest_monthly: Fraction
    suggested_days: Fraction
    highest_day: Fraction
    day_tolerance_percent: Fraction
    day_tolerance_g: Fraction
    words_agree: Fraction
    words_beyond: Fraction
    renewed: Fraction
    label_rates: tuple[Fraction, Fraction]
    believed: Believed


@dataclass(frozen=True, slots=True)
class Corrector:
    """Proposes one order of one dose with another one; ``course_of`` reads what an order comes to."""

    limits: OrderLimits
    weight_kg: Fraction
    vials: Sequence[Fraction]
    course_of: Callable[[Mapping[str, object]], Course]

    def proposals(self, order: Mapping[str, object], lines: Sequence[DoseLine], course: Course) -> Iterator[Correction]:
        """Copies of the order that give the target; none when not everything that it takes is known.

        The target is the guideline's dose for a single course, first on the days that are ordered and then on the usual
        ones, and for a course that repeats the most that label and daily load allow. An order that is not whole and
        valid FHIR as sent is left alone.
        """
        if self._is_known(order, lines, course):
            for is_spread in (False,) if course.is_repeated else (False, True):
                made = self._proposed(order, lines[0], course, is_spread=is_spread)
                if made is not None and _is_valid(made):
                    words = self._in_words(order, lines[0], course, made, self.course_of(made))
                    _without_contradictions(made, words[1])
                    changed = f"Change {words[0]} to {words[1]} ({words[2]})"
                    yield Correction(made, changed, f"Change to {words[1]}")

    def _proposed(
        self, order: Mapping[str, object], line: DoseLine, course: Course, *, is_spread: bool
    ) -> dict[str, object] | None:
        """The order with the target, ``is_spread`` over the usual days of a course."""
        made = copy.deepcopy(dict(order))
        if is_spread and not self._spread(made):
            return None
        count = self.limits.suggested_days if is_spread else line.times.low
        a_day = Fraction(1) if is_spread else line.most_a_day.high
        grams = self._grams(course, count or Fraction(1), a_day or Fraction(1), line)
        return made if grams is not None and self._set_dose(made, grams, line) else None

    @staticmethod
    def _is_known(order: Mapping[str, object], lines: Sequence[DoseLine], course: Course) -> bool:
        """Whether there is one dose, exactly, which nothing else of the order has to be changed with."""
        if len(lines) != 1 or not _is_exact(lines[0]) or not _is_exact_range(course.g_per_kg):
            return False
        # Of the dates of several courses nobody knows what one course is to hold; a length goes with a rate.
        is_dated = course.is_repeated and lines[0].interval_days is None
        return not is_dated and "duration" not in repeat_of(instructions_of(order)[0])

    def _grams(self, course: Course, count: Fraction, a_day: Fraction, line: DoseLine) -> Fraction | None:
        """Grams of one administration: in whole vials where the order is in grams or mL."""
        limits, kilograms = self.limits, self.weight_kg
        heaviest = limits.highest_day / a_day * kilograms
        if course.is_repeated:
            interval = _number(course.interval_days)
            if interval is None:
                return None
            monthly = limits.highest_monthly * interval / limits.days_per_month / count * kilograms
            exact = most = min(monthly, heaviest)
        else:
            exact, most = limits.target_g_per_kg * kilograms / count, heaviest
        if exact > most:
            return None
        return exact if line.is_per_kg else rounded_to_vials(exact, self.vials, limits.vial_step, None, most)

    def _spread(self, made: Mapping[str, object]) -> bool:
        """Give a course its usual days, where its timing says no more than how often and how many times."""
        timing = instructions_of(made)[0].get("timing")
        if not isinstance(timing, dict) or set(timing) != {"repeat"} or not isinstance(timing["repeat"], dict):
            return False
        if not set(timing["repeat"]) <= {"count", *_DAILY}:
            return False
        timing["repeat"] = {**_DAILY, "count": int(self.limits.suggested_days)}
        return True

    def _set_dose(self, made: Mapping[str, object], grams: Fraction, line: DoseLine) -> bool:
        quantity, now = _quantity(made), line.dose.low
        value = quantity.get("value") if quantity is not None else None
        if quantity is None or not now or isinstance(value, bool) or not isinstance(value, int | Decimal):
            return False
        wanted = grams / self.weight_kg if line.is_per_kg else grams
        number = _decimal(Fraction(value) * wanted / now, down=line.is_per_kg)
        if number is None or number <= 0:
            return False
        quantity["value"] = number
        return True

    def _in_words(
        self,
        order: Mapping[str, object],
        line: DoseLine,
        course: Course,
        made: Mapping[str, object],
        reached: Course,
    ) -> tuple[str, str, str]:
        """What it was, what it becomes, and what that comes to."""
        old, new = (_dose_in_words(each) for each in (order, made))
        dose = shown_to_hundredths(_number(reached.g_per_kg) or Fraction(0))
        told = [f"{dose} g/kg"]
        grams = reached.even_day_g
        used = in_vials(grams, self.vials) if grams is not None and not line.is_per_kg else None
        if used is not None:
            told.append(f"vials {vials_in_words([shown(size) for size in used])}")
        elif grams is not None:
            told.append(f"{shown_to_hundredths(grams)} g a day")
        return f"{old} {_when_in_words(course, line)}", f"{new} {_when_in_words(reached, line)}", "; ".join(told)


def shown_to_hundredths(number: Fraction) -> str:
    """A number for a label, with at most two decimals."""
    return format(Decimal(round(number * 100)).scaleb(-2).normalize(), "f")


def _dose_in_words(order: Mapping[str, object]) -> str:
    quantity = _quantity(order) or {}
    number = exact(quantity.get("value"))
    return f"{shown(number) if number is not None else ''} {printable(quantity.get('unit') or quantity.get('code'))}"


def _when_in_words(course: Course, line: DoseLine) -> str:
    if course.is_repeated:
        return f"every {shown(_number(course.interval_days) or Fraction(0))} days"
    days = shown(_number(course.days) or Fraction(0))
    if days == "1":
        return "on one day"
    often = line.most_a_day
    return f"daily for {days} days" if often == ONE else f"per infusion for {days} days"


def _without_contradictions(made: dict[str, object], words: str) -> None:
    """Rewrite the text of the instruction, and drop whatever else repeats the old dose."""
    instruction = instructions_of(made)[0]
    if isinstance(instruction, dict):
        if "text" in instruction:
            instruction["text"] = words
        for element in _REPEATED:
            instruction.pop(element, None)
    made.pop("text", None)
    dispense = made.get("dispenseRequest")
    if isinstance(dispense, dict):
        kept = {key: value for key, value in dispense.items() if key not in ("quantity", "expectedSupplyDuration")}
        made["dispenseRequest"] = kept
        if not kept:
            del made["dispenseRequest"]


def _is_valid(order: Mapping[str, object]) -> bool:
    """Whether an order can be sent back: real clients leave out much, and an update must be a whole resource."""
    whole = {**order, "resourceType": "MedicationRequest", "subject": {"reference": "Patient/1"}}
    return isinstance(order.get("id"), str) and is_valid_r4(whole)


def _is_exact(line: DoseLine) -> bool:
    return all(_is_exact_range(part) for part in (line.dose, line.times, line.days, line.most_a_day))


def _is_exact_range(amount: Range | None) -> bool:
    return amount is not None and bool(amount.low) and amount.low == amount.high


def _number(amount: Range | None) -> Fraction | None:
    return amount.low if amount is not None and amount.low == amount.high else None


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
        return quotient.quantize(_HUNDREDTH, ROUND_DOWN).normalize()
    return quotient.normalize() if Fraction(quotient) == number else None
