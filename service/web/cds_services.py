"""CDS Hooks 2.0.1: discovery and the call of a service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from service.errors import NotFound
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Templates, gather
from service.fhir.gathering.pages import FoundResource, asked_type
from service.trust.callers import Caller
from service.web.admission import Admission
from service.web.answers import json_answer
from service.web.as_of import now
from service.web.authentication import current_caller, who_calls
from service.web.draft_orders import drafts_in
from service.web.hook_request import HookRequest, read_hook_request
from service.web.outgoing_cards import OutgoingCards
from service.web.request_body import BodyLimits, read_hook_body
from service.web.request_log import note
from service.web.response_check import Card
from service.web.stages import stage

if TYPE_CHECKING:
    from service.evaluate import Evaluator

HOOKS = ("patient-view", "order-select", "order-sign")
IDS = tuple(f"mmn-{hook}" for hook in HOOKS)
Answered = Callable[[HookRequest, list[FoundResource], Mapping[str, str]], Sequence[Card]]


@dataclass(frozen=True, slots=True)
class _Service:
    """One hook: how it is described, what it must have, what it can do without, and how it is answered."""

    hook: str
    title: str
    description: str
    templates: Templates
    cards: Answered

    @property
    def id(self) -> str:
        return f"mmn-{self.hook}"

    def described(self) -> dict[str, object]:
        return {
            "hook": self.hook,
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "version": "2.0.1",
            "usageRequirements": _usage_requirements(self.templates),
            "prefetch": {**self.templates.required, **self.templates.optional},
        }


def _usage_requirements(templates: Templates) -> str:
    scopes = [f"patient/{each}.read" for each in _types({**templates.required, **templates.optional})]
    optional = f" Without {', '.join(templates.optional)} less is checked, and the cards say so."
    return (
        f"Needs the prefetch keys {', '.join(templates.required)}, or FHIR access with the scopes {' '.join(scopes)} "
        "at a FHIR server that is registered with this service; what can be had in neither way is answered with 412."
        f"{optional if templates.optional else ''}"
    )


def _types(templates: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(map(asked_type, templates.values())))


def routes(
    evaluator: "Evaluator", limits: BodyLimits, admission: Admission, fetcher: FhirFetcher, outgoing: OutgoingCards
) -> Blueprint:
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
        note(service=service.id)
        caller = who_calls()
        with admission.arriving(caller), stage("read"):
            hook_request = read_hook_request(
                read_hook_body(request, limits), service.hook, https_only=fetcher.https_only
            )
        note(hook_instance=str(hook_request.hook_instance))
        with admission.place(caller):
            with stage("gather"):
                access = _access(hook_request, current_caller())
                gathered = gather(hook_request.prefetch, service.templates, access, fetcher, limits.max_entries)
            with admission.turn(caller), stage("evaluate"):
                cards = service.cards(hook_request, gathered.resources, gathered.unseen)
        note(cards=len(cards))
        return json_answer({"cards": outgoing.of_patient(service.id, cards, f"Patient/{hook_request.patient_id}")})

    return blueprint


def _access(called: HookRequest, who: Caller) -> Access:
    given, asked = called.authorization, (called.patient_id, called.fhir_server, who.fhir_servers)
    if given is None:
        return Access(*asked, caller=who.name)
    return Access(*asked, given.token, given.refusal, given.seconds, who.name)


def _services(evaluator: "Evaluator", limits: BodyLimits) -> list[_Service]:
    templates = Templates(evaluator.prefetch_templates(), evaluator.optional_prefetch_templates())

    def of_patient(called: HookRequest, resources: list[FoundResource], unseen: Mapping[str, str]) -> Sequence[Card]:
        return evaluator.evaluate_prefetch(called.patient_id, called.fhir_server, resources, now(), unseen)

    def of_orders(called: HookRequest, resources: list[FoundResource], unseen: Mapping[str, str]) -> Sequence[Card]:
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
        _Service("patient-view", f"{title}diagnosis", diagnosis, templates, of_patient),
        _Service("order-select", f"{title}orders being written", orders, templates, of_orders),
        _Service("order-sign", f"{title}orders being signed", orders, templates, of_orders),
    ]
