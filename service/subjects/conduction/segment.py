"""One motor nerve segment: two stimulation sites of a nerve and the exact percentages between them.

``reduction % = (distal - proximal) / distal * 100`` and ``increase % = (proximal - distal) / distal * 100``.
"""

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction

from service.domain.facts import Fact
from service.domain.immutable import immutable
from service.subjects.conduction.nerves import SegmentRule, SiteResponse


@immutable
class SlowingLimits:
    """Percentages of the limit of normal; ``small_response``: of its lower limit, below which F-waves may be later."""

    velocity_fall: Fraction
    latency_rise: Fraction
    f_wave_rise: Fraction
    f_wave_rise_small_response: Fraction
    small_response: Fraction


@immutable
class ConductionLimits:
    """Numbers of the rule pack that the arithmetic and the flags need; percentages, mV and degrees Celsius."""

    highest_plausible_lln_mv: Fraction
    borderline_margin: Fraction
    definite_area: Fraction
    probable_area: Fraction
    duration_limit: Fraction
    cold_hand_celsius: Fraction
    cold_foot_celsius: Fraction
    slowing: SlowingLimits


@immutable
class MotorSegment:
    """Two stimulation sites of one nerve, with exact percentages (``None``: unknown) and the rules' facts.

    ``area_loss_at_least``: the same of the area where only a bound was sent. ``study`` tells the studies of one
    evaluation apart. ``within``: sites between that were stimulated too.
    ``is_current``: of the latest session; the others are history. ``is_unordered``: another session may be as
    late and differs, so neither is graded. ``crossover``: the pattern of a Martin-Gruber anastomosis.
    ``slowing``: latencies and velocities beyond the limits of demyelination, in words.
    ``is_awaited``: of a study that is not final yet.
    ``helpful_sites``: sites between from which a countable pair could be had.
    """

    nerve: str
    side: str
    distal_site: str
    proximal_site: str
    rule: SegmentRule
    distal: SiteResponse
    proximal: SiteResponse
    area_reduction_percent: Fraction | None
    amplitude_reduction_percent: Fraction | None
    duration_increase_percent: Fraction | None
    area_loss_at_least: Fraction | None = None
    study: int = 0
    limb: str | None = None
    muscle: str | None = None
    within: tuple[str, ...] = ()
    is_current: bool = True
    is_unordered: bool = False
    crossover: bool = False
    amplitude_suggests_block: bool | None = None
    helpful_sites: tuple[str, ...] = ()
    slowing: tuple[str, ...] = ()
    is_awaited: bool = False
    flags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def is_same_place(self, other: "MotorSegment") -> bool:
        """Whether two studies measured the same segment, and not surely by two different recording muscles."""
        mine = (self.nerve, self.side, self.distal_site, self.proximal_site)
        theirs = (other.nerve, other.side, other.distal_site, other.proximal_site)
        return mine == theirs and len({self.muscle, other.muscle} - {None}) <= 1

    @property
    def composite(self) -> bool:
        """Whether the pair spans neighbours that were measured themselves."""
        return bool(self.within)

    @property
    def submaximal(self) -> bool:
        """Whether somebody wrote down that stimulation at one of the sites was not supramaximal."""
        return self.distal.supramaximal is False or self.proximal.supramaximal is False


def reduction_percent(distal: Fraction | None, proximal: Fraction | None) -> Fraction | None:
    """How much is lost from the distal to the proximal value, in percent; negative when it grows."""
    if distal is None or proximal is None or distal.numerator <= 0:
        return None
    # One division of whole numbers: arithmetic of Fractions is slow.
    whole = distal.numerator * proximal.denominator
    return Fraction(100 * (whole - proximal.numerator * distal.denominator), whole)


def increase_percent(distal: Fraction | None, proximal: Fraction | None) -> Fraction | None:
    """How much is gained from the distal to the proximal value, in percent."""
    reduction = reduction_percent(distal, proximal)
    return None if reduction is None else -reduction


def area_reduction(distal: SiteResponse, proximal: SiteResponse) -> Fraction | None:
    """Loss of negative-peak area in percent; all of it when the proximal response is surely gone."""
    if "absent" in (distal.response, proximal.response):
        return Fraction(100) if is_surely_gone(distal, proximal) else None
    return reduction_percent(distal.area_mv_ms, proximal.area_mv_ms)


def area_loss_at_least(distal: SiteResponse, proximal: SiteResponse) -> Fraction | None:
    """The least that is lost of the area in percent, where a bound such as "<11.2" tells no more; else ``None``."""
    if "absent" in (distal.response, proximal.response) or None not in (distal.area_mv_ms, proximal.area_mv_ms):
        return None
    least = reduction_percent(distal.area_at_least, proximal.area_at_most)
    return least if least is not None and least.numerator > 0 else None


def amplitude_reduction(distal: SiteResponse, proximal: SiteResponse) -> Fraction | None:
    """Loss of negative-peak amplitude in percent; all of it when the proximal response is surely gone."""
    if "absent" in (distal.response, proximal.response):
        return Fraction(100) if is_surely_gone(distal, proximal) else None
    return reduction_percent(distal.amplitude_mv, proximal.amplitude_mv)


def duration_increase(distal: SiteResponse, proximal: SiteResponse) -> Fraction | None:
    """Increase of negative-peak duration in percent; a response that is gone has none."""
    if "absent" in (distal.response, proximal.response):
        return None
    return increase_percent(distal.duration_ms, proximal.duration_ms)


def is_surely_gone(distal: SiteResponse, proximal: SiteResponse) -> bool:
    """Whether the proximal response is missing although the nerve was reached: stimulation was supramaximal."""
    return distal.response == "present" and proximal.absent and proximal.supramaximal is True
