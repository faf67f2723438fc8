"""Dosage instructions as lines of a dose, or the first thing that is missing to compute it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from service.domain.budget import between_steps
from service.domain.facts import Range
from service.domain.moments import moment_of
from service.domain.ranges import ONE
from service.fhir.orders.amounts import Unread
from service.fhir.orders.doses import Reading, dose_in, doses_of, repeat_of, stated_dose
from service.fhir.orders.following import numbered_by_words
from service.fhir.orders.timing import a_day_without_end, has_end, when_given
from service.fhir.values.answers import objects_in
from service.fhir.values.content import content_key

_RATES = ("rateQuantity", "rateRatio", "rateRange")
_WORDS = ("sequence", "text", "patientInstruction", "additionalInstruction", "id")
_ENOUGH = 2
_AS_NEEDED = ("asNeededBoolean", "asNeededCodeableConcept")
# Whatever is not known: at least nothing, at least one administration, on at least one day.
_ANY_DOSE, _SOME = Range(Fraction(0), None), Range(Fraction(1), None)


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One dosage instruction.

    ``dose``: one administration, in g, or in g/kg when ``is_per_kg``. ``times``: administrations in one course.
    ``days``: on how many days they fall. ``dates``: the day of each administration, where they are stated.
    ``interval_days``: from one course to the next, ``None`` for a single course. ``most_a_day``: administrations on
    the day that has most. ``sequence``: lines of different numbers follow each other. ``a_day_without_end``: so often a
    day, of a line that states no end. ``ends``: whether it comes to an end. ``span``: its first and its last day, where
    both are stated.
    """

    dose: Range
    is_per_kg: bool
    times: Range
    days: Range
    dates: tuple[date, ...] = ()
    interval_days: Range | None = None
    most_a_day: Range = ONE
    sequence: int | None = None
    a_day_without_end: Range | None = None
    ends: bool = True
    span: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Dosage:
    """All lines of an order. ``missing``: the first thing that keeps it from being computed whole, and as it is stated.

    What is missing leaves its line open above: the dose is then at least what the lines say.
    """

    lines: tuple[DoseLine, ...]
    missing: str = ""
    stated: str = ""


def dosage_of(order: Mapping[str, object], reading: Reading) -> Dosage:
    """The dose lines of a MedicationRequest."""
    instructions = instructions_of(order)
    if not instructions:
        return Dosage((), "amount_not_stated")
    kept = without_rate_steps(instructions)
    made = [_line(instruction, reading) for instruction in kept]
    problems = [problem for _, problem in made if problem is not None]
    lines = _in_steps([line for line, _ in made], kept, reading)
    return Dosage(lines, problems[0].why, problems[0].stated) if problems else Dosage(lines)


def _in_steps(
    lines: Sequence[DoseLine], instructions: Sequence[Mapping[str, object]], reading: Reading
) -> tuple[DoseLine, ...]:
    """The lines with when they end, and numbered by words where no number is stated."""
    spans = [_span(repeat_of(each)) for each in instructions]
    ending = [
        replace(line, sequence=_number(each), ends=has_end(each) and line.a_day_without_end is None, span=span)
        for line, each, span in zip(lines, instructions, spans, strict=True)
    ]
    if reading.follows is None or any(line.sequence is not None for line in ending):
        return tuple(ending)
    numbers = numbered_by_words(instructions, reading.follows)
    numbered = [replace(line, sequence=number) for line, number in zip(ending, numbers, strict=False)]
    return tuple(numbered or ending)


def _number(instruction: Mapping[str, object]) -> int | None:
    number = instruction.get("sequence")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _span(repeat: Mapping[str, object]) -> tuple[date, date] | None:
    bounds = repeat.get("boundsPeriod")
    ends = [moment_of(bounds.get(end)) for end in ("start", "end")] if isinstance(bounds, Mapping) else []
    days = [end.day for end in ends if end is not None and end.day is not None]
    return (days[0], days[1]) if len(days) == len(("start", "end")) else None


