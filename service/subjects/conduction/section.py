"""Graded segments for a reader: rows of the result, a table for a card, and the nerves that a summary names."""

from collections.abc import Sequence
from fractions import Fraction

from service.domain.reading import Section
from service.knowledge.words import spaced
from service.subjects.conduction.grading import BLOCK, DEFINITE, GradedSegment
from service.subjects.conduction.reasons import percent_text

NAME = "conduction"
_HEADS = ("Motor nerve segment", "Area loss", "Amplitude loss", "Duration", "Grade", "Remarks")


def conduction_section(segments: Sequence[GradedSegment]) -> Section:
    """The segments that count, as rows (``section.json``), as a table and as names of nerves with block."""
    return Section(
        rows=tuple(map(conduction_row, segments)),
        heading="Motor conduction",
        heads=_HEADS,
        lines=tuple(map(_line, segments)),
        evidence=tuple(reference for graded in segments for reference in graded.segment.evidence),
        named={"": _blocked(segments, BLOCK), "definite": _blocked(segments, (DEFINITE,))},
    )


def conduction_row(graded: GradedSegment) -> dict[str, object]:
    """One entry of ``conduction``; percentages are texts with one decimal, unknown ones are left out."""
    segment = graded.segment
    percentages = {
        "areaReductionPercent": segment.area_reduction_percent,
        "amplitudeReductionPercent": segment.amplitude_reduction_percent,
        "durationIncreasePercent": segment.duration_increase_percent,
    }
    return {
        "nerve": segment.nerve,
        "side": segment.side,
        "from": segment.distal_site,
        "to": segment.proximal_site,
        **{key: percent_text(value) for key, value in percentages.items() if value is not None},
        "grade": graded.grade,
        "reasons": list(graded.reasons),
        "flags": list(graded.flags),
        "evidence": list(segment.evidence),
    }


def _line(graded: GradedSegment) -> tuple[str, ...]:
    segment = graded.segment
    return (
        f"{segment.side} {segment.nerve}, {spaced(segment.distal_site)} to {spaced(segment.proximal_site)}",
        _percent(segment.area_reduction_percent),
        _percent(segment.amplitude_reduction_percent),
        _percent(segment.duration_increase_percent, sign="+"),
        spaced(graded.grade),
        "; ".join((*graded.remarks, *graded.flags, ", ".join(segment.evidence))),
    )


def _percent(value: Fraction | None, sign: str = "") -> str:
    if value is None:
        return "unknown"
    return (sign if value > 0 else "") + percent_text(value) + " %"


def _blocked(segments: Sequence[GradedSegment], grades: Sequence[str]) -> str:
    nerves = dict.fromkeys(f"{each.segment.side} {each.segment.nerve}" for each in segments if each.grade in grades)
    return f"conduction block, {', '.join(nerves)}"
