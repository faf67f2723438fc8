"""What a nerve cannot do: a value that breaks one of these rules is kept, flagged, and to be looked at."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from service.subjects.conduction.nerves import SITES, at_site
from service.subjects.conduction.reports.layouts import Vocabulary
from service.subjects.conduction.reports.studies import MOTOR, NOT_READ, Quantity, Report, Response, Study

_AREA, _AMPLITUDE, _LATENCY = "cmap-area-neg", "cmap-amplitude-neg", "onset-latency"
_FALLS = "the latency falls from here proximally, which no nerve does: columns or sites may be swapped"
_NO_AREA = "no area: without it no segment can be graded as definite block"
_PEAK_TO_PEAK = "amplitudes are peak to peak only: they are shown, and never used to grade a block"
# To the unit of ``words.yaml``; the units that columns have.
_FACTORS: Mapping[tuple[str, str], Decimal] = {
    ("cm", "mm"): Decimal(10),
    ("m", "mm"): Decimal(1000),
    ("uV", "mV"): Decimal("0.001"),
    ("mV", "uV"): Decimal(1000),
    ("uV.s", "mV.ms"): Decimal(1),
}
_MM, _MS = "mm", "ms"


def flag_implausible(report: Report, vocabulary: Vocabulary) -> None:
    """Flags on the lines that hold what cannot be, or lack what a grade needs."""
    for study in report.studies:
        flags = _flagged(report)
        _beyond(study, vocabulary, flags)
        _latencies(study, flags)
        _velocities(study, vocabulary.velocity_tolerance, flags)
        if study.kind == MOTOR:
            _sizes(study, flags)


def leave_out_strange_sites(report: Report, sites: Mapping[str, frozenset[str]]) -> None:
    """Motor responses from where their nerve does not run, or is not stimulated, are not read: the place is another.

    ``sites``: of each nerve; of one that is not in it nothing is known.
    """
    for study in report.studies:
        known = sites.get(study.nerve)
        if study.kind == MOTOR and known:
            strange = [each for each in study.responses if not {each.site, each.to} - {""} <= known]
            study.responses = [each for each in study.responses if each not in strange]
            for response in strange:
                report.note(response.line, NOT_READ, f"{at_site(response.site)}: no stimulation site of this nerve")


def _flagged(report: Report) -> Callable[[int, str], None]:
    def flag(line: int, reason: str) -> None:
        report.outcomes[line].flag(reason)

    return flag


def _beyond(study: Study, vocabulary: Vocabulary, flag: Callable[[int, str], None]) -> None:
    for response in study.responses:
        for measure, quantity in response.values.items():
            most = vocabulary.plausible.get(measure)
            value = _in(quantity, most.unit) if most else None
            if most and value is not None and value > most.most:
                flag(response.line, f"{measure} over {most.most} {most.unit}: more than a nerve gives")


def _latencies(study: Study, flag: Callable[[int, str], None]) -> None:
    for distal, proximal in pairwise(_by_place(study)):
        times = [response.values.get(_LATENCY) for response in (distal, proximal)]
        if times[0] and times[1] and times[1].value <= times[0].value:
            flag(proximal.line, _FALLS)


def _by_place(study: Study) -> list[Response]:
    known = [each for each in study.responses if each.site in SITES and not each.to]
    return sorted(known, key=lambda each: SITES.index(each.site))


def _velocities(study: Study, tolerance: int, flag: Callable[[int, str], None]) -> None:
    for segment in (each for each in study.responses if each.to):
        distance, velocity = segment.values.get("distance"), segment.values.get("cv")
        length, time = distance and _in(distance, _MM), _time(study, segment)
        if length and velocity and time:
            expected = length / time
            if abs(velocity.value - expected) * 100 > expected * tolerance:
                flag(segment.line, f"the velocity is not distance by time, by over {tolerance} %")


def _time(study: Study, segment: Response) -> Decimal | None:
    stated = segment.values.get("delta")
    if stated:
        return stated.value or None
    ends = [study.response_at(site) for site in (segment.site, segment.to)]
    times = [end.values.get(_LATENCY) if end else None for end in ends]
    if times[0] is None or times[1] is None or times[1].value <= times[0].value:
        return None
    return times[1].value - times[0].value


def _sizes(study: Study, flag: Callable[[int, str], None]) -> None:
    measured: set[str] = {measure for each in study.responses for measure in each.values}
    if "cmap-amplitude-p2p" in measured and _AMPLITUDE not in measured:
        flag(study.line, _PEAK_TO_PEAK)
    if measured & {_AMPLITUDE, "cmap-amplitude-p2p"} and _AREA not in measured:
        flag(study.line, _NO_AREA)


def _in(quantity: Quantity, unit: str) -> Decimal | None:
    if quantity.unit == unit:
        return quantity.value
    factor = _FACTORS.get((quantity.unit, unit))
    return quantity.value * factor if factor else None


def without_a_study(studies: Sequence[Study]) -> list[Study]:
    """Studies under whose name no row was read."""
    return [study for study in studies if not any(each.is_read for each in study.responses)]
