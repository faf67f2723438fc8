"""Nerve studies for the tests of the arithmetic, and a small judge that stands in for the rule engine."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

from service.domain.conclusions import Verdict
from service.domain.facts import Range
from service.domain.moments import Moment
from service.knowledge.load import load
from service.knowledge.sentences import sayer
from service.knowledge.yaml_file import read_yaml
from service.subjects.conduction.anatomy import anatomy_from
from service.subjects.conduction.grading import GradedSegment, graded, settled
from service.subjects.conduction.motor_segments import ConductionLimits, MotorSegment, motor_segments
from service.subjects.conduction.nerves import NerveStudy, SensoryMeasure, SiteResponse
from service.subjects.conduction.segment import SlowingLimits
from service.subjects.conduction.sensory import sensory_findings

ANATOMY = anatomy_from(read_yaml(Path(__file__).parents[4] / "rules/mmn/segments.yaml"))
SLOWING = SlowingLimits(*map(Fraction, (30, 50, 20, 50, 80)))
_SIX, _THREE, _HALF, _THIRTY, _COLD = (Fraction(limit) for limit in (6, 3, 50, 30, 32))
LIMITS = ConductionLimits(_SIX, _THREE, _HALF, _THIRTY, _THIRTY, _COLD, _THIRTY, SLOWING)
SAY = sayer(load().sentences)
DAY = date(2025, 3, 4)
NAMED = ("median", "ulnar", "fibular")
Number = int | str | None


def number(value: Number) -> Fraction | None:
    return None if value is None else Fraction(value)


def response(amplitude: Number = None, area: Number = None, duration: Number = None, **more: object) -> SiteResponse:
    """Amplitude in mV, area in mV.ms, duration in ms; the lower limit of the amplitude is 6 mV unless told."""
    known: dict[str, object] = {"lln_amplitude_mv": Fraction(6), **more}
    return SiteResponse(number(amplitude), number(area), number(duration), **known)  # type: ignore[arg-type]


def gone(**more: object) -> SiteResponse:
    return SiteResponse(absent=True, **more)  # type: ignore[arg-type]


def moment(day: date | None) -> Moment:
    if day is None:
        return Moment(datetime.min.replace(tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), None)
    noon = datetime.combine(day, time(12), UTC)
    return Moment(noon, noon, day)


def motor(nerve: str, side: str = "right", day: date | None = DAY, /, **sites: SiteResponse) -> NerveStudy:
    """A motor study; sites are written with underscores."""
    named = {name.replace("_", "-"): site for name, site in sites.items()}
    evidence = (f"Observation/{nerve}-{side}-{day}",)
    return NerveStudy(nerve, side, "motor", day, moment(day), sites=named, evidence=evidence)


def forearm(
    area: Number, duration: Number = 6, nerve: str = "ulnar", proximal: str = "below_elbow", **more: SiteResponse
) -> NerveStudy:
    """A study from the wrist upward: 100 mV.ms in 6 ms at the wrist, ``area`` in ``duration`` above."""
    sites = {"wrist": response(10, 100, 6), proximal: response(9, area, duration)}
    return motor(nerve, **{**sites, **more})


def sensory(nerve: str, side: str = "right", amplitude: Number = 20, low: Number = 10, **more: object) -> NerveStudy:
    measure = SensoryMeasure("wrist", "snap-amplitude", number(amplitude), number(low), **more)  # type: ignore[arg-type]
    evidence = (f"Observation/sensory-{nerve}-{side}",)
    return NerveStudy(nerve, side, "sensory", DAY, moment(DAY), sensory=(measure,), evidence=evidence)


def graded_of(*studies: NerveStudy) -> list[GradedSegment]:
    segments = motor_segments(studies, ANATOMY, LIMITS)
    return settled([graded(segment, verdicts_of(segment), SAY) for segment in segments])


def only(*studies: NerveStudy) -> GradedSegment:
    (item,) = graded_of(*studies)
    return item


def grades(*studies: NerveStudy) -> dict[tuple[str, str, str, str], str]:
    return {
        (*item.nerve, item.segment.distal_site, item.segment.proximal_site): item.grade for item in graded_of(*studies)
    }


def verdicts_of(segment: MotorSegment) -> dict[str, Verdict]:
    """E1 and E2 with the usual limits, three-valued: what the rule engine answers for a segment."""
    adequacy = {
        "segment_adequacy.distal_response_adequate": both(
            has(segment, "distal_response", "present"),
            above(segment, "distal_amplitude_mv", 1),
            above(segment, "distal_amplitude_percent_lln", 20),
        ),
        "segment_adequacy.proximal_loss_confirmed": either(
            has(segment, "proximal_response", "present"), has(segment, "proximal_stimulation_supramaximal", "present")
        ),
        "segment_adequacy.no_entrapment_inside": opposite(has(segment, "segment_role", "spans_entrapment")),
        "segment_adequacy.crossover_excluded": has(segment, "martin_gruber_pattern", "absent"),
    }
    readable = all(verdict is Verdict.MET for verdict in adequacy.values())

    def at_least(name: str, limit: int) -> Verdict:
        return over(segment, name, limit, strict=False) if readable else Verdict.UNKNOWN

    area_half, area_third = (at_least("area_reduction_percent", limit) for limit in (50, 30))
    dispersed = over(segment, "duration_increase_percent", 30, strict=True) if readable else Verdict.UNKNOWN
    compact = either(opposite(dispersed), has(segment, "proximal_response", "absent"))
    counts = opposite(has(segment, "segment_role", "left_out"))
    named = either(*(has(segment, "nerve", nerve) for nerve in NAMED))
    erb, no_erb = has(segment, "erb_stimulation", "present"), has(segment, "erb_stimulation", "absent")
    supramaximal = has(segment, "proximal_stimulation_supramaximal", "present")
    large = both(counts, named, area_half, either(no_erb, supramaximal))
    long_loss = both(has(segment, "long_segment", "present"), area_third)
    moderate = both(
        counts, has(segment, "limb", "upper"), compact, either(long_loss, both(erb, supramaximal, area_half))
    )
    return {
        **adequacy,
        "conduction_block.definite": both(large, compact),
        "conduction_block.at_least_probable": either(large, moderate),
        "conduction_block.erb_loss_too_small": both(erb, area_third, opposite(area_half)),
    }


def has(segment: MotorSegment, name: str, word: str) -> Verdict:
    value = segment.facts[name].value
    return Verdict.UNKNOWN if value is None else Verdict.MET if value == word else Verdict.NOT_MET


def above(segment: MotorSegment, name: str, limit: int) -> Verdict:
    return over(segment, name, limit, strict=True)


def over(segment: MotorSegment, name: str, limit: int, *, strict: bool) -> Verdict:
    value = segment.facts[name].value
    if not isinstance(value, Range):
        return Verdict.UNKNOWN
    if value.low is not None and (value.low > limit or (value.low == limit and not strict)):
        return Verdict.MET
    if value.high is not None and (value.high < limit or (value.high == limit and strict)):
        return Verdict.NOT_MET
    return Verdict.UNKNOWN


def both(*verdicts: Verdict) -> Verdict:
    return _first(verdicts, Verdict.NOT_MET, Verdict.MET)


def either(*verdicts: Verdict) -> Verdict:
    return _first(verdicts, Verdict.MET, Verdict.NOT_MET)


def opposite(verdict: Verdict) -> Verdict:
    return {Verdict.MET: Verdict.NOT_MET, Verdict.NOT_MET: Verdict.MET}.get(verdict, Verdict.UNKNOWN)


def _first(verdicts: Iterable[Verdict], decisive: Verdict, otherwise: Verdict) -> Verdict:
    given = set(verdicts)
    return decisive if decisive in given else Verdict.UNKNOWN if Verdict.UNKNOWN in given else otherwise


def sensory_status(study: NerveStudy) -> str:
    (finding,) = sensory_findings([study])
    return finding.status
