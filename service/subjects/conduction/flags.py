"""Marks on a segment that ask its reader for care; none of them changes the grade."""

from fractions import Fraction

from service.subjects.conduction.nerves import NerveStudy, joined
from service.subjects.conduction.segment import ConductionLimits, MotorSegment


def segment_flags(segment: MotorSegment, study: NerveStudy, limits: ConductionLimits) -> tuple[str, ...]:
    """Kebab-case marks, each once."""
    passed_on = tuple(flag for flag in segment.proximal.flags if flag != "default-limits")
    raised = {
        "borderline": is_borderline(segment, limits),
        "amplitude-only": segment.area_reduction_percent is None
        and segment.area_loss_at_least is None
        and segment.amplitude_reduction_percent is not None,
        "peak-to-peak": (segment.distal.peak_to_peak_mv or segment.proximal.peak_to_peak_mv) is not None,
        "no-lower-limit": segment.distal.amplitude_mv is not None and segment.distal.lln_amplitude_mv is None,
        "submaximal": segment.submaximal,
        "martin-gruber": segment.crossover,
        "cold-limb": _is_cold(segment.limb, study.temperature_celsius, limits),
        "undated": study.day is None,
        "wide-pair": segment.composite,
        "slowed": bool(segment.slowing),
    }
    own = tuple(flag for flag, is_raised in raised.items() if is_raised)
    return joined(own, segment.distal.flags, passed_on, study.flags)


def is_borderline(segment: MotorSegment, limits: ConductionLimits) -> bool:
    """Whether a limit that bears on the grade lies within the margin, on either side, ends included."""
    area, margin = segment.area_reduction_percent, limits.borderline_margin
    if area is None or segment.rule.role != "counts":
        return False
    moderate_loss_counts = segment.rule.long is not False and not segment.rule.erb
    return (
        _near(area, limits.definite_area, margin)
        or (moderate_loss_counts and _near(area, limits.probable_area, margin))
        or (
            area >= limits.probable_area - margin
            and _near(segment.duration_increase_percent, limits.duration_limit, margin)
        )
    )


def amplitude_suggests_block(segment: MotorSegment, limits: ConductionLimits) -> bool | None:
    """What the fall of amplitude hints at where the area is missing; ``None`` where there is no amplitude either."""
    fall = segment.amplitude_reduction_percent
    return None if fall is None else fall >= limits.probable_area


def _near(value: Fraction | None, limit: Fraction, margin: Fraction) -> bool:
    return value is not None and abs(value - limit) <= margin


def _is_cold(limb: str | None, celsius: Fraction | None, limits: ConductionLimits) -> bool:
    if limb is None or celsius is None:
        return False
    return celsius < (limits.cold_hand_celsius if limb == "upper" else limits.cold_foot_celsius)
