"""The weight to dose by: the newest plausible one, not too old; else what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.records import SourceResource
from service.fhir.values.answers import Problem, shown, value_of
from service.fhir.values.results import number_in


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Lowest and highest weight that is believed, in kg, and for how many days a weight may be used."""

    lowest: Fraction
    highest: Fraction
    valid_days: Fraction


@dataclass(frozen=True, slots=True)
class Weight:
    """``kilograms`` when there is a weight to dose by; ``state`` says so, or what is wrong."""

    kilograms: Fraction | None
    facts: dict[str, Fact]
    excluded: list[Excluded]


def weight_of(
    sources: Sequence[SourceResource], synonyms: Mapping[str, str], as_of: datetime, limits: WeightLimits
) -> Weight:
    """``dosing_weight`` (usable, missing, old, implausible, contradictory) and ``weight_kg``."""
    weighed: list[Statement[Fraction]] = []
    implausible: list[str] = []
    excluded: list[Excluded] = []
    for source in sources:
        if source.concept is None or source.concept.reader != "body_weight":
            continue
        kilograms = _kilograms(source.resource, synonyms)
        if isinstance(kilograms, Problem):
            excluded.append(kilograms.about(source.reference))
        elif not limits.lowest <= kilograms <= limits.highest:
            implausible.append(source.reference)
            excluded.append(Excluded(source.reference, "implausible", "a weight outside what is believed"))
        else:
            weighed.append(Statement(kilograms, source.moment, source.reference))
    settled = settle(weighed)
    excluded += [Excluded(statement.evidence, "older", "a newer weight counts") for statement in settled.older]
    if not weighed:
        return _without("implausible" if implausible else "missing", in_order(implausible), excluded)
    if settled.value is None:
        return _without("contradictory", settled.evidence, excluded)
    if _is_old(settled.counted[0], as_of, limits):
        return _without("old", settled.evidence, excluded)
    known = Fact(Range.exactly(settled.value), settled.evidence, f"{shown(settled.value)} kg")
    state = Fact("usable", settled.evidence, "the newest plausible weight")
    return Weight(settled.value, {"dosing_weight": state, "weight_kg": known}, excluded)


def _without(state: str, evidence: tuple[str, ...], excluded: list[Excluded]) -> Weight:
    return Weight(None, {"dosing_weight": Fact(state, evidence)}, excluded)


def _is_old(statement: Statement[Fraction], as_of: datetime, limits: WeightLimits) -> bool:
    day = statement.moment.day
    return day is None or (as_of.date() - day).days > limits.valid_days


def _kilograms(observation: Mapping[str, object], synonyms: Mapping[str, str]) -> Fraction | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    if value[0] != "valueQuantity":
        return Problem("invalid", "a weight must be a valueQuantity")
    return number_in(value[1], "kg", synonyms)
