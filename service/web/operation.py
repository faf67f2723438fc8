"""The FHIR operation ``$mmn-evaluate``: a patient's resources in, the whole evaluation out."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response
from flask.globals import request_ctx

from service.errors import BadRequest
from service.fhir.intake.posts import Post, post_of
from service.result_as_fhir import bundle_of
from service.web.admission import Admission
from service.web.answers import json_answer
from service.web.as_of import now, read_as_of
from service.web.authentication import who_calls
from service.web.negotiation import FHIR, answer_form, is_pretty
from service.web.outgoing_cards import OutgoingCards
from service.web.query import check_names, once
from service.web.request_body import BodyLimits, read_posted
from service.web.stages import stage

SERVICE = "mmn-evaluate"
_QUERY = ("asOf", "subject", "_format", "_pretty")

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation
    from service.evaluate import Evaluator


def routes(evaluator: "Evaluator", limits: BodyLimits, admission: Admission, outgoing: OutgoingCards) -> Blueprint:
    """``POST /fhir/$mmn-evaluate``."""
    blueprint = Blueprint("operation", __name__)

    @blueprint.post("/fhir/$mmn-evaluate")
    def evaluate() -> Response:
        check_names(_QUERY)
        form, pretty = answer_form(), is_pretty()
        asked_for = {name: once(name) for name in ("asOf", "subject")}
        # What is wrong with the address is said before the body is taken in.
        as_of = read_as_of(asked_for["asOf"]) if asked_for["asOf"] is not None else None
        caller = who_calls()
        with admission.arriving(caller), stage("read"):
            post = post_of(read_posted(request_ctx.request, limits))
        moment, subject = _moment(post, as_of), _subject(post, asked_for["subject"])
        with admission.place(caller), admission.turn(caller), stage("evaluate"):
            made: list[Evaluation] = []
            answer = evaluator.evaluate_bundle(post.bundle, moment, limits.max_entries, subject, made.append)
        sent = outgoing.of_bundle(SERVICE, {"bundle": post.bundle, "subject": subject}, made, answer)
        return json_answer(bundle_of(sent) if form == FHIR else sent, mimetype=form, pretty=pretty)

    return blueprint


def _moment(post: Post, asked: datetime | None) -> datetime:
    told = read_as_of(post.as_of) if post.as_of is not None else None
    if told is not None and asked is not None and told != asked:
        raise BadRequest("asOf stands in the address and in the Parameters, and differs; send it once")
    return told or asked or now()


def _subject(post: Post, asked: str | None) -> str | None:
    if post.subject is not None and asked is not None and post.subject != asked:
        raise BadRequest("subject stands in the address and in the Parameters, and differs; send it once")
    return post.subject if post.subject is not None else asked
