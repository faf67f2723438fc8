"""Where integration engines and Subscriptions notify: durable before it is answered, and answered before it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from service.errors import BadRequest
from service.fhir.intake.entries import is_id
from service.fhir.intake.posts import unknown
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.notifications.intake import Became, Intake, Letter, Taken, checked_key
from service.notifications.messages import Message, Place, deletion_of, message_of
from service.result_as_fhir import bundle_of
from service.store.receipts import Receipt
from service.web.admission import Admission
from service.web.answers import json_answer
from service.web.authentication import current_caller, who_calls
from service.web.metrics import Metrics
from service.web.negotiation import FHIR, answer_form, is_pretty
from service.web.problems import informed, problem
from service.web.request_body import BodyLimits, parsed, read_message
from service.web.rule_links import RuleLinks
from service.web.stages import stage

_QUERY = ("_format", "_pretty")
_BAD_REQUEST = 400
# How long an errand that nothing stops takes.
_ASK_AGAIN_SECONDS = "2"


@dataclass(frozen=True, slots=True)
class Doors:
    """``accepts_unreadable``: what can never be read is kept and answered 202, so that its channel goes on."""

    intake: Intake
    limits: BodyLimits
    admission: Admission
    metrics: Metrics
    links: RuleLinks
    accepts_unreadable: bool = False


def routes(doors: Doors) -> Blueprint:
    """``POST /fhir/$mmn-notify``, and ``/fhir/notify`` with what rest-hooks put below it."""
    blueprint = Blueprint("notifications", __name__)

    @blueprint.post("/fhir/$mmn-notify")
    def operation() -> Response:
        return _posted(doors, None)

    @blueprint.post("/fhir/notify")
    def endpoint() -> Response:
        return _posted(doors, None)

    @blueprint.put("/fhir/notify/<kind>/<identity>")
    def put(kind: str, identity: str) -> Response:
        return _posted(doors, _place(kind, identity))

    @blueprint.post("/fhir/notify/<kind>/<identity>")
    def post(kind: str, identity: str) -> Response:
        return _posted(doors, _place(kind, identity))

    @blueprint.delete("/fhir/notify/<kind>/<identity>")
    def delete(kind: str, identity: str) -> Response:
        return _posted(doors, _place(kind, identity))

    @blueprint.get("/fhir/notify/<receipt>")
    def status(receipt: str) -> Response:
        _check_query()
        form, pretty = answer_form(), is_pretty()
        return _status(doors, doors.intake.became(current_caller().name, receipt), form, pretty=pretty)

    return blueprint


def _posted(doors: Doors, place: Place | None) -> Response:
    _check_query()
    form = answer_form(FHIR)
    key = checked_key(request.headers.get("Idempotency-Key"))
    with doors.admission.arriving(who_calls()), stage("read"):
        content, is_lines = read_message(request, doors.limits)
        who = current_caller()
        address = f"{request.method} {place}" if place else "POST"
        letter = Letter(who.name, who.fhir_servers, address, content, is_lines, key)
        try:
            message = _message(doors, letter, place)
        except BadRequest as wrong:
            if wrong.status != _BAD_REQUEST:
                raise
            return _unreadable(doors, letter, str(wrong), form)
    with stage("keep"):
        taken = doors.intake.take(letter, message)
    doors.metrics.notified(_outcome(message, taken))
    return _answer(taken, form)


def _outcome(message: Message, taken: Taken) -> str:
    if taken.receipt is None:
        return "nobody" if message.kind == "notification" else message.kind
    return "replayed" if taken.receipt.is_replay else "taken"


def _message(doors: Doors, letter: Letter, place: Place | None) -> Message:
    if request.method == "DELETE" and place:
        return deletion_of(place)
    if not letter.content:
        # A rest-hook without payload says that something changed, and not what.
        return deletion_of(place) if place else Message("notification", is_bare=True)
    return message_of(parsed(letter.content, doors.limits, are_lines=letter.is_lines), place)


def _unreadable(doors: Doors, letter: Letter, reason: str, form: str) -> Response:
    receipt = doors.intake.keep_unreadable(letter, reason)
    doors.metrics.notified("unreadable")
    if not doors.accepts_unreadable:
        return problem(_BAD_REQUEST, BadRequest.issue_code, reason)
    return _answer(Taken(receipt, f"kept as a dead letter: {reason}"), form)


def _answer(taken: Taken, form: str) -> Response:
    if taken.receipt is None:
        return json_answer(informed(taken.note), 200, form, pretty=is_pretty())
    # By its receipt, so that whoever sends the same again gets the same, letter by letter.
    answer = json_answer({**informed(taken.note), "id": taken.receipt.id}, 202, form, pretty=is_pretty())
    answer.headers.extend(_of_receipt(taken.receipt))
    return answer


def _of_receipt(receipt: Receipt) -> Mapping[str, str]:
    location = {"Content-Location": f"/fhir/notify/{receipt.id}"}
    return {**location, "Idempotent-Replay": "true"} if receipt.is_replay else location


def _status(doors: Doors, became: Became, form: str, *, pretty: bool) -> Response:
    if became.status == "waiting":
        content = informed("it waits, or is being worked on") if form == FHIR else {"status": "waiting"}
        answer = json_answer(content, 202, form, pretty=pretty)
        answer.headers["Retry-After"] = _ASK_AGAIN_SECONDS
        return answer
    results = [_linked(doors, each) for each in became.results]
    if form == FHIR:
        told = bundle_of({"results": results}) if results else informed(f"{became.status}: {'; '.join(became.reasons)}")
        return json_answer(told, mimetype=form, pretty=pretty)
    reasons = {"reasons": became.reasons} if became.reasons else {}
    return json_answer({"status": became.status, "results": results, **reasons}, pretty=pretty)


def _linked(doors: Doors, result: Mapping[str, Any]) -> Mapping[str, Any]:
    cards = [] if current_caller().silent else result["cards"]
    return {**result, "cards": [doors.links.on(card) for card in cards]}


def _place(kind: str, identity: str) -> Place:
    if kind not in RESOURCE_TYPES or not is_id(identity):
        raise BadRequest("The address must end in a FHIR R4 resource type and an id, such as Observation/o1")
    return Place(kind, identity)


def _check_query() -> None:
    for name in request.args:
        if name not in _QUERY:
            raise BadRequest(f"In the address {unknown(name, _QUERY)}")
