"""The FHIR operation ``$mmn-read-report``: a laboratory's report in, its studies as Observations out."""

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.domain.moments import moment_of
from service.errors import BadRequest
from service.web.admission import Admission
from service.web.answers import json_answer
from service.web.authentication import who_calls
from service.web.negotiation import answer_form, is_pretty
from service.web.query import check_names, once
from service.web.request_body import BodyLimits, read_file
from service.web.stages import stage

if TYPE_CHECKING:
    from service.evaluate import Evaluator

_ASKED = ("layout", "language", "subject", "performed")
_MEDIA_TYPES = (
    "text/plain",
    "text/csv",
    "text/tab-separated-values",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/hl7-v2",
    "x-application/hl7-v2+er7",
    "application/octet-stream",
)
_SUBJECT = re.compile(r"(?:Patient/)?[A-Za-z0-9.\-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def routes(evaluator: "Evaluator", limits: BodyLimits, admission: Admission) -> Blueprint:
    """``POST /fhir/$mmn-read-report``."""
    blueprint = Blueprint("report_reading", __name__)

    @blueprint.post("/fhir/$mmn-read-report")
    def read_report() -> Response:
        check_names((*_ASKED, "_format", "_pretty"))
        form, pretty, said = answer_form(), is_pretty(), _said()
        caller = who_calls()
        with admission.arriving(caller), stage("read"):
            content = read_file(request, limits, _MEDIA_TYPES)
        with admission.place(caller), admission.turn(caller), stage("evaluate"):
            answer = evaluator.read_report(content, request.mimetype, **said)
        return json_answer(answer, mimetype=form, pretty=pretty)

    return blueprint


def _said() -> dict[str, str]:
    """What the address says of the report; BadRequest names the part that cannot be."""
    said = {name: once(name) or "" for name in _ASKED}
    if said["subject"] and not _SUBJECT.fullmatch(said["subject"]):
        raise BadRequest("subject must be a reference such as Patient/p1")
    if said["performed"] and moment_of(said["performed"]) is None:
        raise BadRequest("performed must be a FHIR date or date-time, such as 2026-03-04")
    if said["language"] and not _LANGUAGE.fullmatch(said["language"]):
        raise BadRequest("language must be a code such as en or es")
    return said
