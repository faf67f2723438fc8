"""The FHIR operation ``$mmn-evaluate``: a Bundle in, the whole evaluation out."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.result_as_fhir import bundle_of
from service.web.admission import Admission
from service.web.answers import json_answer
from service.web.as_of import now, read_as_of
from service.web.outgoing_cards import OutgoingCards
from service.web.request_body import BodyLimits, read_body
from service.web.stages import stage

JSON, FHIR = "application/json", "application/fhir+json"

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def routes(evaluator: "Evaluator", limits: BodyLimits, admission: Admission, outgoing: OutgoingCards) -> Blueprint:
    """``POST /fhir/$mmn-evaluate``."""
    blueprint = Blueprint("operation", __name__)

    @blueprint.post("/fhir/$mmn-evaluate")
    def evaluate() -> Response:
        as_of = _as_of()
        with admission.arriving(), stage("read"):
            bundle = read_body(request, limits)
        with admission.place(), admission.turn(), stage("evaluate"):
            answer = evaluator.evaluate_bundle(bundle, as_of, limits.max_entries)
        sent = outgoing.of_answer("mmn-evaluate", answer)
        return json_answer(bundle_of(sent), mimetype=FHIR) if _wants_fhir() else json_answer(sent)

    return blueprint


def _wants_fhir() -> bool:
    """Whether the caller asks for resources rather than for our JSON; whoever takes anything gets our JSON."""
    asked = {str(kind).partition(";")[0].strip(): quality for kind, quality in request.accept_mimetypes}
    return asked.get(FHIR, 0) > asked.get(JSON, 0)


def _as_of() -> datetime:
    given = request.args.getlist("asOf")
    if len(given) > 1:
        raise BadRequest("asOf must be given once")
    return read_as_of(given[0]) if given else now()
