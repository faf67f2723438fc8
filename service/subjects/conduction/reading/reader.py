"""Nerve conduction studies from FHIR: three ways to write one study become the same ``NerveStudy``.

A: a panel with one Observation per stimulation site. B: one Observation per nerve with components by site.
C: one Observation per number. Sensory studies come in the same ways.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from service.domain.budget import between_steps
from service.domain.facts import Excluded
from service.domain.moments import Moment
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.subjects.conduction.nerves import NerveStudy, joined
from service.subjects.conduction.reading.groups import Group, is_study, study_groups
from service.subjects.conduction.reading.motor import f_wave, motor_sites, segment_velocities, temperature
from service.subjects.conduction.reading.sensory import sensory_measures
from service.subjects.conduction.reading.single import Measured, measured
from service.subjects.conduction.reading.tables import NerveTables
from service.subjects.conduction.reading.values import interpretation_of

# What a study says itself, if it says anything.
_SAID = frozenset(("component", "dataAbsentReason", "hasMember"))


def nerve_studies(
    sources: Sequence[SourceResource], mappings: Mappings, tables: NerveTables
) -> tuple[list[NerveStudy], list[Excluded]]:
    """Every study that holds at least one measurement, and every resource or part of one that was not used."""
    groups, excluded = study_groups(sources, mappings, tables)
    studies: list[NerveStudy] = []
    for group in groups:
        between_steps()
        found = measured([reading for member in group.members for reading in member.readings], excluded)
        study = _study(group, found, tables, excluded)
        if study.sites or study.sensory or study.interpretations:
            studies.append(study)
    # The order in which a sender lists its resources must not show in any text.
    studies.sort(key=lambda study: (study.nerve, study.side, study.kind, str(study.day), study.evidence))
    return studies, [*excluded, *_empty(groups, excluded, tables)]


def _study(group: Group, found: Measured, tables: NerveTables, excluded: list[Excluded]) -> NerveStudy:
    is_motor = group.kind == "motor"
    latency, upper_limit, bound = f_wave(found)
    return NerveStudy(
        nerve=group.nerve,
        side=group.side,
        kind=group.kind,
        day=_last_day([member.moment for member in group.members]),
        moment=_span([member.moment for member in group.members]),
        muscle=group.muscle,
        sites=motor_sites(found, group.nerve, tables, excluded) if is_motor else {},
        segments=segment_velocities(found) if is_motor else {},
        sensory=() if is_motor else sensory_measures(found, group.nerve, tables, excluded),
        interpretations=() if is_motor else _interpretations(group, tables),
        f_wave_latency_ms=latency,
        f_wave_upper_limit_ms=upper_limit,
        f_wave_bound=bound,
        temperature_celsius=temperature(found),
        evidence=_evidence(group),
    )


def _last_day(moments: Sequence[Moment]) -> date | None:
    days = [moment.day for moment in moments if moment.day is not None]
    return max(days) if len(days) == len(moments) else None


def _span(moments: Sequence[Moment]) -> Moment:
    earliest = min(moment.earliest for moment in moments)
    return Moment(earliest, max(moment.latest for moment in moments), _last_day(moments))


def _interpretations(group: Group, tables: NerveTables) -> tuple[str, ...]:
    # Only a study's own word speaks for the whole of it; that of a single number stands with its reading.
    studies = [member.source for member in group.members if is_study(member.source)]
    words = (interpretation_of(source.resource, "low", tables) for source in studies)
    return joined(tuple(word for word in words if word))


def _evidence(group: Group) -> tuple[str, ...]:
    panels = tuple(member.panel.reference for member in group.members if member.panel)
    return joined(panels, tuple(member.source.reference for member in group.members))


def _empty(groups: Sequence[Group], excluded: Sequence[Excluded], tables: NerveTables) -> Iterator[Excluded]:
    """Resources that gave nothing at all and are not listed yet: nothing is lost silently."""
    listed = {row.resource for row in excluded}
    panels = {member.panel.reference for group in groups for member in group.members if member.panel}
    for group in groups:
        for member in group.members:
            reference = member.source.reference
            has_word = group.kind == "sensory" and bool(_interpretations(group, tables))
            if not (member.readings or has_word or reference in listed or reference in panels):
                # A study that holds nothing at all says of nothing that it was not performed.
                is_lost = group.kind == "motor" and not _SAID & member.source.resource.keys()
                yield Excluded(reference, "data-absent", "no measurement that was performed", relevant=is_lost)
