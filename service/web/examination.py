"""The examination form: the Questionnaire for everybody, and its answers as Observations that an EHR can keep."""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, Response, request

from service import __version__
from service.domain.facts import Excluded
from service.errors import BadRequest, Unprocessable
from service.fhir.forms.form import Form
from service.fhir.forms.questionnaire import questionnaire
from service.fhir.forms.responses import is_response_to, observations_of
from service.fhir.values.answers import objects_in
from service.web.answers import json_answer
from service.web.negotiation import FHIR, answer_form, is_pretty
from service.web.request_body import BodyLimits, read_body

_KIND = "QuestionnaireResponse"
_PARAMETER = "questionnaire-response"
Json = dict[str, object]


def form_routes(form: Form) -> Blueprint:
    """``GET /fhir/Questionnaire/{name}``, made once; public, since no patient is in it."""
    blueprint = Blueprint("examination_form", __name__)
    asked = questionnaire(form, __version__)

    @blueprint.get(f"/fhir/Questionnaire/{form.name}")
    def read_form() -> Response:
        return json_answer(asked, mimetype=answer_form(FHIR), pretty=is_pretty())

    return blueprint


def extract_routes(form: Form, limits: BodyLimits) -> Blueprint:
    """``POST /fhir/QuestionnaireResponse/$extract`` of SDC."""
    blueprint = Blueprint("examination_extract", __name__)

    @blueprint.post(f"/fhir/{_KIND}/$extract")
    def extract() -> Response:
        media, pretty = answer_form(FHIR), is_pretty()
        return json_answer(_transaction(form, _response_in(read_body(request, limits))), mimetype=media, pretty=pretty)

    return blueprint


def _response_in(body: object) -> Mapping[str, object]:
    """The response, sent by itself or as the parameter of SDC; BadRequest says what to send."""
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if isinstance(body, dict) and kind == _KIND:
        return body
    held = (
        [each.get("resource") for each in objects_in(body.get("parameter")) if each.get("name") == _PARAMETER]
        if (isinstance(body, dict) and kind == "Parameters")
        else []
    )
    if len(held) == 1 and isinstance(held[0], dict) and held[0].get("resourceType") == _KIND:
        return held[0]
    raise BadRequest(f"Send a {_KIND}, or a Parameters with one in a parameter named {_PARAMETER}")


def _transaction(form: Form, response: Mapping[str, object]) -> Json:
    if not is_response_to(form, response):
        raise Unprocessable(f"{_KIND}.questionnaire: answers to {form.url} are read, and no others")
    identity = response.get("id")
    made = observations_of(form, response, f"{_KIND}/{identity}" if isinstance(identity, str) else "")
    # What stays open is no answer that could not be read: it makes no Observation.
    unread = [row for row in made.rows if row.reason != "contradiction"]
    if unread:
        raise Unprocessable(_unread(unread))
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(each) for each in made.observations.values()],
    }


def _unread(rows: Sequence[Excluded]) -> str:
    """Which answers could not be read; an item that is none of the form is not repeated."""
    links = [row.resource.rpartition("#")[2] for row in rows if row.reason == "value"]
    strange = len(rows) - len(links)
    told = [f"not one of the answers that the form offers: {', '.join(links)}"] if links else []
    told += [f"items that are none of the form: {strange}"] if strange else []
    return f"{_KIND}.item: {'; '.join(told)}; nothing was extracted"


def _entry(observation: Json) -> Json:
    """Kept under its identifier, so that a second run changes the same Observation and adds none."""
    identifier = objects_in(observation["identifier"])[0]
    name = f"{identifier['system']}|{identifier['value']}"
    return {
        "fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, name)}",
        "resource": observation,
        "request": {"method": "PUT", "url": f"Observation?identifier={name}"},
    }
