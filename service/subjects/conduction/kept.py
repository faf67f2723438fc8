"""Block that was found before treatment, where the newest study was made under it and finds none any more.

Under immunoglobulin a block may vanish, which is a response and takes no diagnosis away. A study off treatment,
made long enough after the last dose, counts like any other; so does each study where nobody knows when treatment began.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from fractions import Fraction

from service.domain.courses import Course
from service.domain.facts import Fact
from service.domain.immutable import immutable
from service.domain.moments import days_after
from service.domain.statements import in_order
from service.subjects.conduction.grading import DEFINITE, NONE, NOT_ASSESSABLE, GradedSegment
from service.subjects.conduction.nerves import NerveStudy

Nerve = tuple[str, str]
Days = Mapping[str, date | None]
_ASK = "whether immunoglobulin was being given at the newest study, since an earlier one found block"


@immutable
class Treated:
    """When immunoglobulin of any kind was given: its ``courses``, the day it ``began``, the days of a dose's effect.

    ``is_seen``: whether it was looked for; else a block that is gone may be gone under treatment.
    """

    courses: Sequence[Course]
    began: date | None
    effect_days: Fraction
    is_seen: bool

    def is_under(self, day: date) -> bool:
        """Whether a study of that day was made under treatment."""
        if self.began is None or day <= self.began:
            return False
        before = [course for course in self.courses if course.first < day]
        return not before or day <= days_after(max(course.last for course in before), self.effect_days)


@immutable
class Kept:
    """The block before treatment that the class rests on, its day, and the same segment in the newest study."""

    before: GradedSegment
    now: GradedSegment
    day: date


# A block of an earlier study and the day of that study.
Before = tuple[GradedSegment, date]


@immutable
class Keeping:
    """What decides whether an earlier block is kept.

    ``final``: references of studies that stand as they were first signed. ``falls``: what is found now ends a diagnosis
    that rests on an earlier study. ``entrapped``: nerves that a coded entrapment injures, and its name. ``is_known``:
    the disease is in the chart or treated.
    """

    treated: Treated
    final: Collection[str]
    falls: bool
    entrapped: Mapping[Nerve, str] = field(default_factory=dict)
    is_known: bool = False

    def blocks(self, graded: Sequence[GradedSegment], days: Days) -> dict[Nerve, Kept]:
        """By nerve, the block of the newest study before or off treatment, where the newest, under it, found less."""
        found = {nerve: self._of_nerve(items, days) for nerve, items in _by_nerve(graded).items()}
        return {} if self.falls else {nerve: kept for nerve, kept in found.items() if kept is not None}

    def lost(self, graded: Sequence[GradedSegment], days: Days) -> list[Before]:
        """Blocks of final, earlier studies in nerves that have none now, newest first, whyever they went."""
        blocked = {item.nerve for item in graded if item.is_block and item.segment.is_current}
        earlier = [item for item in graded if item.is_block and item.nerve not in blocked and self._is_final(item)]
        dated = [(item, day) for item in earlier if (day := day_of(item, days)) and not item.segment.is_current]
        return sorted(dated, key=lambda each: (each[1], each[0].grade == DEFINITE), reverse=True)

    def for_class(self, graded: Sequence[GradedSegment], kept: Mapping[Nerve, Kept], days: Days) -> list[GradedSegment]:
        """The segments as the class takes them: of a nerve whose block is kept, those of the study before treatment.

        Where nobody looked whether treatment was given, a segment that has lost its block is open.
        """
        taken = []
        for item in graded if self.treated.is_seen else _with_doubt(graded):
            if item.nerve not in kept:
                taken.append(item)
            elif day_of(item, days) == kept[item.nerve].day:
                taken.append(replace(item, segment=replace(item.segment, is_current=True)))
        return taken

    def _of_nerve(self, items: Sequence[GradedSegment], days: Days) -> Kept | None:
        now = [item for item in items if item.segment.is_current]
        newest = max((day for item in now if (day := day_of(item, days))), default=None)
        if newest is None or not self.treated.is_under(newest):
            return None
        dated = [(day, item) for item in items if (day := day_of(item, days)) and day < newest]
        counted = [day for day, item in dated if not self.treated.is_under(day) and self._is_final(item)]
        last = max(counted, default=None)
        blocks = [item for day, item in dated if day == last and item.is_block]
        best = min(blocks, key=lambda item: item.grade != DEFINITE, default=None)
        if best is None or last is None or any(item.grade in (best.grade, DEFINITE) for item in now):
            return None
        same = next((item for item in now if item.segment.is_same_place(best.segment)), None)
        return Kept(best, same, last) if same is not None else None

    def _is_final(self, item: GradedSegment) -> bool:
        return set(self.final).issuperset(item.segment.evidence)


NOTHING_TO_KEEP = Keeping(Treated((), None, Fraction(0), is_seen=True), (), falls=False)


def days_of(studies: Sequence[NerveStudy]) -> dict[str, date | None]:
    """The day of each study, by the references of its resources."""
    return {reference: study.day for study in studies for reference in study.evidence}


def class_rests_on(kept: Mapping[Nerve, Kept]) -> Fact:
    """Whether a class rests on a study from before treatment whose block is gone now, with the day of that study."""
    if not kept:
        return Fact("newest_study")
    first = max(kept.values(), key=lambda each: each.day)
    evidence = in_order((*first.before.segment.evidence, *first.now.segment.evidence))
    return Fact("study_before_treatment", evidence, f"study of {first.day.isoformat()}, before treatment")


def _with_doubt(graded: Sequence[GradedSegment]) -> list[GradedSegment]:
    blocked = {_place(item) for item in graded if item.is_block and not item.segment.is_current}
    return [
        _doubted(item) if item.segment.is_current and item.grade == NONE and _place(item) in blocked else item
        for item in graded
    ]


def _doubted(item: GradedSegment) -> GradedSegment:
    return replace(item, grade=NOT_ASSESSABLE, missing=(_ASK,), may_be_definite=True, may_be_block=True)


def _by_nerve(graded: Sequence[GradedSegment]) -> dict[Nerve, list[GradedSegment]]:
    nerves: dict[Nerve, list[GradedSegment]] = {}
    for item in graded:
        nerves.setdefault(item.nerve, []).append(item)
    return nerves


def _place(item: GradedSegment) -> tuple[Nerve, str, str]:
    return item.nerve, item.segment.distal_site, item.segment.proximal_site


def day_of(item: GradedSegment, days: Days) -> date | None:
    """The day of the study that a segment is of; None where it has none, or several."""
    known = {days.get(reference) for reference in item.segment.evidence}
    return known.pop() if len(known) == 1 else None
