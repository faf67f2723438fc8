"""All pictures of one patient, as the page and the command show them."""

from datetime import date

from service.domain.evaluation import Evaluation
from service.domain.reading import Picture
from service.pictures.course import course_picture


def pictures_of(evaluation: Evaluation) -> list[Picture]:
    """What the sections draw, and then the course, where something was measured or given."""
    drawn = [section.drawn() for section in evaluation.sections.values() if section.drawn]
    told = [timeline() for timeline in evaluation.timelines]
    course = course_picture(told, date.fromisoformat(evaluation.as_of[:10])) if told else None
    return [*drawn, *([course] if course else [])]
