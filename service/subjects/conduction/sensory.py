"""Sensory nerve studies: normal, abnormal or unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from service.domain.immutable import immutable
from service.fhir.values.results import Measured
from service.subjects.conduction.nerves import NerveStudy, SensoryMeasure, at_site, joined, site_in_words
from service.subjects.conduction.sessions import by_nerve, sessions_of

NORMAL, ABNORMAL, UNKNOWN = "normal", "abnormal", "unknown"
# A response that is low late in a disease that was known for long.
LATE = "late-change"
AMPLITUDE = "snap-amplitude"
_LOW_IS_ABNORMAL = (AMPLITUDE, "cv")
_HIGH_IS_ABNORMAL = ("onset-latency",)
# What joins the two ends of a segment.
_BETWEEN = "--"
_IN_WORDS = {AMPLITUDE: "sensory response", "cv": "sensory velocity", "onset-latency": "sensory latency"}


@immutable
class SensoryFinding:
    """What the latest session says about one sensory nerve; ``status`` is normal, abnormal or unknown.

    ``sites``: where it is abnormal, as far as that was measured. ``by_entrapment``: the coded one that may explain it.
    """

    nerve: str
    side: str
    status: str
    why: str
    flags: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    by_entrapment: str = ""

    @property
    def is_of_nerve(self) -> bool:
        """Whether it is abnormal and no coded entrapment of this nerve may explain it."""
        return self.status == ABNORMAL and not self.by_entrapment


def with_entrapments(
    findings: Sequence[SensoryFinding], entrapped: Mapping[tuple[str, str], str], branches: Mapping[str, str]
) -> list[SensoryFinding]:
    """The findings; an entrapment explains a low response of its own nerve, and no slow velocity along an arm or leg.

    ``entrapped``: nerve and side to the name of the entrapment; ``branches``: branch to whole nerve.
    """
    return [
        _with_entrapment(each, entrapped.get((branches.get(each.nerve, each.nerve), each.side), ""))
        for each in findings
    ]


def _with_entrapment(finding: SensoryFinding, named: str) -> SensoryFinding:
    is_local = finding.status == ABNORMAL and not any(_BETWEEN in site for site in finding.sites)
    return replace(finding, by_entrapment=named) if named and is_local else finding


def sensory_findings(studies: Sequence[NerveStudy]) -> list[SensoryFinding]:
    """One finding per sensory nerve and side, from its latest session."""
    return [_current(nerve) for nerve in by_nerve(studies, "sensory").values()]


def with_late_change(studies: Sequence[NerveStudy], long_known: timedelta) -> list[SensoryFinding]:
    """The findings as the class of a treated disease takes them: one low response late in it asks for review.

    It is late where the oldest study is so much older. Where the nerve was normal before it counts as that, else it is
    open; a second abnormal nerve makes it none.
    """
    findings = sensory_findings(studies)
    abnormal = [finding for finding in findings if finding.status == ABNORMAL]
    days = [study.day for study in studies if study.day]
    if len(abnormal) != 1 or not days or max(days) - min(days) < long_known:
        return findings
    return [_late(finding, studies) if finding.status == ABNORMAL else finding for finding in findings]


def _late(finding: SensoryFinding, studies: Sequence[NerveStudy]) -> SensoryFinding:
    of_nerve = by_nerve(studies, "sensory")[finding.nerve, finding.side]
    before = [_judged(session.studies).status for session in sessions_of(of_nerve) if not session.is_latest]
    status = NORMAL if before and set(before) == {NORMAL} else UNKNOWN
    return replace(finding, status=status, flags=joined(finding.flags, (LATE,)))


def _current(studies: Sequence[NerveStudy]) -> SensoryFinding:
    latest = [session for session in sessions_of(studies) if session.is_latest]
    findings = [_judged(session.studies) for session in latest]
    first = findings[0]
    if all(finding.status == first.status for finding in findings):
        return first
    evidence = joined(*(finding.evidence for finding in findings))
    why = f"{_name(first)}: studies differ and cannot be put in order of time"
    return SensoryFinding(first.nerve, first.side, UNKNOWN, why, ("unordered-sessions",), evidence)


def _judged(studies: Sequence[NerveStudy]) -> SensoryFinding:
    measures = [measure for study in studies for measure in study.sensory]
    spoken = {word for study in studies for word in study.interpretations}
    status, why, contradicts = _status(measures, spoken)
    own = joined(*(study.flags for study in studies), *(measure.flags for measure in measures))
    flags = joined(("contradiction",) if contradicts else (), own)
    evidence = joined(*(study.evidence for study in studies))
    sites = tuple(measure.site for measure in measures if measure.site and _of_measure(measure) == ABNORMAL)
    return SensoryFinding(studies[0].nerve, studies[0].side, status, why, flags, evidence, sites)


def _status(measures: Sequence[SensoryMeasure], spoken: set[str]) -> tuple[str, str, bool]:
    """(status, why, whether number and word contradict each other)."""
    judged = [(_of_measure(measure), measure) for measure in measures]
    statuses = {status for status, _ in judged}
    contradicts = "contradiction" in statuses or len(spoken) > 1
    if ABNORMAL in statuses:
        # A word "normal" on the whole study does not outweigh a measured value, and the value not the word.
        return (
            (UNKNOWN, _CONTRADICTION, True) if NORMAL in spoken else (ABNORMAL, _named(judged, ABNORMAL), contradicts)
        )
    if contradicts:
        return UNKNOWN, _CONTRADICTION, True
    amplitude_is_normal = any(s == NORMAL and m.measurement == AMPLITUDE for s, m in judged)
    if ABNORMAL in spoken:
        return (UNKNOWN, _CONTRADICTION, True) if amplitude_is_normal else (ABNORMAL, "reported as abnormal", False)
    unread = [m for s, m in judged if m.measurement in _LOW_IS_ABNORMAL and (not m.readable or _is_open(s, m))]
    if unread:
        return UNKNOWN, f"{_called(unread[0])} cannot be read", False
    if amplitude_is_normal or NORMAL in spoken:
        return NORMAL, "amplitude normal" if amplitude_is_normal else "reported as normal", False
    return UNKNOWN, "no response amplitude with its lower limit of normal or an interpretation", False


def _is_open(status: str, measure: SensoryMeasure) -> bool:
    """Whether it was stated as a bound that leaves open on which side of its limit it lies."""
    return measure.bound is not None and status == UNKNOWN


_CONTRADICTION = "a measured value and the interpretation sent with it contradict each other"


def _of_measure(measure: SensoryMeasure) -> str:
    if measure.absent:
        return "contradiction" if measure.interpretation == NORMAL else ABNORMAL
    by_number = _by_limit(measure)
    words = {word for word in (by_number, measure.interpretation) if word}
    return "contradiction" if len(words) > 1 else next(iter(words), UNKNOWN)


def _by_limit(measure: SensoryMeasure) -> str | None:
    said = measure.bound if measure.value is None else Measured(measure.value, "")
    if said is None:
        return None
    is_beyond = None
    if measure.measurement in _LOW_IS_ABNORMAL and measure.lower_limit is not None:
        is_beyond = said.is_below(measure.lower_limit)
    if measure.measurement in _HIGH_IS_ABNORMAL and measure.upper_limit is not None:
        is_beyond = said.is_above(measure.upper_limit)
    return None if is_beyond is None else ABNORMAL if is_beyond else NORMAL


def _named(judged: Sequence[tuple[str, SensoryMeasure]], status: str) -> str:
    names = (f"{_called(m)}{' absent' if m.absent else ''}{_place(m.site)}" for s, m in judged if s == status)
    return f"{status}: {', '.join(dict.fromkeys(names))}"


def _called(measure: SensoryMeasure) -> str:
    return _IN_WORDS.get(measure.measurement, measure.measurement)


def _place(site: str | None) -> str:
    """Where it was measured, as a sentence says it; a velocity from one site to the next."""
    if not site:
        return ""
    ends = site.split(_BETWEEN)
    return f" {at_site(site)}" if len(ends) == 1 else f" from {' to '.join(map(site_in_words, ends))}"


def _name(finding: SensoryFinding) -> str:
    return f"{finding.side} {finding.nerve}"
