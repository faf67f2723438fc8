"""What the FHIR endpoint says of itself: CapabilityStatement and OperationDefinition."""

from flask import Blueprint, Response

from service import __version__
from service.web.answers import json_answer
from service.web.message_schemas import data_file
from service.web.negotiation import FHIR, answer_form, is_pretty


def routes() -> Blueprint:
    """``GET /fhir/metadata`` and ``GET /fhir/OperationDefinition/…`` of each operation, made once."""
    blueprint = Blueprint("fhir_descriptions", __name__)
    capabilities = data_file("capability_statement")
    operation, notification = data_file("operation_definition"), data_file("notify_definition")
    capabilities["software"]["version"] = operation["version"] = notification["version"] = __version__

    @blueprint.get("/fhir/metadata")
    def metadata() -> Response:
        return json_answer(capabilities, mimetype=answer_form(FHIR), pretty=is_pretty())

    @blueprint.get("/fhir/OperationDefinition/mmn-evaluate")
    def definition() -> Response:
        return json_answer(operation, mimetype=answer_form(FHIR), pretty=is_pretty())

    @blueprint.get("/fhir/OperationDefinition/mmn-notify")
    def definition_of_notify() -> Response:
        return json_answer(notification, mimetype=answer_form(FHIR), pretty=is_pretty())

    return blueprint
