"""Graded segments for a reader: rows of the result, lines for a card, and the block that a summary names."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType

from service.domain.immutable import immutable
from service.domain.reading import Picture, Section
from service.knowledge.words import number, spaced
from service.subjects.conduction.grading import (
    BLOCK,
    DEFINITE,
    NONE,
    NOT_ASSESSABLE,
    NOT_COUNTED,
    PROBABLE,
    GradedSegment,
)
from service.subjects.conduction.kept import Before, Days, Kept, day_of
from service.subjects.conduction.reasons import percent_text
from service.subjects.conduction.table import conduction_table

NAME = "conduction"
# How a card words the grades, the most telling first.
GRADE_WORDS = {
    DEFINITE: "definite block",
    PROBABLE: "probable block",
    NOT_ASSESSABLE: "cannot be assessed",
    NONE: "no block",
    NOT_COUNTED: "does not count as block",
}
_TELLING = tuple(GRADE_WORDS)
# What a card says of a block beside its numbers, by flag.
_CARE = {"borderline": "borderline", "cold-limb": "cold limb"}
MINUS = "\N{MINUS SIGN}"


def conduction_section(
    segments: Sequence[GradedSegment],
    kept: Sequence[Kept] = (),
    awaited: Sequence[GradedSegment] = (),
    before: Sequence[Before] = (),
    days: Days = MappingProxyType({}),
    drawn: Callable[[], Picture] | None = None,
) -> Section:
    """The segments that count, as rows (``section.json``), as lines and as the block to name, gone or there.

    ``awaited``: those of studies that are not final yet, which have lines and no rows. ``before``: blocks of earlier
    studies in nerves that have none now. ``days``: of the studies, by reference. ``drawn``: makes the picture.
    """
    rows = tuple(map(conduction_row, segments))
    return Section(
        rows=rows,
        points=_points(sorted([*awaited, *segments], key=lambda each: _TELLING.index(each.grade)), days),
        evidence=tuple(reference for graded in segments for reference in graded.segment.evidence),
        named={
            "": _blocked(segments, BLOCK),
            "definite": _blocked(segments, (DEFINITE,)),
            "stays": _gone(kept),
            "before": _earlier(before),
            "preliminary": _blocked(awaited, (NOT_ASSESSABLE,)),
            "by_amplitude": _by_amplitude(segments),
        },
        drawn=drawn,
        table=lambda: conduction_table(rows),
    )


@immutable
class SensoryBeside:
    """Nerves with block whose sensory study is normal, and how many sensory nerves are abnormal, those or others.

    ``is_late``: where there is block it was normal, and is low late in the course.
    """

    normal: frozenset[tuple[str, str]] = frozenset()
    abnormal: int = 0
    is_late: bool = False


def named_beside(segments: Sequence[GradedSegment], sensory: SensoryBeside) -> dict[str, str]:
    """What a summary names where sensory studies bear on it: a class rests on a block beside which they are normal."""
    resting = sorted(segments, key=lambda each: each.nerve not in sensory.normal)
    elsewhere = f" there, {sensory.abnormal} abnormal" if sensory.abnormal else ""
    beside = "sensory low now: review it" if sensory.is_late else f"sensory normal{elsewhere}"
    return {
        "definite": _blocked(resting, (DEFINITE,)),
        "probable": _blocked(resting, BLOCK),
        "beside": beside,
    }


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


def _points(segments: Sequence[GradedSegment], days: Days) -> tuple[str, ...]:
    """A line for each segment; the month stands in the first, and where it is another than in the line before."""
    months = [f", {day:%Y-%m}" if (day := day_of(each, days)) else "" for each in segments]
    told = [month if month != before else "" for before, month in pairwise(["", *months])]
    return tuple(map(_point, segments, told))


def _point(graded: GradedSegment, when: str) -> str:
    """A segment with its numbers, and what keeps it from being graded: "Right ulnar forearm, 2026-02: no block; …"."""
    segment = graded.segment
    numbers = (
        ("area", segment.area_reduction_percent, -1),
        ("amplitude", segment.amplitude_reduction_percent, -1),
        ("duration", segment.duration_increase_percent, 1),
    )
    grade = "preliminary" if segment.is_awaited else GRADE_WORDS[graded.grade]
    measured = ", ".join(
        f"{name} {change_in_words(value * sign)}" for name, value, sign in numbers if value is not None
    )
    if segment.area_loss_at_least is not None:
        least = f"area {change_in_words(-segment.area_loss_at_least)} or more"
        measured = f"{least}, {measured}" if measured else least
    remarks = () if segment.is_awaited else graded.remarks[:1]
    care = [f"{said}: repeat it" for said in _care(graded)] if graded.grade != NOT_COUNTED else []
    told = [grade, measured or "no percentage could be computed", *care, *remarks]
    place = _place(graded)
    return f"{place[0].upper()}{place[1:]}{when}: {'; '.join(told)}"


def _care(graded: GradedSegment) -> list[str]:
    return [said for flag, said in _CARE.items() if flag in graded.flags]


def _place(graded: GradedSegment) -> str:
    segment = graded.segment
    region = segment.rule.region or f"{spaced(segment.distal_site)} to {spaced(segment.proximal_site)}"
    return f"{segment.side} {segment.nerve} {region}"


def change_in_words(percent: Fraction) -> str:
    """A change in percent, with a sign that cannot be taken for a hyphen."""
    text = number(percent, 1).removeprefix("-")
    return f"{'+' if percent.numerator > 0 else MINUS}{text} %" if text != "0" else "0 %"


def _gone(kept: Sequence[Kept]) -> str:
    """What treatment took away: "right ulnar block gone under IVIg (area -62 % in 2020, -5 % now)".

    Where the response is too small now to read a loss against, nobody knows whether it is gone.
    """
    if not kept:
        return ""
    first = kept[0]
    before, now = first.before.segment.area_reduction_percent, first.now.segment.area_reduction_percent
    lost = f"{_whole(before)} in {first.day.year}" if before is not None else f"in {first.day.year}"
    if first.now.grade == NOT_ASSESSABLE:
        return f"{first.before.segment.side} {first.before.segment.nerve} block (area {lost}) cannot be assessed now"
    left = f", {_whole(now)} now" if now is not None else ""
    word = "reduced" if first.now.is_block else "gone"
    return f"{first.before.segment.side} {first.before.segment.nerve} block {word} under IVIg (area {lost}{left})"


def _earlier(before: Sequence[Before]) -> str:
    """A block of an earlier study: "right ulnar block, area -55 % in 2024"."""
    if not before:
        return ""
    segment, day = before[0]
    loss = segment.segment.area_reduction_percent
    lost = f", area {_whole(loss)}" if loss is not None else ""
    return f"{segment.segment.side} {segment.segment.nerve} block{lost} in {day.year}"


def _whole(percent: Fraction) -> str:
    return change_in_words(Fraction(-round(percent)))


def _by_amplitude(segments: Sequence[GradedSegment]) -> str:
    """The first segment that may be blocked by its amplitudes alone: "right ulnar forearm amplitude -65 %"."""
    for each in segments:
        fall = each.segment.amplitude_reduction_percent
        if each.by_amplitude and fall is not None:
            return f"{_place(each)} amplitude {change_in_words(-fall)}"
    return ""


def _blocked(segments: Sequence[GradedSegment], grades: Sequence[str]) -> str:
    """The first block with the number that decides, and in how many more nerves there is one."""
    blocks: dict[tuple[str, str], GradedSegment] = {}
    for each in segments:
        if each.grade in grades:
            blocks.setdefault(each.nerve, each)
    if not blocks:
        return ""
    first, *others = blocks.values()
    loss, least = first.segment.area_reduction_percent, first.segment.area_loss_at_least
    care = f" ({', '.join(_care(first))})" if _care(first) else ""
    lost = f"{change_in_words(-loss)}" if loss is not None else f"{change_in_words(-least)} or more" if least else ""
    decisive = f", area {lost}{care}" if lost else ""
    more = f", {'' if care else 'block in '}{len(others)} further nerve{'s'[: len(others) > 1]}" if others else ""
    return f"{_place(first)} block{decisive}{more}"
