"""When weakness began, how long it has lasted, and the patient's age: partial dates stay spans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from service.domain.facts import Excluded, Fact, Range
from service.domain.moments import Moment, moment_of
from service.domain.statements import Statement, in_order, settle
from service.fhir.intake.bundle import SourceResource
from service.fhir.values.answers import Problem, value_of
from service.subjects.bedside.presence import presence

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_COURSE, _DIFFUSE = "progression", "diffuse_symmetric_weakness_at_onset"
# Courses that nobody can see on the day on which they begin.
_SLOW = ("slowly_progressive", "stepwise")
# In days: UCUM's `mo` and `a` are the mean Julian month and year.
_MONTH, _YEAR = Fraction("30.4375"), Fraction("365.25")


@dataclass(frozen=True, slots=True)
class Onset:
    """When weakness began, or with ``moment`` ``None`` why that is unknown."""

    moment: Moment | None
    evidence: tuple[str, ...]
    why: str
    flags: tuple[str, ...] = ()
    is_stated: bool = False


def began_lately(began: Moment | None, as_of: datetime, lately: timedelta) -> bool | None:
    """Whether it began at most so long ago; ``None`` where no date, or a date in part, tells."""
    if began is None:
        return None
    if as_of - began.earliest <= lately:
        return True
    return False if as_of - began.latest > lately else None


def recent_weakness(facts: Mapping[str, Fact], onset: Onset | None, as_of: datetime, lately: timedelta) -> Fact:
    """Whether weakness began lately by its stated onset, and is symmetric by what is known of it.

    The onset of a Condition may be the day of its diagnosis, and tells nothing here.
    """
    if onset is None or onset.moment is None or not onset.is_stated:
        return Fact("not_on_record")
    is_recent = began_lately(onset.moment, as_of, lately)
    if not is_recent or onset.moment.earliest > as_of:
        return Fact("not_shown" if is_recent is False else "not_on_record", onset.evidence)
    pattern = facts.get("diffuse_symmetric_weakness_at_onset", Fact(None))
    sides = facts.get("asymmetric_limb_weakness", Fact(None))
    if sides.value != "present" and (pattern.value == "present" or sides.value == "absent"):
        return Fact("symmetric", in_order((*onset.evidence, *pattern.evidence, *sides.evidence)))
    return Fact("shown", onset.evidence)


def onset_of(
    statements: Sequence[SourceResource], conditions: Sequence[SourceResource]
) -> tuple[Onset | None, list[Excluded]]:
    """The onset by weakness-onset Observations, else by Conditions of weakness; ``None`` when neither says."""
    excluded: list[Excluded] = []
    told: list[Statement[Moment]] = []
    for source in statements:
        read = _stated(source.resource)
        if isinstance(read, Problem):
            excluded.append(read.about(source.reference))
        told.append(Statement(None if isinstance(read, Problem) else read, source.moment, source.reference))
    settled = settle(told, _overlap)
    excluded += [Excluded(statement.evidence, "older", "a newer statement counts") for statement in settled.older]
    if settled.is_contradiction:
        why = "the statements of the onset of weakness contradict each other"
        return Onset(None, settled.evidence, why, ("contradiction",)), excluded
    if settled.value is not None:
        return Onset(settled.value, settled.evidence, "from the stated onset of weakness", is_stated=True), excluded
    return _by_conditions(conditions), excluded


def unless_doubted(
    onset: Onset | None,
    statements: Sequence[SourceResource],
    conditions: Sequence[SourceResource],
    facts: Mapping[str, Fact],
    lately: timedelta,
) -> Onset | None:
    """The onset, unless it looks like a slip of the pen: unknown then, with the question whether the date is right.

    So it is where a stated onset lies ``lately`` before it was stated, and weakness or its diagnosis is dated as much
    earlier; or where a course that takes longer is stated with an onset on that very day. What may be an acute disease,
    a rapid course or diffuse weakness at onset, is left as it is.
    """
    if onset is None or onset.moment is None or not onset.is_stated:
        return onset
    course, diffuse = (facts.get(name, Fact(None)).value for name in (_COURSE, _DIFFUSE))
    told = [source.moment for source in statements if source.reference in onset.evidence]
    stated = max((moment.earliest for moment in told), default=None)
    if stated is None or course == "rapid" or diffuse == "present" or stated - onset.moment.earliest > lately:
        return onset
    earlier = [
        (source.reference, began)
        for source in conditions
        if presence(source.resource, {}) == "present"
        and (began := _began(source.resource) or moment_of(source.resource.get("recordedDate")))
        and began.latest < onset.moment.earliest - lately
    ]
    is_same_day = onset.moment.day is not None and any(moment.day == onset.moment.day for moment in told)
    if earlier:
        reference, began = min(earlier, key=lambda each: each[1].earliest)
        since = began.earliest.date().isoformat()[:7]
        why = f"stated to have begun {_day(onset.moment)}, and a diagnosis of it is of {since}: is the date right?"
        return Onset(None, in_order((*onset.evidence, reference)), why, ("review",))
    if is_same_day and course in _SLOW:
        why = f"stated to have begun {_day(onset.moment)}, the day of that examination: is the date right?"
        return Onset(None, onset.evidence, why, ("review",))
    return onset


def _day(moment: Moment) -> str:
    return f"on {moment.day.isoformat()}" if moment.day else f"in {moment.earliest.date().isoformat()[:7]}"


def onset_facts(onset: Onset | None, patient: object, as_of: datetime) -> dict[str, Fact]:
    """weakness_duration_months, onset_age_years and age_years: those that the dates speak of."""
    facts: dict[str, Fact] = {}
    now = Moment(as_of, as_of, None)
    birth, of_patient = _birth(patient)
    if birth is not None:
        facts["age_years"] = _elapsed(birth, now, _YEAR, of_patient, "from the birth date")
    if onset is None:
        return facts
    if onset.moment is None:
        unknown = Fact(None, onset.evidence, onset.why, onset.flags)
        # Said once: of how long it has lasted.
        age = replace(unknown, flags=tuple(flag for flag in onset.flags if flag != "review"))
        return facts | {"weakness_duration_months": unknown, "onset_age_years": age}
    facts["weakness_duration_months"] = _elapsed(onset.moment, now, _MONTH, onset.evidence, onset.why)
    if birth is not None:
        evidence = in_order(onset.evidence + of_patient)
        facts["onset_age_years"] = _elapsed(birth, onset.moment, _YEAR, evidence, f"{onset.why} and the birth date")
    return facts


def _stated(observation: Mapping[str, object]) -> Moment | Problem:
    value = value_of(observation)
    if isinstance(value, Problem):
        return value
    moment = moment_of(value[1]) if value[0] == "valueDateTime" else None
    return moment or Problem("invalid", "the onset must be a valueDateTime")


def _overlap(moments: Sequence[Moment]) -> Moment | None:
    """What all the spans share: a year and a day in it agree, two different years do not."""
    start, end = max(moment.earliest for moment in moments), min(moment.latest for moment in moments)
    return Moment(start, end, next((m.day for m in moments if m.day), None)) if start <= end else None


def _by_conditions(sources: Sequence[SourceResource]) -> Onset | None:
    # Diagnosis and weakness may be dated apart, so several dates make one long span, not a contradiction.
    dated = [(source.reference, moment) for source in sources if (moment := _began(source.resource)) is not None]
    if not dated:
        return None
    start, end = min(moment.earliest for _, moment in dated), max(moment.latest for _, moment in dated)
    evidence = in_order(reference for reference, _ in dated)
    return Onset(Moment(start, end, None), evidence, "from the onset of a Condition")


def _began(condition: Mapping[str, object]) -> Moment | None:
    if condition.get("resourceType") != "Condition" or presence(condition, {}) != "present":
        return None
    period = condition.get("onsetPeriod")
    start = period.get("start") if isinstance(period, Mapping) else None
    return moment_of(condition.get("onsetDateTime")) or moment_of(start)


def _birth(patient: object) -> tuple[Moment | None, tuple[str, ...]]:
    if not isinstance(patient, Mapping):
        return None, ()
    own_id = patient.get("id")
    return moment_of(patient.get("birthDate")), (f"Patient/{own_id}",) if isinstance(own_id, str) else ()


def _elapsed(start: Moment, end: Moment, unit: Fraction, evidence: tuple[str, ...], why: str) -> Fact:
    """The time from one moment to another in a unit of so many days; a start that lies after the end is refused."""
    if start.earliest > end.latest:
        return Fact(None, evidence, "the dates are in the wrong order", ("implausible",))
    shortest = max((end.earliest - start.latest) // _MICROSECOND, 0)
    longest = (end.latest - start.earliest) // _MICROSECOND
    return Fact(Range(Fraction(shortest, _DAY) / unit, Fraction(longest, _DAY) / unit), evidence, why)
