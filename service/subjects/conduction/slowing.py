"""Slowing of motor conduction: told apart from block, and counted where it is not explained by entrapment.

Limits of demyelination of the EAN/PNS 2021 guideline on CIDP: distal latency over its upper limit, velocity below its
lower limit, shortest F-wave latency over its upper limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.immutable import immutable
from service.fhir.values.results import Measured
from service.subjects.conduction.anatomy import in_order, rule_between
from service.subjects.conduction.grading import GradedSegment
from service.subjects.conduction.nerves import NerveAnatomy, NerveStudy, SiteResponse, joined, site_in_words
from service.subjects.conduction.reasons import percent_text
from service.subjects.conduction.segment import SlowingLimits, increase_percent, reduction_percent
from service.subjects.conduction.sessions import by_nerve, sessions_of


@immutable
class Slowing:
    """One measurement held against its limit: ``is_slow`` is ``None`` where the limit is missing.

    ``place``: the site of a latency, the two sites of a velocity, the most distal site for an F-wave. ``counts`` is
    False across a common entrapment site.
    """

    place: tuple[str, ...]
    words: str
    is_slow: bool | None
    counts: bool = True


def slowing_of(study: NerveStudy, nerve: NerveAnatomy | None, limits: SlowingLimits) -> list[Slowing]:
    """Every latency, velocity and F-wave of a motor study, each held against its own limit of normal."""
    sites = in_order(nerve, study.sites)
    if not sites:
        return []
    distal = study.sites[sites[0]]
    found = [*_velocities(study, nerve, limits), *_latency(study, sites[0], distal, limits)]
    return [*found, *_f_wave(study, sites[0], distal, limits)]


@immutable
class SlowedNerves:
    """Nerves (nerve, side) with slowing away from entrapment sites; ``possible``: those that cannot be judged.

    ``is_any``: whether a motor nerve was studied. ``told``: what was found, in words, with the references of the study.
    """

    sure: frozenset[tuple[str, str]]
    possible: frozenset[tuple[str, str]]
    told: Mapping[str, tuple[str, ...]]
    is_any: bool


def slowed_nerves(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy], limits: SlowingLimits
) -> SlowedNerves:
    """By the latest studies; a nerve without any measurement and limit to judge by may be slowed."""
    sure, possible = set(), set()
    told: dict[str, tuple[str, ...]] = {}
    nerves = by_nerve(studies, "motor")
    for name, of_nerve in nerves.items():
        latest = [study for session in sessions_of(of_nerve) if session.is_latest for study in session.studies]
        judged = [(each, study) for study in latest for each in slowing_of(study, anatomy.get(name[0]), limits)]
        slow = [(each, study) for each, study in judged if each.is_slow and each.counts]
        if slow:
            sure.add(name)
            told |= {f"{name[1]} {name[0]}: {each.words}": study.evidence for each, study in slow}
        elif not judged or any(each.is_slow is None and each.counts for each, _ in judged):
            possible.add(name)
    return SlowedNerves(frozenset(sure), frozenset(possible), told, is_any=bool(nerves))


def slowing_facts(slowed: SlowedNerves, segments: Sequence[GradedSegment]) -> dict[str, Fact]:
    """``nerves_with_motor_slowing`` and ``nerves_with_block_or_slowing``; none where no nerve was studied.

    ``motor_slowing`` is ``shown`` only where it is sure in more than one nerve.
    """
    shown = {"motor_slowing": Fact("shown" if len(slowed.sure) > 1 else "not_shown")}
    if not slowed.is_any:
        return shown
    value = Range.between(len(slowed.sure), len(slowed.sure | slowed.possible))
    evidence = joined(*slowed.told.values())
    return {
        **shown,
        "nerves_with_motor_slowing": Fact(value, evidence, "; ".join(slowed.told)),
        "nerves_with_block_or_slowing": _block_or_slowing(slowed, segments),
    }


def _block_or_slowing(slowed: SlowedNerves, segments: Sequence[GradedSegment]) -> Fact:
    blocked = [item for item in segments if item.is_block]
    sure = {item.nerve for item in blocked} | slowed.sure
    possible = sure | slowed.possible | {item.nerve for item in segments if item.may_be_block}
    told = [f"block: {side} {nerve}" for nerve, side in dict.fromkeys(item.nerve for item in blocked)]
    evidence = joined(*(item.segment.evidence for item in blocked), *slowed.told.values())
    return Fact(Range.between(len(sure), len(possible)), evidence, "; ".join((*told, *slowed.told)))


def _velocities(study: NerveStudy, nerve: NerveAnatomy | None, limits: SlowingLimits) -> Iterator[Slowing]:
    for (distal, proximal), between in study.segments.items():
        velocity = _said(between.velocity_m_per_s, between.velocity_bound)
        if velocity is None:
            continue
        fall = reduction_percent(between.lower_limit_m_per_s, between.velocity_m_per_s)
        where = f"{site_in_words(distal)} to {site_in_words(proximal)}"
        words = f"velocity {_shown(velocity)} m/s, {where}" + _beyond(fall, "below its lower limit")
        counts = rule_between(nerve, distal, proximal).role == "counts"
        slow = _changed(between.lower_limit_m_per_s, -limits.velocity_fall)
        is_slow = None if slow is None else _not(velocity.is_above(slow))
        yield Slowing((distal, proximal), words, is_slow, counts)


def _latency(study: NerveStudy, site: str, distal: SiteResponse, limits: SlowingLimits) -> Iterator[Slowing]:
    latency = _said(distal.latency_ms, distal.latency_bound)
    if latency is not None:
        rise = increase_percent(distal.latency_upper_limit_ms, distal.latency_ms)
        words = f"distal latency {_shown(latency)} ms" + _beyond(rise, "over its upper limit")
        is_slow = _is_late_by(latency, distal.latency_upper_limit_ms, limits.latency_rise)
        # The median nerve's distal latency is that of the carpal tunnel.
        yield Slowing((site,), words, is_slow, study.nerve != "median")


def _f_wave(study: NerveStudy, site: str, distal: SiteResponse, limits: SlowingLimits) -> Iterator[Slowing]:
    latency = _said(study.f_wave_latency_ms, study.f_wave_bound)
    if latency is not None:
        rise = increase_percent(study.f_wave_upper_limit_ms, study.f_wave_latency_ms)
        words = f"shortest F-wave {_shown(latency)} ms" + _beyond(rise, "over its upper limit")
        yield Slowing((site,), words, _is_late(latency, study.f_wave_upper_limit_ms, distal, limits))


def _is_late(latency: Measured, upper: Fraction | None, distal: SiteResponse, limits: SlowingLimits) -> bool | None:
    """A small response leaves fewer fibres, and with them later F-waves: then more is asked."""
    is_late = _is_late_by(latency, upper, limits.f_wave_rise)
    if not is_late:
        return is_late
    if _is_late_by(latency, upper, limits.f_wave_rise_small_response):
        return True
    amplitude, low = distal.amplitude_mv, distal.lln_amplitude_mv
    return None if amplitude is None or low is None else amplitude * 100 >= low * limits.small_response


def _said(number: Fraction | None, bound: Measured | None) -> Measured | None:
    return bound if number is None else Measured(number, "")


def _shown(said: Measured) -> str:
    return f"{said.sign}{percent_text(said.number)}"


def _is_late_by(latency: Measured, upper: Fraction | None, rise: Fraction) -> bool | None:
    """Whether it lies above its upper limit by so many percent at least; ``None`` where a bound leaves that open."""
    late = _changed(upper, rise)
    return None if late is None else _not(latency.is_below(late))


def _changed(limit: Fraction | None, percent: Fraction) -> Fraction | None:
    return None if limit is None or limit <= 0 else limit * (100 + percent) / 100


def _not(said: bool | None) -> bool | None:
    return None if said is None else not said


def _beyond(percent: Fraction | None, words: str) -> str:
    return f" ({percent_text(percent)} % {words})" if percent is not None and percent > 0 else ""
