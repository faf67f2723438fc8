"""The facts of one motor segment, by the names that the rules use."""

from fractions import Fraction

from service.domain.facts import Fact, Range, Value
from service.subjects.conduction.nerves import site_in_words
from service.subjects.conduction.segment import ConductionLimits, MotorSegment


def segment_facts(segment: MotorSegment, limits: ConductionLimits) -> dict[str, Fact]:
    """Every fact of a segment; what cannot be known is there with the value ``None`` and the reason."""
    measured = {**_responses(segment, limits), **_changes(segment)}
    known = _place(segment) | (dict.fromkeys(measured) if segment.is_unordered else measured)
    between = f"from {site_in_words(segment.distal_site)} to {site_in_words(segment.proximal_site)}"
    why = f"{segment.side} {segment.nerve} nerve, {between}"
    return {name: Fact(value, segment.evidence, why) for name, value in known.items()}


def _place(segment: MotorSegment) -> dict[str, Value | None]:
    # A nerve without an entry in the anatomy has no word the rules know; its role already rules it out.
    return {
        "nerve": segment.nerve if segment.limb else None,
        "limb": segment.limb,
        "segment_role": segment.rule.role,
        "long_segment": None if segment.rule.long is None else _word(segment.rule.long),
        "erb_stimulation": _word(segment.rule.erb),
        # Crossing over is the exception that evidence must raise: without a median study it counts as absent,
        # else no ulnar forearm could ever be graded alone.
        "martin_gruber_pattern": _word(segment.crossover),
    }


def _responses(segment: MotorSegment, limits: ConductionLimits) -> dict[str, Value | None]:
    amplitude = Fraction(0) if segment.distal.absent else segment.distal.amplitude_mv
    return {
        "distal_response": segment.distal.response,
        "distal_amplitude_mv": None if amplitude is None else Range.exactly(amplitude),
        "distal_amplitude_percent_lln": _share_of_limit(amplitude, segment.distal.lln_amplitude_mv, limits),
        "proximal_response": segment.proximal.response,
        # A submaximal stimulus leaves the loss open and refutes no block: so "not supramaximal" is unknown here.
        "proximal_stimulation_supramaximal": "present" if segment.proximal.supramaximal else None,
    }


def _share_of_limit(amplitude: Fraction | None, limit: Fraction | None, limits: ConductionLimits) -> Range | None:
    if amplitude is None:
        return None
    if limit is not None and limit > 0:
        return Range.exactly(amplitude / limit * 100)
    # No limit given: the share is at least what the highest limit of any laboratory would make it.
    return Range(amplitude / limits.highest_plausible_lln_mv * 100, None)


def _changes(segment: MotorSegment) -> dict[str, Value | None]:
    area, duration = segment.area_reduction_percent, segment.duration_increase_percent
    if segment.submaximal:
        return {"area_reduction_percent": _at_most(area, segment), "duration_increase_percent": None}
    return {
        "area_reduction_percent": _at_least(segment) if area is None else Range.exactly(area),
        "duration_increase_percent": None if duration is None else Range.exactly(duration),
    }


def _at_least(segment: MotorSegment) -> Range | None:
    return None if segment.area_loss_at_least is None else Range(segment.area_loss_at_least, None)


def _at_most(area: Fraction | None, segment: MotorSegment) -> Range | None:
    # A stronger proximal stimulus can only make the loss smaller; a stronger distal one could make it larger.
    if area is None or segment.distal.supramaximal is False:
        return None
    return Range(None, area)


def _word(is_present: bool) -> str:
    return "present" if is_present else "absent"
