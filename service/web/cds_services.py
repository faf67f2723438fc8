"""CDS Hooks 2.0.1: discovery and the call of a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import NotFound
from service.web.answers import json_answer
from service.web.as_of import now
from service.web.draft_orders import drafts_in
from service.web.hook_request import HookRequest, read_hook_request
from service.web.prefetch import FoundResource, optional_resources_in, resources_in
from service.web.request_body import BodyLimits, read_body

if TYPE_CHECKING:
    from service.evaluate import Evaluator

HOOKS = ("patient-view", "order-select", "order-sign")
IDS = tuple(f"mmn-{hook}" for hook in HOOKS)
Answered = Callable[[HookRequest, list[FoundResource], frozenset[str]], object]


@dataclass(frozen=True, slots=True)
class _Service:
    """One hook: how it is described, what it must have, what it can do without, and how it is answered."""

    hook: str
    title: str
    description: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    cards: Answered

    @property
    def id(self) -> str:
        return f"mmn-{self.hook}"

    def described(self) -> dict[str, object]:
        optional = (
            f" Without {', '.join(self.optional)} less is checked, and the cards say so." if self.optional else ""
        )
        return {
            "hook": self.hook,
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "version": "2.0.1",
            "usageRequirements": (
                f"Needs the prefetch keys {', '.join(self.required)}; a missing one is answered with 412.{optional}"
            ),
            "prefetch": {**self.required, **self.optional},
        }


def routes(evaluator: "Evaluator", limits: BodyLimits, *, https_only: bool) -> Blueprint:
    """``GET /cds-services`` and ``POST /cds-services/{id}``."""
    blueprint = Blueprint("cds_services", __name__)
    services = {service.id: service for service in _services(evaluator, limits)}
    discovery = {"services": [service.described() for service in services.values()]}

    @blueprint.get("/cds-services")
    def discover() -> Response:
        return json_answer(discovery)

    @blueprint.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        service = services.get(service_id)
        if service is None:
            raise NotFound("There is no CDS service of this id; GET /cds-services lists them")
        hook_request = read_hook_request(read_body(request, limits), service.hook, https_only=https_only)
        prefetch, patient_id = hook_request.prefetch, hook_request.patient_id
        resources = resources_in(prefetch, service.required, patient_id, limits.max_entries)
        further, unseen = optional_resources_in(prefetch, service.optional, limits.max_entries - len(resources))
        return json_answer({"cards": service.cards(hook_request, resources + further, unseen)})

    return blueprint


def _services(evaluator: "Evaluator", limits: BodyLimits) -> list[_Service]:
    required, optional = evaluator.prefetch_templates(), evaluator.optional_prefetch_templates()

    def of_patient(called: HookRequest, resources: list[FoundResource], unseen: frozenset[str]) -> object:
        answer = evaluator.evaluate_prefetch(called.patient_id, called.fhir_server, resources, now(), unseen)
        return answer["cards"]

    def of_orders(called: HookRequest, resources: list[FoundResource], unseen: frozenset[str]) -> object:
        drafts = drafts_in(called.context, called.hook, limits.max_entries)
        return evaluator.evaluate_orders(called.patient_id, called.fhir_server, resources, drafts, now(), unseen)

    diagnosis = (
        "Says which class of multifocal motor neuropathy (EFNS/PNS 2010) the record reaches, on what evidence, "
        "and what is missing. It advises; a clinician decides."
    )
    orders = (
        "Checks orders for somebody with multifocal motor neuropathy: dose and safety of immunoglobulin, and drugs and "
        "procedures that do not help or may harm. It advises; a clinician decides."
    )
    title = "Multifocal motor neuropathy: "
    return [
        _Service("patient-view", f"{title}diagnosis", diagnosis, required, optional, of_patient),
        _Service("order-select", f"{title}orders being written", orders, required, optional, of_orders),
        _Service("order-sign", f"{title}orders being signed", orders, required, optional, of_orders),
    ]
