"""From administrations and scores to the facts of follow-up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.facts import Excluded, Fact
from service.domain.response import ResponseLimits, improvement, response_facts, responses
from service.domain.trajectory import TrajectoryLimits, trajectory_facts
from service.domain.treatment import Course, TimelineLimits, courses_of, timeline_facts
from service.fhir.bedside.reader import together
from service.fhir.follow_up.administrations import administrations
from service.fhir.follow_up.score_table import ScoreTable, score_table
from service.fhir.follow_up.scores import histories
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge

_IMPROVEMENT = "objective_improvement_after_ivig"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was read: the facts, the courses of immunoglobulin, and the parts that could not be used."""

    facts: dict[str, Fact]
    courses: tuple[Course, ...]
    excluded: list[Excluded]


class FollowUpReader:
    """The reader with its tables and limits, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._table: ScoreTable = score_table(mappings, knowledge)
        self._days = _timeline_limits(knowledge)
        self._marked = ResponseLimits(
            knowledge.number("marked_response_change"), knowledge.number("marked_response_instruments")
        )
        self._limits = TrajectoryLimits(
            plateau_visits=knowledge.number("plateau_visits"),
            stable_days=knowledge.number("stable_response_days"),
            rapid_days=knowledge.number("rapid_decline_days"),
            rapid_fall=knowledge.number("rapid_decline_change"),
        )

    def read(self, sources: Sequence[SourceResource], as_of: datetime, stated: Mapping[str, Fact]) -> FollowUp:
        """The facts of follow-up; ``stated`` are those read elsewhere, which a response may add to or contradict."""
        given, unplaced = administrations(sources, as_of, self._days.course_gap)
        scores, unread = histories(sources, self._table)
        courses = courses_of(given, self._days.course_gap)
        told = responses(courses, scores, self._days, self._marked)
        facts = timeline_facts(courses, as_of.date(), self._days) | response_facts(told)
        direct, derived = stated.get(_IMPROVEMENT), improvement(told)
        is_responder = direct is not None and direct.value == "present"
        facts |= trajectory_facts(told, scores, as_of.date(), self._limits, is_stated_responder=is_responder)
        if derived:
            facts[_IMPROVEMENT] = together(direct, derived, "scores")
        if direct and is_responder and "gain_measured" in facts:
            facts["gain_measured"] = replace(direct, value="shown", why="stated")
        return FollowUp(facts, tuple(courses), [*unplaced, *unread])


def _timeline_limits(knowledge: Knowledge) -> TimelineLimits:
    return TimelineLimits(
        course_gap=knowledge.number("course_gap"),
        assessment_from=knowledge.number("assessment_from"),
        assessment_day=knowledge.number("assessment_day"),
        assessment_until=knowledge.number("assessment_until"),
        effect_from=knowledge.number("effect_from"),
        effect_until=knowledge.number("effect_until"),
    )