def without_rate_steps(instructions: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The instructions without those that follow another one and differ from it in the rate only.

    An infusion that is begun slowly is written as steps in ``sequence``, each with the whole dose.
    """
    kept: list[Mapping[str, object]] = []
    begun: dict[Hashable, list[_Step]] = {}
    for instruction in instructions:
        step = _step_of(instruction)
        if step is None:
            kept.append(instruction)
            continue
        steps = begun.setdefault(content_key(_rest(instruction)), [])
        if any(step.number != other.number and step.rates != other.rates for other in steps):
            continue
        kept.append(instruction)
        # Those kept all share their number, or all share their rates: two of them stand for the rest.
        if step not in steps and len(steps) < _ENOUGH:
            steps.append(step)
    return kept


class _Step(NamedTuple):
    """What one step of an infusion may differ in from another: its number, and its rates."""

    number: Hashable
    rates: Hashable


def _step_of(instruction: Mapping[str, object]) -> _Step | None:
    """``None`` of an instruction without a number or a rate, which is no step."""
    rates = [dose.get(name) for dose in doses_of(instruction) for name in _RATES]
    number = instruction.get("sequence")
    return _Step(content_key(number), content_key(rates)) if number is not None and any(rates) else None


def _rest(instruction: Mapping[str, object]) -> dict[str, object]:
    """What an instruction says beside its rate, its number and its words."""
    doses = [{key: value for key, value in dose.items() if key not in _RATES} for dose in doses_of(instruction)]
    kept = {key: value for key, value in instruction.items() if key not in _WORDS}
    return kept | {"doseAndRate": doses}


def instructions_of(order: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The dosage instructions; a single object where a list belongs is taken as one."""
    given = order.get("dosageInstruction")
    return objects_in([given] if isinstance(given, Mapping) else given)


def _line(instruction: Mapping[str, object], reading: Reading) -> tuple[DoseLine, Unread | None]:
    """One line, and what keeps it from being whole."""
    between_steps()
    grams, when = dose_in(instruction, reading), when_given(instruction, reading)
    problem = _problem(instruction)
    if isinstance(grams, Unread):
        return DoseLine(_ANY_DOSE, is_per_kg=False, times=_SOME, days=_SOME), problem or grams
    if when is None or problem is not None:
        often = a_day_without_end(instruction, reading) if problem is None else None
        often = ONE if often is not None and grams.unit.endswith("/d") else often
        line = DoseLine(grams.amount, grams.is_per_kg, _SOME, _SOME, most_a_day=_SOME, a_day_without_end=often)
        return line, problem or Unread("days_not_stated")
    is_daily = grams.unit.endswith("/d")
    count, most = (when.days, ONE) if is_daily else (when.times, when.most_a_day)
    return DoseLine(
        grams.amount,
        grams.is_per_kg,
        count,
        when.days,
        tuple(sorted(set(when.dates))) if is_daily else when.dates,
        when.interval,
        most,
    ), None


def _problem(instruction: Mapping[str, object]) -> Unread | None:
    if instruction.get("modifierExtension") is not None:
        return Unread("changed_by_an_extension")
    if any(instruction.get(element) not in (None, False) for element in _AS_NEEDED):
        return Unread("given_as_needed", stated_dose(instruction))
    return None


def steps_of(lines: Sequence[DoseLine]) -> list[list[DoseLine]]:
    """The lines in steps that follow each other; those of one step are given together.

    They follow by their numbers, where each that another follows comes to an end, or by spans of days that do not
    overlap. Where neither is stated all of them are one step.
    """
    numbers = {line.sequence for line in lines}
    if len(numbers) > 1 and None not in numbers:
        last = max(number for number in numbers if number is not None)
        if all(line.ends for line in lines if line.sequence != last):
            ordered = sorted(lines, key=lambda line: line.sequence or 0)
            return [list(step) for _, step in groupby(ordered, key=attrgetter("sequence"))]
    return _by_span(lines) or [list(lines)]


def _by_span(lines: Sequence[DoseLine]) -> list[list[DoseLine]]:
    """Steps by their days, where every line has a first and a last one; else none."""
    dated = sorted(((line.span, line) for line in lines if line.span), key=lambda each: each[0])
    if len(dated) < len(lines):
        return []
    steps: list[list[DoseLine]] = []
    until = None
    for (first, last), line in dated:
        if until is None or first > until:
            steps.append([])
        steps[-1].append(line)
        until = last if until is None else max(until, last)
    return steps
