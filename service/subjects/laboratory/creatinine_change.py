"""How creatinine changed in the days before the newest one: what is not steady is a risk of its own."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.ranges import divided
from service.domain.statements import in_order
from service.fhir.intake.records import PatientRecord
from service.subjects.laboratory.computed_egfr import Creatinine, is_newer_estimate, newest_of


def creatinine_change(record: PatientRecord, read: Sequence[Creatinine], within: timedelta) -> dict[str, Fact]:
    """Rise and fall in percent, over at most ``within``; nothing where an eGFR is newer, or there is one creatinine."""
    newest = newest_of(read) if read else None
    if newest is None or _is_answered(record, newest):
        return {}
    since = newest[0].moment.latest - within
    before = [each for each in read if each[0] is not newest[0] and each[0].moment.latest >= since]
    if not before:
        return {}
    lowest, highest = min(before, key=_upper), max(before, key=_lower)
    days = (newest[0].moment.latest - lowest[0].moment.latest) // timedelta(days=1)
    of_rise, of_fall = (in_order((each[0].reference, newest[0].reference)) for each in (lowest, highest))
    facts = {
        "creatinine_rise_percent": Fact(_more(newest[1], lowest[1]), of_rise),
        "creatinine_fall_percent": Fact(_more(highest[1], newest[1]), of_fall),
        "creatinine_rise_days": Fact(Range.exactly(days), of_rise),
        "lowest_creatinine_mg_per_dl": Fact(lowest[1], (lowest[0].reference,)),
    }
    return {name: fact for name, fact in facts.items() if fact.value is not None}


def _is_answered(record: PatientRecord, newest: Creatinine) -> bool:
    """Whether an eGFR of a later time tells how it went on; one of the same sample does not."""
    return is_newer_estimate(record, newest[0].moment, same_time=False)


def _more(one: Range, other: Range) -> Range | None:
    """By how many percent one is above the other; ``None`` where it is not."""
    ratio = divided(one, other)
    low, high = (None if end is None else (end - 1) * 100 for end in (ratio.low, ratio.high))
    return Range(low, high) if high is None or high > 0 else None


def _upper(each: Creatinine) -> tuple[bool, Fraction]:
    high = each[1].high
    return high is None, high if high is not None else Fraction(0)


def _lower(each: Creatinine) -> Fraction:
    return each[1].low if each[1].low is not None else Fraction(0)
