"""Losses of the motor response at common entrapment sites: how many sites, and whether there are no others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.subjects.conduction.grading import NOT_ASSESSABLE, GradedSegment
from service.subjects.conduction.nerves import joined

_SPANS = "spans_entrapment"
_BY_AMPLITUDE = "no fall of amplitude over any pair of sites, and no area was sent"
_ONLY_AT_SITES = "nothing was studied beside entrapment sites"
_NOTHING_STUDIED = Fact(None, why="no motor nerve segment was studied", missing=("motor nerve conduction study",))


@dataclass(frozen=True, slots=True)
class LossLimits:
    """From which loss on a response counts as lost (percent), and the distal amplitude (mV) it takes to say so."""

    loss_percent: Fraction
    smallest_distal_mv: Fraction


def entrapment_facts(segments: Sequence[GradedSegment], limits: LossLimits) -> dict[str, Fact]:
    """``entrapment_sites_with_loss`` and ``losses_only_at_entrapment_sites``, from what ``settled`` kept."""
    if not segments:
        names = ("entrapment_sites_with_loss", "losses_only_at_entrapment_sites", "loss_away_from_entrapment")
        return dict.fromkeys(names, _NOTHING_STUDIED)
    at_sites = [item for item in segments if item.segment.rule.entrapment]
    spanning = [item for item in segments if item.segment.rule.role == _SPANS]
    lost = [item for item in at_sites if _has_loss(item, limits)]
    # A loss over a pair that spans a site may lie at the site or beside it.
    open_ones = [item for item in at_sites if _has_loss(item, limits) is None]
    open_ones += _open_spanning(segments, limits)
    return {
        "entrapment_sites_with_loss": _count(lost, open_ones, is_bounded=bool(at_sites or spanning)),
        "loss_away_from_entrapment": _elsewhere(segments, [item for item in spanning if item in open_ones]),
        "losses_only_at_entrapment_sites": _only_there(segments, lost, open_ones, limits),
    }


def _open_spanning(segments: Sequence[GradedSegment], limits: LossLimits) -> list[GradedSegment]:
    spanning = [item for item in segments if item.segment.rule.role == _SPANS]
    return [item for item in spanning if _has_loss(item, limits) is not False]


def _count(lost: Sequence[GradedSegment], open_ones: Sequence[GradedSegment], *, is_bounded: bool) -> Fact:
    # The same site of both sides is one: a carpal tunnel syndrome of both hands is common.
    sure = {_place(item) for item in lost}
    high = Fraction(len(sure | {_place(item) for item in open_ones})) if is_bounded else None
    return Fact(Range(Fraction(len(sure)), high), _evidence(lost), ", ".join(sorted({_site(item) for item in lost})))


def _only_there(
    segments: Sequence[GradedSegment],
    lost: Sequence[GradedSegment],
    open_ones: Sequence[GradedSegment],
    limits: LossLimits,
) -> Fact:
    elsewhere = [item for item in segments if item.segment.rule.role == "counts"]
    lost_elsewhere = [item for item in elsewhere if item.is_block or _has_loss(item, limits)]
    if lost_elsewhere:
        names = ", ".join(dict.fromkeys(_name(item) for item in lost_elsewhere))
        return Fact("absent", _evidence(lost_elsewhere), f"loss elsewhere: {names}")
    unsettled = [*open_ones, *(item for item in elsewhere if item.grade == NOT_ASSESSABLE or item.may_be_block)]
    if unsettled:
        names = ", ".join(dict.fromkeys(_name(item) for item in unsettled))
        return Fact(None, _evidence([*lost, *unsettled]), f"open: {names}")
    if not lost:
        return Fact("absent", _evidence(segments), "no loss at an entrapment site")
    return Fact("present", _evidence(lost), ", ".join(sorted({_site(item) for item in lost})))


def _elsewhere(segments: Sequence[GradedSegment], open_spanning: Sequence[GradedSegment]) -> Fact:
    """Block away from entrapment sites; a pair over such a site without a loss holds none on either side of it."""
    counted = [item for item in segments if item.segment.rule.role == "counts"]
    blocked = [item for item in counted if item.is_block]
    if blocked:
        return Fact("present", _evidence(blocked))
    unsettled = [item for item in counted if item.grade == NOT_ASSESSABLE or item.may_be_block]
    if not counted and not open_spanning:
        return Fact(None, _evidence(segments), _ONLY_AT_SITES)
    if counted and not open_spanning and all(item.by_amplitude is False for item in unsettled) and unsettled:
        return Fact(None, _evidence(unsettled), _BY_AMPLITUDE)
    if not counted or unsettled or open_spanning:
        return Fact(None, _evidence([*unsettled, *open_spanning]))
    return Fact("absent", _evidence(segments), "no loss over any pair of sites")


def motor_study_facts(
    facts: Mapping[str, Fact],
    segments: Sequence[GradedSegment],
    entrapped: Collection[tuple[str, str]],
    limits: LossLimits,
) -> dict[str, Fact]:
    """What the motor study shows, for the question whether MMN is looked for at all; none without a study.

    What a coded entrapment gives its nerve, a small distal response or a loss over its site, is no evidence of
    anything else.
    """
    if "motor_nerve_study" not in facts:
        return {}
    evidence = facts["motor_nerve_study"].evidence
    told = [item for item in segments if not (item.nerve in entrapped and _is_of_entrapment(item))]
    if segments and not told:
        return {"motor_study_shows": Fact("entrapment_only", evidence, "loss of axons of a nerve that is entrapped")}
    lost = [item for item in told if item.is_axonal_loss]
    readable = [item for item in told if not item.is_axonal_loss]
    if lost and _is_settled(readable, limits):
        # The same nerve of both legs is one: a small response of the foot is common.
        word = "axonal_loss" if len({item.segment.nerve for item in lost}) > 1 else "axonal_loss_of_one_nerve"
        return {"motor_study_shows": Fact(word, evidence, ", ".join(dict.fromkeys(map(_name, lost))))}
    away = _elsewhere(told, _open_spanning(told, limits))
    word = {"present": "loss", "absent": "no_loss"}.get(str(away.value), "not_known")
    if away.value is None:
        word = {_ONLY_AT_SITES: "entrapment_only", _BY_AMPLITUDE: "no_fall_of_amplitude"}.get(away.why, word)
    return {"motor_study_shows": Fact(word, evidence, away.why)}


def _is_of_entrapment(item: GradedSegment) -> bool:
    return item.is_axonal_loss or item.segment.rule.role == _SPANS


def _is_settled(segments: Sequence[GradedSegment], limits: LossLimits) -> bool:
    """Whether nothing is left that a block could hide in; true of no segments at all."""
    away = _elsewhere(segments, _open_spanning(segments, limits))
    return not segments or away.value == "absent" or away.why == _ONLY_AT_SITES


def _has_loss(item: GradedSegment, limits: LossLimits) -> bool | None:
    """Whether the response falls by as much as probable block asks for; by amplitude where the area is unknown."""
    segment = item.segment
    loss, amplitude = segment.area_reduction_percent, segment.distal.amplitude_mv
    loss = segment.amplitude_reduction_percent if loss is None else loss
    if loss is None or segment.submaximal or segment.is_unordered:
        return None
    if amplitude is not None and amplitude <= limits.smallest_distal_mv:
        return None
    return loss >= limits.loss_percent


def _site(item: GradedSegment) -> str:
    """A site once for each nerve, also where two pairs end in it or one pair goes over it."""
    segment = item.segment
    place = segment.rule.entrapment or f"{segment.distal_site} to {segment.proximal_site}".replace("-", " ")
    return f"{_name(item)} at {place}" if segment.rule.entrapment else f"{_name(item)}, {place}"


def _place(item: GradedSegment) -> tuple[str, str]:
    """A site without its side."""
    return item.segment.nerve, _site(item).removeprefix(_name(item))


def _name(item: GradedSegment) -> str:
    return f"{item.segment.side} {item.segment.nerve}"


def _evidence(items: Sequence[GradedSegment]) -> tuple[str, ...]:
    return joined(*(item.segment.evidence for item in items))
