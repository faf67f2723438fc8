"""From motor nerve studies to segments that the rules can judge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from service.domain.budget import between_steps
from service.subjects.conduction.anatomy import in_order, rule_between, sites_that_help
from service.subjects.conduction.flags import amplitude_suggests_block, segment_flags
from service.subjects.conduction.nerves import Crossover, NerveAnatomy, NerveStudy, SiteResponse, joined
from service.subjects.conduction.segment import (
    ConductionLimits,
    MotorSegment,
    amplitude_reduction,
    area_loss_at_least,
    area_reduction,
    duration_increase,
    reduction_percent,
)
from service.subjects.conduction.segment_facts import segment_facts
from service.subjects.conduction.sessions import Session, by_nerve, sessions_of
from service.subjects.conduction.slowing import Slowing, slowing_of

__all__ = ["ConductionLimits", "MotorSegment", "motor_segments"]


def motor_segments(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy], limits: ConductionLimits
) -> list[MotorSegment]:
    """Every segment of every motor study; those of the latest session of each nerve are ``is_current``.

    Earlier sessions are there to be judged as well, so that a block can be called persistent.
    """
    sessions = [session for nerve in by_nerve(studies, "motor").values() for session in sessions_of(nerve)]
    dated = [(session, study) for session in sessions for study in session.studies]
    by_place = _Studies.of(dated)
    segments = []
    for number, (session, study) in enumerate(dated):
        between_steps()
        nerve = anatomy.get(study.nerve)
        crossed_pair = _crossed_pair(study, nerve, by_place, limits)
        slow = [each for each in slowing_of(study, nerve, limits.slowing) if each.is_slow]
        drafts = _segments((session, study), nerve, number, crossed_pair, slow)
        segments += [_finished(draft, study, limits) for draft in drafts]
    return segments


def _finished(draft: MotorSegment, study: NerveStudy, limits: ConductionLimits) -> MotorSegment:
    return replace(
        draft,
        amplitude_suggests_block=amplitude_suggests_block(draft, limits),
        flags=segment_flags(draft, study, limits),
        facts=segment_facts(draft, limits),
    )


def _segments(
    dated: tuple[Session, NerveStudy],
    nerve: NerveAnatomy | None,
    number: int,
    crossed_pair: tuple[str, str] | None,
    slow: Sequence[Slowing],
) -> Iterator[MotorSegment]:
    session, study = dated
    for distal_site, proximal_site, within in _pairs(study, nerve):
        rule = rule_between(nerve, distal_site, proximal_site)
        # A wide pair is only worth judging where it may count; its parts stand for themselves otherwise.
        if within and rule.role != "counts":
            continue
        distal, proximal = study.sites[distal_site], study.sites[proximal_site]
        yield MotorSegment(
            nerve=study.nerve,
            side=study.side,
            distal_site=distal_site,
            proximal_site=proximal_site,
            rule=rule,
            distal=distal,
            proximal=proximal,
            area_reduction_percent=area_reduction(distal, proximal),
            amplitude_reduction_percent=amplitude_reduction(distal, proximal),
            duration_increase_percent=duration_increase(distal, proximal),
            area_loss_at_least=area_loss_at_least(distal, proximal),
            study=number,
            limb=nerve.limb if nerve else None,
            muscle=study.muscle,
            within=within,
            slowing=tuple(each.words for each in slow if each.place in ((distal_site,), (distal_site, proximal_site))),
            is_current=session.is_latest,
            is_unordered=session.is_unordered,
            crossover=(distal_site, proximal_site) == crossed_pair,
            helpful_sites=sites_that_help(nerve, distal_site, proximal_site),
            evidence=joined(distal.evidence, proximal.evidence),
        )


def _pairs(study: NerveStudy, nerve: NerveAnatomy | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(distal site, proximal site, sites stimulated between): neighbours, wider pairs, pairs with unlisted sites."""
    listed = in_order(nerve, study.sites)
    for start, distal in enumerate(listed):
        for end in range(start + 1, len(listed)):
            yield distal, listed[end], tuple(listed[start + 1 : end])
    for distal, proximal in pairwise(in_order(None, study.sites)):
        if not (distal in listed and proximal in listed):
            yield distal, proximal, ()


@dataclass(frozen=True, slots=True)
class _Studies:
    """The studies of a record by nerve, side and day, and those of the latest sessions by nerve and side."""

    of_day: Mapping[tuple[str, str, date], Sequence[NerveStudy]]
    latest: Mapping[tuple[str, str], Sequence[NerveStudy]]

    @classmethod
    def of(cls, dated: Sequence[tuple[Session, NerveStudy]]) -> "_Studies":
        of_day: dict[tuple[str, str, date], list[NerveStudy]] = {}
        latest: dict[tuple[str, str], list[NerveStudy]] = {}
        for session, study in dated:
            if study.day:
                of_day.setdefault((study.nerve, study.side, study.day), []).append(study)
            if session.is_latest:
                latest.setdefault((study.nerve, study.side), []).append(study)
        return cls(of_day, latest)


def _crossed_pair(
    study: NerveStudy, nerve: NerveAnatomy | None, compared_with: "_Studies", limits: ConductionLimits
) -> tuple[str, str] | None:
    """The pair whose fall may be fibres that cross over: it falls, and the other nerve rises instead."""
    crossover = nerve.crossover if nerve else None
    if crossover is None or not _falls(study, crossover, limits):
        return None
    other_nerve = crossover.nerve, study.side
    same_day = compared_with.of_day.get((*other_nerve, study.day), []) if study.day else []
    compared = same_day or compared_with.latest.get(other_nerve, [])
    return crossover.segment if any(_rises(other, crossover) for other in compared) else None


def _falls(study: NerveStudy, crossover: Crossover, limits: ConductionLimits) -> bool:
    distal, proximal = (study.sites.get(site, SiteResponse()) for site in crossover.segment)
    fall = area_reduction(distal, proximal)
    if fall is None:
        fall = amplitude_reduction(distal, proximal)
    return fall is not None and fall >= limits.probable_area


def _rises(study: NerveStudy, crossover: Crossover) -> bool:
    distal = study.sites.get(crossover.distal, SiteResponse()).amplitude_mv
    proximal = (study.sites.get(site, SiteResponse()).amplitude_mv for site in crossover.proximal)
    falls = (reduction_percent(distal, amplitude) for amplitude in proximal)
    return any(fall is not None and fall < 0 for fall in falls)
