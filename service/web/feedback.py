"""``POST /cds-services/{id}/feedback``: what became of our cards."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import NotFound
from service.store.feedback import FeedbackStore
from service.web.answers import json_answer
from service.web.as_of import now
from service.web.authentication import current_caller
from service.web.evaluation_counts import EvaluationCounts
from service.web.feedback_request import read_feedback
from service.web.request_body import BodyLimits, read_body

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def routes(
    evaluator: "Evaluator",
    services: Iterable[str],
    store: FeedbackStore,
    limits: BodyLimits,
    counts: EvaluationCounts,
) -> Blueprint:
    """The feedback endpoint of each service; the answer is the same for cards of ours and for any other uuid."""
    blueprint = Blueprint("feedback", __name__)
    known = frozenset(services)

    @blueprint.post("/cds-services/<service_id>/feedback")
    def feedback(service_id: str) -> Response:
        if service_id not in known:
            raise NotFound("There is no CDS service of this id; GET /cds-services lists them")
        entries = read_feedback(read_body(request, limits), evaluator.topic_of_card)
        store.keep(current_caller().name, evaluator.knowledge.version, entries, now())
        counts.of_feedback(current_caller().name, [(entry.topic, entry.outcome) for entry in entries])
        return json_answer({})

    return blueprint
