"""The weight to dose by: the newest plausible one, not too old; else what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Statement, settle
from service.fhir.intake.records import PatientRecord
from service.fhir.intake.unusable import Unusable, refused, results_among, told_as, unanswered, unread
from service.fhir.values.answers import Problem, shown
from service.fhir.values.results import number_in, quantity_in

READER = "body_weight"


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Lowest and highest weight that is believed, in kg, and for how many days a weight may be used.

    ``agree_within``: weights of one moment that differ by so much are one.
    """

    lowest: Fraction
    highest: Fraction
    valid_days: Fraction
    agree_within: Fraction


@dataclass(frozen=True, slots=True)
class Weight:
    """``kilograms`` when there is a weight to dose by; ``state`` says so, or what is wrong."""

    kilograms: Fraction | None
    facts: dict[str, Fact]
    excluded: list[Excluded]


def weight_of(record: PatientRecord, synonyms: Mapping[str, str], as_of: datetime, limits: WeightLimits) -> Weight:
    """``dosing_weight`` (usable, missing, old, implausible, contradictory, not_readable) and ``weight_kg``."""
    weighed: list[Statement[Fraction]] = []
    implausible: list[Unusable] = []
    unreadable = refused(record, (READER,))
    excluded: list[Excluded] = []
    for source in record.sources:
        if source.concept is None or source.concept.reader != READER:
            continue
        kilograms = _kilograms(source.resource, synonyms, limits)
        if not isinstance(kilograms, Problem):
            weighed.append(Statement(kilograms, source.moment, source.reference))
            continue
        excluded.append(kilograms.about(source.reference))
        (implausible if kilograms.reason == "implausible" else unreadable).append(unread(source, kilograms))
    if not weighed:
        return _without(*_unusable(implausible, results_among(unreadable)), excluded)
    settled = settle(weighed, lambda values: _agreed(values, limits))
    excluded += [Excluded(statement.evidence, "older", "a newer weight counts") for statement in settled.older]
    newest = settled.counted[0]
    if settled.value is None:
        disagree = Unusable(settled.evidence, "weights of equal age disagree", newest.moment)
        return _without("contradictory", [disagree], excluded)
    if _is_old(newest, as_of, limits):
        return _with_age(
            _without("old", [Unusable(settled.evidence, _dated(newest), newest.moment)], excluded), newest, as_of
        )
    known = Fact(Range.exactly(settled.value), settled.evidence, f"{shown(settled.value)} kg")
    facts = {"dosing_weight": Fact("usable", settled.evidence, "the newest plausible weight"), "weight_kg": known}
    facts |= _change(settled.value, newest, settled.older)
    facts["earlier_weight"] = Fact("on_record" if "earlier_weight_kg" in facts else "not_on_record", settled.evidence)
    unused = results_among([*implausible, *unreadable])
    if newer := unanswered(unused, [each.moment for each in settled.counted]):
        facts["unusable_weight"] = told_as("on_record", newer)
    return Weight(settled.value, facts, excluded)


def _change(now: Fraction, newest: Statement[Fraction], older: Sequence[Statement[Fraction]]) -> dict[str, Fact]:
    """How much the weight changed since the one before, and in how many days; nothing without two dated weights."""
    dated = [each for each in older if each.value is not None and each.moment.day is not None]
    before = max(dated, key=lambda each: each.moment.earliest, default=None)
    if before is None or before.value is None or before.moment.day is None or newest.moment.day is None:
        return {}
    low, high = sorted((now, before.value))
    evidence = (newest.evidence, before.evidence)
    numbers = {
        "earlier_weight_kg": before.value,
        "weight_change_percent": (high - low) / low * 100,
        "weight_change_days": Fraction((newest.moment.day - before.moment.day).days),
        "weight_ratio": high / low,
    }
    return {name: Fact(Range.exactly(number), evidence) for name, number in numbers.items()}


def _agreed(values: Sequence[Fraction], limits: WeightLimits) -> Fraction | None:
    """The lowest of weights that hardly differ: by it the dose by weight is the highest."""
    return min(values) if max(values) - min(values) <= limits.agree_within else None


def _unusable(implausible: list[Unusable], unreadable: list[Unusable]) -> tuple[str, list[Unusable]]:
    state = "implausible" if implausible else "not_readable" if unreadable else "missing"
    return state, [*implausible, *unreadable]


def _without(state: str, unusable: list[Unusable], excluded: list[Excluded]) -> Weight:
    fact = told_as(state, unusable) if unusable else Fact(state, (), "no weight is on record")
    return Weight(None, {"dosing_weight": fact}, excluded)


def _with_age(weight: Weight, newest: Statement[Fraction], as_of: datetime) -> Weight:
    """How old the weight is, where it has a full date."""
    day = newest.moment.day
    if day is not None:
        days = Fraction((as_of.date() - day).days)
        weight.facts["old_weight_days"] = Fact(Range.exactly(days), (newest.evidence,), _dated(newest))
    return weight


def _dated(statement: Statement[Fraction]) -> str:
    return f"dated {statement.moment.day}" if statement.moment.day else "without a full date"


def _is_old(statement: Statement[Fraction], as_of: datetime, limits: WeightLimits) -> bool:
    day = statement.moment.day
    return day is None or (as_of.date() - day).days > limits.valid_days


def _kilograms(
    observation: Mapping[str, object], synonyms: Mapping[str, str], limits: WeightLimits
) -> Fraction | Problem:
    quantity = quantity_in(observation, "a weight")
    said = quantity if isinstance(quantity, Problem) else number_in(quantity, "kg", synonyms)
    if isinstance(said, Problem) or limits.lowest <= said <= limits.highest:
        return said
    return Problem("implausible", "a weight outside what is believed")
