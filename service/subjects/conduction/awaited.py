"""Studies that are not final yet: what they show is open, and takes nothing from what is final."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from service.domain.facts import FINAL_REPORT, Fact
from service.subjects.conduction.grading import DEFINITE, NOT_ASSESSABLE, GradedSegment
from service.subjects.conduction.nerves import NerveStudy, joined

Nerve = tuple[str, str]
_WHY = "The study is preliminary and counts once it is final."


def awaited_blocks(
    shown: Sequence[GradedSegment], final: Sequence[GradedSegment], days: Mapping[str, date | None]
) -> list[GradedSegment]:
    """The segments of preliminary studies that may be block, each open until its study is final.

    Left out is what a final study shows already, and what a later final study of the same nerve has replaced.
    """
    return [_opened(item) for item in shown if _may_be_block(item) and not _is_answered(item, final, days)]


def preliminary_block(shown: Sequence[GradedSegment], opened: Sequence[GradedSegment]) -> Fact:
    """Whether one of the ``opened`` segments, graded as it stands, shows a block."""
    blocked = [item for item in shown if item.is_block and any(item.segment.is_same_place(o.segment) for o in opened)]
    evidence = joined(*(item.segment.evidence for item in blocked))
    return Fact("on_record" if blocked else "not_on_record", evidence)


def awaited_sensory(awaited: Sequence[NerveStudy]) -> frozenset[Nerve]:
    """The nerves of which a preliminary sensory study is there."""
    return frozenset((study.nerve, study.side) for study in awaited if study.kind == "sensory")


def _may_be_block(item: GradedSegment) -> bool:
    return item.is_block or item.may_be_block or item.may_be_definite


def _is_answered(item: GradedSegment, final: Sequence[GradedSegment], days: Mapping[str, date | None]) -> bool:
    of_nerve = [other for other in final if other.nerve == item.nerve]
    newest = max((day for other in of_nerve if (day := _day(other, days))), default=None)
    day = _day(item, days)
    is_replaced = newest is not None and day is not None and newest > day
    return is_replaced or any(other.grade == DEFINITE for other in of_nerve)


def _opened(item: GradedSegment) -> GradedSegment:
    segment = item.segment
    name = segment.nerve.replace("-", " ")
    return replace(
        item,
        segment=replace(segment, is_awaited=True),
        grade=NOT_ASSESSABLE,
        reasons=(*item.reasons, _WHY),
        missing=(f"{FINAL_REPORT} of the {segment.side} {name} motor study",),
        may_be_definite=item.grade == DEFINITE or item.may_be_definite,
        may_be_block=True,
    )


def _day(item: GradedSegment, days: Mapping[str, date | None]) -> date | None:
    return max((day for reference in item.segment.evidence if (day := days.get(reference))), default=None)
