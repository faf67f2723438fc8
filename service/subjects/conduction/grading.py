"""The grade of each motor segment, from the verdicts of the rules, with its reasons and the way out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from service.domain.conclusions import Verdict
from service.domain.immutable import immutable
from service.knowledge.sentences import Say
from service.subjects.conduction.declares import Rule
from service.subjects.conduction.nerves import joined
from service.subjects.conduction.reasons import Obstacle, obstacles, what_was_found, why_not_counted
from service.subjects.conduction.segment import MotorSegment

DEFINITE, PROBABLE, NONE = "definite", "probable", "none"
NOT_ASSESSABLE, NOT_COUNTED = "not_assessable", "not_counted"
BLOCK = (DEFINITE, PROBABLE)
# The rules of one file: whether a segment can be read at all.
_ADEQUATE = Rule.DISTAL_RESPONSE_ADEQUATE.rpartition(".")[0] + "."
_OPPOSITE = {PROBABLE: NONE, NONE: PROBABLE}
_Place = tuple[tuple[str, str], str, str]


@immutable
class GradedSegment:
    """A segment with its grade: definite, probable, none, not_assessable or not_counted.

    ``may_be_definite`` and ``may_be_block``: the rules leave it open, whatever the grade is now.
    ``missing``: what would settle it, in words. ``is_readable``: what was measured can be read as a loss, or as none.
    ``is_axonal_loss``: the distal response is too small to read a loss against.
    """

    segment: MotorSegment
    grade: str
    reasons: tuple[str, ...]
    flags: tuple[str, ...]
    missing: tuple[str, ...] = ()
    may_be_definite: bool = False
    may_be_block: bool = False
    is_readable: bool = False
    is_axonal_loss: bool = False

    @property
    def nerve(self) -> tuple[str, str]:
        """(nerve, side): the left and the right nerve are two nerves."""
        return self.segment.nerve, self.segment.side

    @property
    def by_amplitude(self) -> bool | None:
        """What the amplitudes say of block where no area was sent; ``None`` where they say nothing."""
        segment = self.segment
        is_place = segment.rule.role == "counts" and not segment.rule.erb
        says = is_place and self.is_readable and self.may_be_block and segment.area_reduction_percent is None
        return segment.amplitude_suggests_block if says else None

    @property
    def remarks(self) -> tuple[str, ...]:
        """The reasons without the sentence of percentages, for a table that has columns for them."""
        measured = what_was_found(self.segment)
        return tuple(reason for reason in self.reasons if reason not in measured)

    @property
    def is_block(self) -> bool:
        """Whether there surely is at least probable block."""
        return self.grade in BLOCK


def graded(segment: MotorSegment, verdicts: Mapping[str, Verdict], say: Say) -> GradedSegment:
    """The grade that the verdicts, by criterion name such as ``conduction_block.definite``, give a segment."""
    grade = _grade(segment, verdicts)
    definite, block = _verdict(verdicts, Rule.DEFINITE), _verdict(verdicts, Rule.AT_LEAST_PROBABLE)
    spans = segment.rule.role == "spans_entrapment"
    is_open = grade != NOT_COUNTED
    hindrances = obstacles(segment, verdicts, say) if Verdict.UNKNOWN in (definite, block) or spans else []
    return GradedSegment(
        segment=segment,
        grade=grade,
        reasons=(*_reasons(segment, grade, hindrances, say), *_slowing(segment, say)),
        flags=_flags(segment, grade, verdicts),
        missing=tuple(h.missing for h in hindrances if h.missing and is_open),
        may_be_definite=is_open and definite is Verdict.UNKNOWN,
        may_be_block=is_open and grade not in BLOCK and (spans or block is Verdict.UNKNOWN),
        is_readable=_is_readable(segment, verdicts),
        is_axonal_loss=_verdict(verdicts, Rule.DISTAL_RESPONSE_ADEQUATE) is Verdict.NOT_MET,
    )


def settled(segments: Sequence[GradedSegment]) -> list[GradedSegment]:
    """The segments that count now: of the latest session, wide pairs only where they add a block.

    A block that an earlier session had in the same segment is marked: ``persistent``, or ``earlier-block``.
    """
    kept = _without_idle_wide_pairs(segments)
    earlier: dict[_Place, list[str]] = {}
    for item in kept:
        if not item.segment.is_current and item.is_block:
            earlier.setdefault(_place(item), []).extend(item.segment.evidence)
    return [_with_history(item, earlier) for item in kept if item.segment.is_current]


def without_contradictions(segments: Sequence[GradedSegment], say: Say) -> list[GradedSegment]:
    """The segments; where two studies of the latest session disagree whether there is block, neither can be graded."""
    muscles: dict[tuple[_Place, str], set[str | None]] = {}
    for item in segments:
        if item.segment.is_current and (said := _said(item)):
            muscles.setdefault((_place(item), said), set()).add(item.segment.muscle)
    return [_contradicted(item, say) if _is_contradicted(item, muscles) else item for item in segments]


def _is_contradicted(item: GradedSegment, muscles: Mapping[tuple[_Place, str], set[str | None]]) -> bool:
    """Whether another study of that session, not surely of another muscle, says the opposite of the same segment."""
    said, muscle = _said(item), item.segment.muscle
    others = muscles.get((_place(item), _OPPOSITE[said]), set()) if said and item.segment.is_current else set()
    return bool(others) and (muscle is None or bool(others & {muscle, None}))


def _said(item: GradedSegment) -> str:
    """Whether there is block; empty where that is open."""
    return PROBABLE if item.is_block else NONE if item.grade == NONE else ""


def _contradicted(item: GradedSegment, say: Say) -> GradedSegment:
    return replace(
        item,
        grade=NOT_ASSESSABLE,
        reasons=(*what_was_found(item.segment), say("contradiction")),
        flags=(*item.flags, "contradiction"),
        missing=(say("wanted_repeat"),),
        may_be_definite=True,
        may_be_block=True,
    )


def _grade(segment: MotorSegment, verdicts: Mapping[str, Verdict]) -> str:
    definite, block = _verdict(verdicts, Rule.DEFINITE), _verdict(verdicts, Rule.AT_LEAST_PROBABLE)
    if segment.rule.role == "left_out" or _verdict(verdicts, Rule.ERB_LOSS_TOO_SMALL) is Verdict.MET:
        return NOT_COUNTED
    if segment.rule.role == "spans_entrapment":
        return NOT_ASSESSABLE
    if definite is Verdict.MET:
        return DEFINITE
    if block is Verdict.MET:
        return PROBABLE
    return NOT_ASSESSABLE if Verdict.UNKNOWN in (definite, block) else NONE


def _reasons(segment: MotorSegment, grade: str, hindrances: Sequence[Obstacle], say: Say) -> tuple[str, ...]:
    if grade == NOT_COUNTED:
        return (*what_was_found(segment), why_not_counted(segment, say))
    told = tuple(hindrance.reason for hindrance in hindrances)
    if grade == PROBABLE and told:
        return (*what_was_found(segment), say("definite_is_open"), *told)
    if grade != NOT_ASSESSABLE:
        return what_was_found(segment)
    return told or (say("not_enough"),)


def _is_readable(segment: MotorSegment, verdicts: Mapping[str, Verdict]) -> bool:
    gates = [verdict for name, verdict in verdicts.items() if name.startswith(_ADEQUATE)]
    return all(gate is Verdict.MET for gate in gates) and not (segment.submaximal or segment.is_unordered)


def _slowing(segment: MotorSegment, say: Say) -> tuple[str, ...]:
    return (say("slowing", slowing=", ".join(segment.slowing)),) if segment.slowing else ()


def _flags(segment: MotorSegment, grade: str, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    gates = [verdict for name, verdict in verdicts.items() if name.startswith(_ADEQUATE)]
    unread = grade == NOT_COUNTED or any(verdict is not Verdict.MET for verdict in gates)
    unordered = ("unordered-sessions",) if segment.is_unordered else ()
    return (*unordered, *(flag for flag in segment.flags if not (unread and flag == "borderline")))


def _verdict(verdicts: Mapping[str, Verdict], name: Rule) -> Verdict:
    return verdicts.get(name, Verdict.UNKNOWN)


def _without_idle_wide_pairs(segments: Sequence[GradedSegment]) -> list[GradedSegment]:
    """All neighbouring pairs; of the wider ones only the narrowest that show a block which no pair inside shows."""
    blocks: set[tuple[int, str, str]] = set()
    idle = set()
    for item in sorted(segments, key=lambda item: len(item.segment.within)):
        segment = item.segment
        path = (segment.distal_site, *segment.within, segment.proximal_site)
        inside = {(segment.study, *pair) for pair in combinations(path, 2)} & blocks
        if segment.composite and (inside or not item.is_block):
            idle.add(id(item))
        elif item.is_block:
            blocks.add((segment.study, segment.distal_site, segment.proximal_site))
    return [item for item in segments if id(item) not in idle]


def _place(item: GradedSegment) -> _Place:
    return item.nerve, item.segment.distal_site, item.segment.proximal_site


def _with_history(item: GradedSegment, earlier: Mapping[_Place, Sequence[str]]) -> GradedSegment:
    if _place(item) not in earlier:
        return item
    segment = replace(item.segment, evidence=joined(item.segment.evidence, tuple(earlier[_place(item)])))
    return replace(item, segment=segment, flags=(*item.flags, "persistent" if item.is_block else "earlier-block"))
