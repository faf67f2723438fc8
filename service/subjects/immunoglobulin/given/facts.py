"""From administrations and scores to the facts of follow-up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from service.domain.courses import Course
from service.domain.facts import Excluded, Fact
from service.domain.timeline import Timeline
from service.fhir.intake.records import InText, SourceResource, Treatment
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.subjects.immunoglobulin.given.administrations import Given, administrations, given_in
from service.subjects.immunoglobulin.given.earlier import begun_on, earlier_treatment, may_be_first
from service.subjects.immunoglobulin.given.fluctuations import worsenings
from service.subjects.immunoglobulin.given.gaps import Gaps
from service.subjects.immunoglobulin.given.response import ResponseLimits, responses
from service.subjects.immunoglobulin.given.response_facts import Objective, improvement, response_facts
from service.subjects.immunoglobulin.given.score_table import ScoreTable, score_table
from service.subjects.immunoglobulin.given.scores import History
from service.subjects.immunoglobulin.given.scores_reading import histories
from service.subjects.immunoglobulin.given.standing import assessed_lately, standings, sum_of_strength
from service.subjects.immunoglobulin.given.timeline import Told, timeline
from service.subjects.immunoglobulin.given.trajectory import (
    TrajectoryLimits,
    changes_that_rules_see,
    rapid_decline,
    rapid_fall,
    trajectory_facts,
)
from service.subjects.immunoglobulin.given.treatment import TimelineLimits, courses_of, timeline_facts
from service.subjects.immunoglobulin.given.under_the_skin import under_the_skin, worsening_under_scig
from service.subjects.immunoglobulin.given.unread import not_read, unread_measures

_IMPROVEMENT = "objective_improvement_after_ivig"
_SUM = "mrc_sum_score"
_STRENGTH = "strength"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was read: the facts, the courses of immunoglobulin, and the parts that could not be used.

    ``begun``: the first day on which treatment was surely under way. ``timeline``: makes the course, if there is one.
    """

    facts: dict[str, Fact]
    courses: tuple[Course, ...]
    excluded: list[Excluded]
    begun: date | None = None
    timeline: Callable[[], Timeline] | None = None


@dataclass(frozen=True, slots=True)
class TreatmentOnRecord:
    """What intake holds of treatment. ``unusable``: references that are listed as not used.

    ``known_since``: the day by which the disease was in the record. ``is_complete``: whether all was looked at.
    ``in_text``: what was not read.
    """

    treatments: Sequence[Treatment] = ()
    unusable: frozenset[str] = frozenset()
    known_since: date | None = None
    is_complete: bool = True
    in_text: Sequence[InText] = ()


class FollowUpReader:
    """The reader with its tables and limits, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._table: ScoreTable = score_table(mappings, knowledge)
        self._routes = mappings.routes
        self._days = _timeline_limits(knowledge)
        self._diagnosis_is_new = knowledge.number("diagnosis_is_new")
        self._marked = ResponseLimits(
            knowledge.number("marked_response_change"), knowledge.number("marked_response_instruments")
        )
        self._limits = TrajectoryLimits(
            plateau_visits=knowledge.number("plateau_visits"),
            stable_days=knowledge.number("stable_response_days"),
            rapid_days=knowledge.number("rapid_decline_days"),
            rapid_fall=knowledge.number("rapid_decline_change"),
        )

    def read(
        self,
        sources: Sequence[SourceResource],
        as_of: datetime,
        stated: Mapping[str, Fact],
        record: TreatmentOnRecord = TreatmentOnRecord(),
    ) -> FollowUp:
        """The facts of follow-up; ``stated`` are those read elsewhere, which a response may add to or contradict."""
        today, direct = as_of.date(), stated.get(_IMPROVEMENT)
        given = given_in(sources, record.treatments, record.unusable)
        placed, unplaced = administrations(given, as_of, self._days.course_gap, self._routes)
        scores, unread = histories(sources, self._table)
        courses = courses_of(placed, self._days.course_gap)
        statements = [source for source in sources if source.concept and source.concept.name == _IMPROVEMENT]
        earlier = earlier_treatment(record.treatments, statements, courses, self._days, self._routes)
        told = responses(courses, scores, self._days, self._marked)
        stands = standings(courses, scores, today, self._days)
        is_first = may_be_first(courses, record.known_since, self._diagnosis_is_new, self._days)
        objective = Objective(told, stands, earlier, is_first=is_first, is_whole=record.is_complete)
        derived = improvement(objective, direct) if courses else direct
        is_stated = derived is not None and direct is not None and derived.value == direct.value == "present"
        facts = timeline_facts(courses, today, self._days)
        judged = [each for each in sources if each in statements or _is_graded(each)]
        facts |= assessed_lately(courses, scores, judged, today, self._days)
        facts |= response_facts(objective, direct if is_stated else None)
        if courses and facts["last_course_measured"].value == "not_shown":
            facts |= not_read(unread_measures(unread, sources, record.in_text), courses, scores, self._days)
        gaps = Gaps(courses, under_the_skin(record.treatments, as_of), self._days)
        facts |= trajectory_facts(objective, scores, today, self._days, self._limits, gaps)
        facts |= worsening_under_scig(record.treatments, courses, scores, as_of, self._days)
        if scores:
            facts["worsenings"] = worsenings(scores)
            facts |= sum_of_strength(scores, self._table.kinds[_SUM].called)
        if courses or scores:
            # Without a course on record a fall may be the end of the effect of one that was not looked at.
            is_told = bool(courses) or (record.is_complete and not earlier)
            falling = [] if objective.has_gain or is_stated else scores
            fell = (falling, today, self._limits)
            facts |= rapid_decline(*fell, gaps) if is_told else rapid_fall(*fell)
        if derived:
            facts[_IMPROVEMENT] = derived
        begun = begun_on(record.treatments, earlier, courses)
        drawn = partial(self._timeline, objective, courses, scores, given, today) if courses or scores else None
        return FollowUp(facts, tuple(courses), [*unplaced, *unread], begun, drawn)

    def _timeline(
        self,
        objective: Objective,
        courses: Sequence[Course],
        scores: Sequence[History],
        given: Sequence[Given],
        today: date,
    ) -> Timeline:
        changes = changes_that_rules_see(objective, scores, today, self._days, self._limits)
        return timeline(Told(courses, scores, changes, given), self._days, self._table.synonyms)


def _timeline_limits(knowledge: Knowledge) -> TimelineLimits:
    names = (
        *(
            "course_gap",
            "load_longer_than",
            "continuous_from",
            "score_valid",
            "onset_from",
            "onset_until",
            "assessment_from",
        ),
        *("assessment_day", "assessment_until", "effect_from", "effect_mean", "effect_until"),
        *("courses_are_repeated", "courses_are_established", "assessed_lately_within", "interrupted_after"),
    )
    numbers = {name: knowledge.number(name) for name in names}
    return TimelineLimits(**numbers, stays_stable_for=knowledge.number("stable_response_days"))


def _is_graded(source: SourceResource) -> bool:
    return source.concept is not None and source.concept.reader == _STRENGTH
