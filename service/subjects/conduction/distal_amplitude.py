"""Slow loss of axons: what the distal response of each motor nerve does over the years."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.domain.timeline import Limit, Mark, Point, Timeline, Track
from service.subjects.conduction.anatomy import in_order as in_order_of_sites
from service.subjects.conduction.nerves import NerveAnatomy, NerveStudy, SiteResponse, at_site, in_words
from service.subjects.conduction.reasons import percent_text
from service.subjects.conduction.segment import reduction_percent
from service.subjects.conduction.sessions import by_nerve

_FEWEST_DAYS = 2


@dataclass(frozen=True, slots=True)
class AxonalLimits:
    """From the rule pack: days of treatment between the studies compared, and the fall in percent that counts.

    ``below_limit_percent``: the fall that counts where it ends below the lower limit of normal.
    A study that is older than ``interval_days`` when treatment begins is no starting point either.
    """

    interval_days: Fraction
    fall_percent: Fraction
    below_limit_percent: Fraction


@dataclass(frozen=True, slots=True)
class _Fall:
    """The distal response of one nerve at first and now; ``crosses_limit``: from normal to below its limit."""

    percent: Fraction
    crosses_limit: bool
    words: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    day: date
    site: str
    response: SiteResponse

    @property
    def amplitude(self) -> Fraction | None:
        return Fraction(0) if self.response.absent else self.response.amplitude_mv


def distal_amplitude_facts(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy], limits: AxonalLimits, begun: date
) -> dict[str, Fact]:
    """loss_of_distal_amplitude (``shown`` or ``not_shown`` by the studies on record) and the largest fall.

    ``begun``: the first day of treatment. Only what was lost since then was lost in spite of it.
    """
    falls = sorted(_falls(studies, anatomy, limits, begun), key=lambda fall: (-fall.percent, fall.words))
    lost = [fall for fall in falls if _is_loss(fall, limits)]
    evidence = in_order(reference for fall in lost for reference in fall.evidence)
    found = Fact("shown" if lost else "not_shown", evidence, "; ".join(fall.words for fall in lost))
    facts = {"loss_of_distal_amplitude": found}
    if lost:
        facts["distal_amplitude_fall"] = Fact(Range.exactly(lost[0].percent), lost[0].evidence, lost[0].words)
    return facts


def distal_amplitudes(
    studies: Sequence[NerveStudy],
    anatomy: Mapping[str, NerveAnatomy],
    limits: AxonalLimits,
    begun: date | None,
) -> Timeline:
    """The distal response of each nerve over time, where there is more than one day of it.

    ``begun``: the first day of treatment; a fall is marked only under treatment.
    """
    return Timeline(tracks=tuple(_tracks(studies, anatomy, limits, begun)))


def _tracks(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy], limits: AxonalLimits, begun: date | None
) -> Iterator[Track]:
    for nerve, muscle, measured in _places(studies, anatomy):
        known = [(each, amplitude) for each in measured if (amplitude := each.amplitude) is not None]
        if len({each.day for each, _ in known}) < _FEWEST_DAYS:
            continue
        fall = _fall(nerve, measured, limits, begun) if begun else None
        yield Track(
            name=f"{nerve}, {at_site(measured[0].site)}",
            points=tuple(Point(each.day, amplitude, f"{percent_text(amplitude)} mV") for each, amplitude in known),
            about="; ".join(filter(None, ("distal amplitude", in_words(muscle)))),
            limits=tuple(_lower_limit(measured)),
            marks=tuple(_fallen(fall, measured[-1].day, limits)),
        )


def _lower_limit(measured: Sequence[_Measured]) -> Iterator[Limit]:
    """The newest lower limit of normal, if one is told."""
    stated = [limit for each in measured if (limit := each.response.lln_amplitude_mv) is not None]
    yield from (Limit(limit, f"lower limit {percent_text(limit)} mV") for limit in stated[-1:])


def _fallen(fall: _Fall | None, day: date, limits: AxonalLimits) -> Iterator[Mark]:
    if fall and _is_loss(fall, limits):
        yield Mark(day, is_better=False, words=f"{fall.words}, fall {percent_text(fall.percent)} %")


def _is_loss(fall: _Fall, limits: AxonalLimits) -> bool:
    return fall.percent >= (limits.below_limit_percent if fall.crosses_limit else limits.fall_percent)


def _places(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy]
) -> Iterator[tuple[str, str, list[_Measured]]]:
    """Nerve with its side, recording muscle, and the responses of one site there, oldest first."""
    for (nerve, side), of_nerve in sorted(by_nerve(studies, "motor").items()):
        places: dict[tuple[str, str], list[_Measured]] = {}
        for study in of_nerve:
            measured = _most_distal(study, anatomy.get(nerve))
            if measured:
                # Another recording muscle is another amplitude.
                places.setdefault((study.muscle or "", measured.site), []).append(measured)
        for (muscle, _), measured_there in places.items():
            yield f"{side} {nerve}", muscle, sorted(measured_there, key=_by_day)


def _falls(
    studies: Sequence[NerveStudy], anatomy: Mapping[str, NerveAnatomy], limits: AxonalLimits, begun: date
) -> Iterator[_Fall]:
    found = (_fall(nerve, measured, limits, begun) for nerve, _, measured in _places(studies, anatomy))
    return (fall for fall in found if fall)


def _most_distal(study: NerveStudy, nerve: NerveAnatomy | None) -> _Measured | None:
    sites = in_order_of_sites(nerve, study.sites)
    response = study.sites[sites[0]] if sites else None
    if study.day is None or response is None or response.supramaximal is False:
        return None
    return _Measured(study.day, sites[0], response)


def _fall(nerve: str, measured: Sequence[_Measured], limits: AxonalLimits, begun: date) -> _Fall | None:
    before = [each for each in measured if each.day <= begun and (begun - each.day).days <= limits.interval_days]
    first, now = [*before[-1:], *(each for each in measured if each.day > begun), measured[-1]][0], measured[-1]
    if (now.day - max(first.day, begun)).days < limits.interval_days:
        return None
    if _differ_on(first.day, measured) or _differ_on(now.day, measured):
        return None
    percent = reduction_percent(first.amplitude, now.amplitude)
    if percent is None or first.amplitude is None or now.amplitude is None:
        return None
    words = (
        f"{nerve} {at_site(first.site)}: {percent_text(first.amplitude)} mV on {first.day}, "
        f"{percent_text(now.amplitude)} mV on {now.day}"
    )
    crosses = _is_low(first) is False and _is_low(now) is True
    return _Fall(percent, crosses, words, first.response.evidence + now.response.evidence)


def _differ_on(day: date, measured: Sequence[_Measured]) -> bool:
    """Whether two amplitudes of a day differ, so that none can be called the one of that day."""
    return len({each.amplitude for each in measured if each.day == day}) > 1


def _is_low(measured: _Measured) -> bool | None:
    limit = measured.response.lln_amplitude_mv
    return None if limit is None or measured.amplitude is None else measured.amplitude < limit


def _by_day(measured: _Measured) -> tuple[date, tuple[str, ...]]:
    return measured.day, measured.response.evidence
