"""What the FHIR endpoint says of itself: CapabilityStatement and OperationDefinition."""

from flask import Blueprint, Response

from service import __version__
from service.web.answers import json_answer
from service.web.message_schemas import data_file
from service.web.negotiation import FHIR, answer_form, is_pretty


def routes() -> Blueprint:
    """``GET /fhir/metadata`` and ``GET /fhir/OperationDefinition/mmn-evaluate``, made once."""
    blueprint = Blueprint("fhir_descriptions", __name__)
    capabilities, operation = data_file("capability_statement"), data_file("operation_definition")
    capabilities["software"]["version"] = operation["version"] = __version__

    @blueprint.get("/fhir/metadata")
    def metadata() -> Response:
        return json_answer(capabilities, mimetype=answer_form(FHIR), pretty=is_pretty())

    @blueprint.get("/fhir/OperationDefinition/mmn-evaluate")
    def definition() -> Response:
        return json_answer(operation, mimetype=answer_form(FHIR), pretty=is_pretty())

    return blueprint
