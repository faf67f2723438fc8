"""CDS Hooks 2.0.1: discovery and the call of a service."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import NotFound
from service.web.answers import json_answer
from service.web.as_of import now
from service.web.hook_request import read_hook_request
from service.web.prefetch import left_out, resources_in
from service.web.request_body import BodyLimits, read_body

if TYPE_CHECKING:
    from service.evaluate import Evaluator

_ID, _HOOK = "mmn-patient-view", "patient-view"


def routes(evaluator: "Evaluator", limits: BodyLimits, *, https_only: bool) -> Blueprint:
    """``GET /cds-services`` and ``POST /cds-services/{id}``."""
    blueprint = Blueprint("cds_services", __name__)
    templates, optional = evaluator.prefetch_templates(), evaluator.optional_prefetch
    discovery = {"services": [_described(templates, optional)]}

    @blueprint.get("/cds-services")
    def discover() -> Response:
        return json_answer(discovery)

    @blueprint.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        if service_id != _ID:
            raise NotFound("There is no CDS service of this id; GET /cds-services lists them")
        hook_request = read_hook_request(read_body(request, limits), _HOOK, https_only=https_only)
        patient_id = hook_request.patient_id
        prefetch = hook_request.prefetch
        resources = resources_in(prefetch, templates, patient_id, limits.max_entries, optional)
        unseen = left_out(prefetch, templates, optional)
        result = evaluator.evaluate_prefetch(patient_id, hook_request.fhir_server, resources, now(), unseen)
        return json_answer({"cards": result["cards"]})

    return blueprint


def _described(templates: dict[str, str], optional: tuple[str, ...]) -> dict[str, object]:
    required = ", ".join(key for key in templates if key not in optional)
    return {
        "hook": _HOOK,
        "id": _ID,
        "title": "Multifocal motor neuropathy: diagnosis",
        "description": (
            "Says which class of multifocal motor neuropathy (EFNS/PNS 2010) the record reaches, on what evidence, "
            "and what is missing. It advises; a clinician decides."
        ),
        "version": "2.0.1",
        "usageRequirements": (
            f"Needs the prefetch keys {required}; a missing one is answered with 412. "
            f"Without {', '.join(optional)} nothing is said of follow-up, and the card says so."
        ),
        "prefetch": templates,
    }
