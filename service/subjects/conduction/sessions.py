"""Sessions: which studies of one nerve belong together, and which of them are the latest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from service.domain.immutable import immutable
from service.subjects.conduction.nerves import NerveStudy, joined


@immutable
class Session:
    """Studies of one nerve and side from one calendar day.

    ``is_unordered``: another session with other values may be as late; neither can be called the latest.
    """

    studies: tuple[NerveStudy, ...]
    is_latest: bool
    is_unordered: bool = False


def by_nerve(studies: Iterable[NerveStudy], kind: str) -> dict[tuple[str, str], list[NerveStudy]]:
    """The studies of one kind, by (nerve, side): the left and the right nerve are two nerves."""
    nerves: dict[tuple[str, str], list[NerveStudy]] = {}
    for study in studies:
        if study.kind == kind:
            nerves.setdefault((study.nerve, study.side), []).append(study)
    return nerves


def sessions_of(studies: Sequence[NerveStudy]) -> list[Session]:
    """The sessions of one nerve, the latest ones first."""
    groups = _by_day(studies)
    latest = [group for group in groups if not any(_is_before(group[0], other[0]) for other in groups)]
    earlier = [group for group in groups if group not in latest]
    return [*_latest_sessions(latest), *(Session(_fitted(group), is_latest=False) for group in earlier)]


def _latest_sessions(groups: list[list[NerveStudy]]) -> list[Session]:
    if not groups[1:]:
        return [Session(_fitted(group), is_latest=True) for group in groups]
    together = _fitted([study for group in groups for study in group])
    if all(len(_fitted(group)) == len(together) and _same_sites(_fitted(group), together) for group in groups):
        return [Session(together, is_latest=True)]
    return [Session(_fitted(group), is_latest=True, is_unordered=True) for group in groups]


def _same_sites(some: tuple[NerveStudy, ...], others: tuple[NerveStudy, ...]) -> bool:
    pairs = zip(some, others, strict=True)
    return all((a.sites, a.sensory, a.interpretations) == (b.sites, b.sensory, b.interpretations) for a, b in pairs)


def _by_day(studies: Sequence[NerveStudy]) -> list[list[NerveStudy]]:
    groups: dict[object, list[NerveStudy]] = {}
    for index, study in enumerate(studies):
        # A study without a full date is a session of its own: no other is surely of the same day.
        groups.setdefault(study.day or index, []).append(study)
    return list(groups.values())


def _is_before(study: NerveStudy, other: NerveStudy) -> bool:
    if study.day and other.day:
        return study.day < other.day
    return study.moment.is_surely_before(other.moment)


def _fitted(studies: Sequence[NerveStudy]) -> tuple[NerveStudy, ...]:
    """Studies that add to each other or repeat each other become one: some senders split a nerve by site."""
    fitted: list[NerveStudy] = []
    for study in studies:
        for index, other in enumerate(fitted):
            if _fit(other, study):
                fitted[index] = _one_study(other, study)
                break
        else:
            fitted.append(study)
    return tuple(fitted)


def _fit(study: NerveStudy, other: NerveStudy) -> bool:
    same_muscle = study.muscle == other.muscle or not (study.muscle and other.muscle)
    shared = study.sites.keys() & other.sites.keys()
    return same_muscle and all(study.sites[site] == other.sites[site] for site in shared)


def _one_study(study: NerveStudy, other: NerveStudy) -> NerveStudy:
    sites = {**study.sites, **other.sites}
    for site in study.sites.keys() & other.sites.keys():
        evidence = joined(study.sites[site].evidence, other.sites[site].evidence)
        sites[site] = replace(study.sites[site], evidence=evidence)
    temperatures = [t for t in (study.temperature_celsius, other.temperature_celsius) if t is not None]
    return replace(
        study,
        muscle=study.muscle or other.muscle,
        sites=sites,
        segments={**other.segments, **study.segments},
        sensory=tuple(dict.fromkeys((*study.sensory, *other.sensory))),
        interpretations=joined(study.interpretations, other.interpretations),
        f_wave_latency_ms=study.f_wave_latency_ms or other.f_wave_latency_ms,
        f_wave_upper_limit_ms=study.f_wave_upper_limit_ms or other.f_wave_upper_limit_ms,
        temperature_celsius=min(temperatures, default=None),
        flags=joined(study.flags, other.flags),
        evidence=joined(study.evidence, other.evidence),
    )
