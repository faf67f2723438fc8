"""The FHIR operation ``$mmn-evaluate``: a Bundle in, the whole evaluation out."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.web.answers import json_answer
from service.web.as_of import now, read_as_of
from service.web.outgoing_cards import OutgoingCards
from service.web.request_body import BodyLimits, read_body

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def routes(evaluator: "Evaluator", limits: BodyLimits, outgoing: OutgoingCards) -> Blueprint:
    """``POST /fhir/$mmn-evaluate``."""
    blueprint = Blueprint("operation", __name__)

    @blueprint.post("/fhir/$mmn-evaluate")
    def evaluate() -> Response:
        as_of = _as_of()
        bundle = read_body(request, limits)
        answer = evaluator.evaluate_bundle(bundle, as_of, limits.max_entries)
        return json_answer(outgoing.of_answer("mmn-evaluate", answer))

    return blueprint


def _as_of() -> datetime:
    given = request.args.getlist("asOf")
    if len(given) > 1:
        raise BadRequest("asOf must be given once")
    return read_as_of(given[0]) if given else now()
