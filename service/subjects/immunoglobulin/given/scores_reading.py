"""Scores from Observations: instrument, side, scale, value and day; what is not comparable stays apart."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from service.domain.facts import Excluded
from service.domain.statements import in_order
from service.fhir.intake.records import SourceResource
from service.fhir.values.answers import Problem, keys_of, objects_in, plain, printable, text_of, value_of
from service.fhir.values.limits import limits_of
from service.fhir.values.results import Measured, count_in, number_in
from service.fhir.values.units import exact
from service.subjects.immunoglobulin.given.score_table import Scale, ScoreKind, ScoreTable
from service.subjects.immunoglobulin.given.scores import History, Score, Series

_COUNT = "1"
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
_OF_MAXIMUM = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*(?:/|of)\s*(\d{1,4})")
# Instruments by their scales and sides; whoever sends a maximum of its own with each score makes more.
_MOST_SERIES = 60
Read = tuple[Series, Score]


def histories(sources: Sequence[SourceResource], table: ScoreTable) -> tuple[list[History], list[Excluded]]:
    """One history per instrument, side and scale; scores of one day that differ are not used."""
    told: dict[Series, list[Score]] = {}
    excluded: list[Excluded] = []
    for source in sources:
        kind = table.kinds.get(source.concept.name) if source.concept else None
        if kind is None:
            continue
        read = _read(source, kind, table)
        if isinstance(read, Problem):
            excluded.append(read.about(source.reference))
        else:
            told.setdefault(read[0], []).append(read[1])
    by_name = sorted(told.items(), key=lambda item: str(item[0]))
    made = [_history(series, scores, excluded) for series, scores in by_name[:_MOST_SERIES]]
    # Each is held against each course.
    over = in_order(ref for _, scores in by_name[_MOST_SERIES:] for score in scores for ref in score.evidence)
    excluded += [Excluded(reference, "over-limit", f"over {_MOST_SERIES} kinds of scores") for reference in over]
    return [history for history in made if history.scores], excluded


def _day_of(score: Score) -> date:
    return score.day


def _history(series: Series, scores: Sequence[Score], excluded: list[Excluded]) -> History:
    kept = []
    for _, of_days in groupby(sorted(scores, key=_day_of), key=_day_of):
        of_day = list(of_days)
        evidence = tuple(sorted(in_order(reference for score in of_day for reference in score.evidence)))
        if len({(score.value, score.sign) for score in of_day}) > 1:
            why = "scores of one day and instrument contradict each other"
            excluded += [Excluded(reference, "contradiction", why) for reference in evidence]
        else:
            lows = {score.is_below_normal for score in of_day} - {None}
            is_low = lows.pop() if len(lows) == 1 else None
            kept.append(replace(of_day[0], is_below_normal=is_low, evidence=evidence))
    return History(series, tuple(kept))


def _read(source: SourceResource, kind: ScoreKind, table: ScoreTable) -> Read | Problem:
    if source.moment.day is None:
        return Problem("data-absent", "a score without a full date has no place on the timeline")
    side = _side(source.resource, table) if kind.is_sided else ""
    if isinstance(side, Problem):
        return side
    resource = _spelled_out(source.resource)
    found = _value(resource, kind, table)
    if isinstance(found, Problem):
        return found
    value, scale, sign = found
    tells_maximum = kind.has_forms or resource.get("referenceRange") is not source.resource.get("referenceRange")
    stated = _stated_limit(resource, "high", scale, table) if tells_maximum else None
    if stated is not None and not kind.has_forms and stated != kind.maximum:
        return Problem("implausible", "a score out of another number than its scale has")
    maximum = stated or kind.maximum
    implausible = _implausible(value, kind, scale, maximum)
    if implausible:
        return implausible
    name = scale.unit if scale.unit != _COUNT else f"of {maximum}" if kind.has_forms else ""
    unit = scale.unit if scale.unit != _COUNT else ""
    told = (kind.called, name, side, scale.minimal_change, scale.is_share, kind.is_lower_better, unit, kind.judged)
    series = Series(*told, maximum=maximum if kind.has_forms else None)
    normal = _normal(resource, kind, maximum, scale, table)
    score = Score(source.moment.day, value, None, (source.reference,), sign)
    return series, replace(score, is_below_normal=_is_worse(score, normal, kind))


def _spelled_out(observation: Mapping[str, object]) -> Mapping[str, object]:
    """The same with a Quantity and its maximum where a score is written as "40/60", sent as a Ratio, or in "/60".

    A number that is sent as a text is the number.
    """
    text, ratio, number = (observation.get(f"value{kind}") for kind in ("String", "Ratio", "Quantity"))
    if (
        isinstance(number, Mapping)
        and isinstance(number.get("unit"), str)
        and not number.keys() & {"code", "comparator"}
    ):
        text = f"{number.get('value')} {number['unit']}"
    parts: list[object] = []
    if isinstance(text, str) and _NUMBER.fullmatch(text.strip()):
        kept = {key: value for key, value in observation.items() if key != "valueString"}
        return {**kept, "valueQuantity": {"value": Decimal(text.strip())}}
    if isinstance(text, str) and (match := _OF_MAXIMUM.fullmatch(text.strip())):
        parts = [{"value": Decimal(number)} for number in match.groups()]
    elif isinstance(ratio, Mapping):
        parts = [ratio.get("numerator"), ratio.get("denominator")]
    if not all(isinstance(part, Mapping) for part in parts) or not parts:
        return observation
    kept = {
        key: value for key, value in observation.items() if key not in ("valueString", "valueRatio", "valueQuantity")
    }
    return {**kept, "valueQuantity": parts[0], "referenceRange": [{"high": parts[1]}]}


def _implausible(value: Fraction, kind: ScoreKind, scale: Scale, maximum: Fraction | None) -> Problem | None:
    if scale.maximum is not None and value > scale.maximum:
        return Problem("implausible", f"more than can be measured in {scale.unit}")
    if kind.is_whole and value.denominator != 1:
        return Problem("implausible", "part of a point on a scale of whole points")
    if maximum is not None and not 0 <= value <= maximum:
        return Problem("implausible", "a score outside its scale; state the maximum of another form as referenceRange")
    return None


def _value(
    observation: Mapping[str, object], kind: ScoreKind, table: ScoreTable
) -> tuple[Fraction, Scale, str] | Problem:
    """The number, its scale, and the sign of a bound."""
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    element, content = value
    problem = Problem("invalid", f"{printable(element)} is no score")
    if element == "valueInteger":
        count = exact(content)
        scales = [scale for scale in kind.scales if scale.unit == _COUNT]
        return (count, scales[0], "") if count is not None and scales else problem
    if element != "valueQuantity" or not isinstance(content, Mapping):
        return problem
    return _of_quantity(content, kind, table)


def _of_quantity(
    quantity: Mapping[str, object], kind: ScoreKind, table: ScoreTable
) -> tuple[Fraction, Scale, str] | Problem:
    sign, problem = quantity.get("comparator", ""), Problem("invalid", "valueQuantity is no score")
    if sign not in ("", "<", "<=", ">", ">="):
        return Problem("comparator", "Quantity.comparator is not understood")
    for scale in kind.scales:
        number = _in_unit({key: value for key, value in quantity.items() if key != "comparator"}, scale, table)
        if isinstance(number, Fraction):
            return (number, scale, str(sign)) if number >= 0 else Problem("implausible", "a score below zero")
        problem = number
    units = " or ".join(scale.unit for scale in kind.scales)
    if problem.reason == "unit" and len(kind.scales) > 1:
        return Problem("unit", f"its unit is none that converts to {units}; send one of these as a UCUM code")
    return problem


def _in_unit(quantity: object, scale: Scale, table: ScoreTable) -> Fraction | Problem:
    if scale.unit == _COUNT:
        if isinstance(quantity, Mapping) and any("logit" in plain(quantity.get(key)) for key in ("unit", "code")):
            return Problem("unit", "logits are another scale; send the points of the scale")
        return count_in(quantity, table.synonyms)
    return number_in(quantity, scale.unit, table.synonyms)


def _stated_limit(observation: Mapping[str, object], end: str, scale: Scale, table: ScoreTable) -> Fraction | None:
    """The one ``low`` or ``high`` of the reference ranges, in the unit of the score."""
    value, language = observation.get("valueQuantity"), observation.get("language")
    stated = [limits_of(limits, value, language) for limits in objects_in(observation.get("referenceRange"))]
    limits = {limit for ends in stated if isinstance(limit := _limit(ends.get(end), scale, table), Fraction)}
    return limits.pop() if len(limits) == 1 else None


def _limit(quantity: object, scale: Scale, table: ScoreTable) -> Fraction | Problem:
    # Ranges of scores are commonly sent as a bare number.
    if isinstance(quantity, Mapping) and scale.unit == _COUNT and not quantity.get("unit") and not quantity.get("code"):
        quantity = {"value": quantity.get("value"), "unit": _COUNT}
    return _in_unit(quantity, scale, table)


def _normal(
    observation: Mapping[str, object], kind: ScoreKind, maximum: Fraction | None, scale: Scale, table: ScoreTable
) -> Fraction | None:
    """The score from which on it is normal, where anybody said so."""
    if kind.normal == "zero":
        return Fraction(0)
    return maximum if kind.normal == "maximum" else _stated_limit(observation, "low", scale, table)


def _is_worse(score: Score, normal: Fraction | None, kind: ScoreKind) -> bool | None:
    """Whether it is worse than normal; ``None`` where a bound leaves that open."""
    if normal is None:
        return None
    measured = Measured(score.value, "", score.sign)
    return measured.is_above(normal) if kind.normal == "zero" else measured.is_below(normal)


def _side(observation: Mapping[str, object], table: ScoreTable) -> str | Problem:
    body_site = observation.get("bodySite")
    said = [*keys_of(body_site), *text_of(body_site).replace(",", " ").split()]
    for component in objects_in(observation.get("component")):
        if not table.laterality.isdisjoint(keys_of(component.get("code"))):
            coded = component.get("valueCodeableConcept")
            said += [*keys_of(coded), text_of(coded), plain(component.get("valueString"))]
    sides = {table.sides[word] for word in said if word in table.sides}
    if len(sides) == 1:
        return sides.pop()
    return Problem("side", "left and right are both named" if sides else "neither left nor right is named")
