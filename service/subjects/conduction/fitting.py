"""Studies of one nerve and session that are parts of one: some senders split a nerve by site, or send it twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.subjects.conduction.nerves import NerveStudy, SegmentVelocity, SiteResponse, joined

# So many studies of one nerve and day that contradict each other, or are of so many muscles, no laboratory makes.
MOST_APART = 24


def fitted(studies: Sequence[NerveStudy]) -> tuple[tuple[NerveStudy, ...], tuple[NerveStudy, ...]]:
    """Studies that add to each other or repeat each other become one; and those left out, as too many contradict."""
    parts: list[_Parts] = []
    left_out: list[NerveStudy] = []
    for study in studies:
        home = next((each for each in parts if each.fits(study)), None)
        if home is not None:
            home.add(study)
        elif len(parts) < MOST_APART:
            parts.append(_Parts(study))
        else:
            left_out.append(study)
    return tuple(each.as_one() for each in parts), tuple(left_out)


class _Parts:
    """Studies that fit together; what they say of each site they all say."""

    def __init__(self, first: NerveStudy) -> None:
        self._studies = [first]
        self._muscle = first.muscle
        self._sites: dict[str, SiteResponse] = dict(first.sites)

    def fits(self, study: NerveStudy) -> bool:
        """Whether a study contradicts none of these, and is not surely of another muscle."""
        same_muscle = self._muscle == study.muscle or not (self._muscle and study.muscle)
        return same_muscle and all(self._sites.get(site, said) == said for site, said in study.sites.items())

    def add(self, study: NerveStudy) -> None:
        """Take it in."""
        self._studies.append(study)
        self._muscle = self._muscle or study.muscle
        self._sites = self._sites if self._sites.keys() >= study.sites.keys() else {**study.sites, **self._sites}

    def as_one(self) -> NerveStudy:
        """All of them as one study."""
        studies = self._studies
        if len(studies) == 1:
            return studies[0]
        segments: dict[tuple[str, str], SegmentVelocity] = {}
        for study in reversed(studies):
            segments |= study.segments
        temperatures = [each.temperature_celsius for each in studies if each.temperature_celsius is not None]
        return replace(
            studies[0],
            muscle=self._muscle,
            sites=self._sites_with_evidence(),
            segments=segments,
            sensory=tuple(dict.fromkeys(measure for study in studies for measure in study.sensory)),
            interpretations=joined(*(study.interpretations for study in studies)),
            f_wave_bound=next((each.f_wave_bound for each in studies if each.f_wave_bound), None),
            f_wave_latency_ms=next((each.f_wave_latency_ms for each in studies if each.f_wave_latency_ms), None),
            f_wave_upper_limit_ms=next(
                (each.f_wave_upper_limit_ms for each in studies if each.f_wave_upper_limit_ms), None
            ),
            temperature_celsius=min(temperatures, default=None),
            flags=joined(*(study.flags for study in studies)),
            evidence=joined(*(study.evidence for study in studies)),
        )

    def _sites_with_evidence(self) -> Mapping[str, SiteResponse]:
        said: dict[str, list[SiteResponse]] = {}
        for study in self._studies:
            for site, response in study.sites.items():
                said.setdefault(site, []).append(response)
        return {
            site: replace(each[0], evidence=joined(*(response.evidence for response in each))) if each[1:] else each[0]
            for site, each in said.items()
        }
