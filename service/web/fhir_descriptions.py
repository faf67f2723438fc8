"""What the FHIR endpoint says of itself: CapabilityStatement and an OperationDefinition for each operation."""

from typing import Any

from flask import Blueprint, Response

from service import __version__
from service.web.answers import json_answer
from service.web.message_schemas import data_file
from service.web.negotiation import FHIR, answer_form, is_pretty

_OPERATIONS = ("evaluate_definition", "notify_definition", "read_report_definition")


def routes() -> Blueprint:
    """``GET /fhir/metadata`` and ``GET /fhir/OperationDefinition/<operation>``, made once."""
    blueprint = Blueprint("fhir_descriptions", __name__)
    capabilities = data_file("capability_statement")
    capabilities["software"]["version"] = __version__
    _serve(blueprint, "/fhir/metadata", "metadata", capabilities)
    for name in _OPERATIONS:
        operation = data_file(name)
        operation["version"] = __version__
        _serve(blueprint, f"/fhir/OperationDefinition/{operation['id']}", name, operation)
    return blueprint


def _serve(blueprint: Blueprint, path: str, name: str, resource: dict[str, Any]) -> None:
    def described() -> Response:
        return json_answer(resource, mimetype=answer_form(FHIR), pretty=is_pretty())

    blueprint.add_url_rule(path, name, described, methods=["GET"])
