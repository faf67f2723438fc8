"""CDS Hooks 2.0.1: discovery and the call of a service."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response
from flask.globals import request_ctx

from service.errors import NotFound
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Gathered, Templates, gather
from service.fhir.gathering.pages import OF_PATIENT, asked_type
from service.fhir.gathering.second_question import ask_again, questions
from service.fhir.intake.drafts import Drafts
from service.fhir.intake.wholeness import DRUG_HISTORY, REPORTS, Seen
from service.outgoing.deadline import Deadline
from service.result import HookAnswer
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
from service.web.stages import stage

if TYPE_CHECKING:
    from service.evaluate import Evaluator

HOOKS = ("patient-view", "order-select", "order-sign")
_ASKS_AGAIN = (
    " Infusions are prefetched by code. {when}, and there is FHIR access, all administrations and procedures of the "
    "patient are asked for once more without a code, with the scopes patient/MedicationAdministration.read and "
    "patient/Procedure.read; without them nothing is said of a first treatment. {reports}"
)
IDS = tuple(f"mmn-{hook}" for hook in HOOKS)
Answered = Callable[[HookRequest, Gathered], HookAnswer]
Asked = Callable[[HookRequest, Gathered], Collection[str]]


@dataclass(frozen=True, slots=True)
class _Service:
    """One hook: how it is described, what it must have, what it can do without, and how it is answered."""

    hook: str
    title: str
    description: str
    templates: Templates
    answer: Answered
    further: Asked
    asks_again: str

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
            "usageRequirements": _usage_requirements(self.templates, self.asks_again),
            "prefetch": dict(self.templates.all),
        }


def _usage_requirements(templates: Templates, asks_again: str) -> str:
    scopes = [f"patient/{each}.read" for each in _types(templates.all)]
    optional = f" Without {', '.join(templates.optional)} less is checked, and the cards say so."
    return (
        f"Needs the prefetch keys {', '.join(templates.required)}, or FHIR access with the scopes {' '.join(scopes)} "
        "at a FHIR server that is registered with this service; what can be had in neither way is answered with 412."
        f"{optional if templates.optional else ''}"
        f"{'' if _whole_by_prefetch(templates) else asks_again}"
    )


def _whole_by_prefetch(templates: Templates) -> bool:
    asked = {*templates.all.values()}
    return all(f"{kind}{OF_PATIENT}" in asked for kind in (*DRUG_HISTORY, *REPORTS))


def _types(templates: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(map(asked_type, templates.values())))


@dataclass(frozen=True, slots=True)
class _Gathering:
    """What of a chart came with a call, and what is asked of the EHR: first and, where it matters, once more."""

    fetcher: FhirFetcher
    admission: Admission
    most_entries: int

    def gathered(self, service: _Service, called: HookRequest, caller: str) -> Gathered:
        """All that can be had in the time for asking; MissingData when a required key is not among it."""
        with stage("gather"):
            access, deadline = _access(called, current_caller()), Deadline(self.fetcher.seconds)
            first = gather(called.prefetch, service.templates, access, self.fetcher, self.most_entries)
        if not (self.fetcher.may_ask(access) and questions(first, service.templates)):
            return first
        with self.admission.turn(caller), stage("evaluate"):
            kinds = service.further(called, first)
        further = questions(first, service.templates, kinds)
        if not further:
            return first
        with stage("gather"):
            left = replace(access, seconds=min(access.seconds, deadline.left))
            return ask_again(first, further, left, self.fetcher, self.most_entries - len(first.resources))


def routes(
    evaluator: "Evaluator",
    limits: BodyLimits,
    admission: Admission,
    fetcher: FhirFetcher,
    outgoing: OutgoingCards,
    *,
    whole_history: bool = False,
) -> Blueprint:
    """``GET /cds-services`` and ``POST /cds-services/{id}``."""
    blueprint = Blueprint("cds_services", __name__)
    services = {service.id: service for service in _services(evaluator, limits, whole_history=whole_history)}
    discovery = {"services": [service.described() for service in services.values()]}
    whole = _Gathering(fetcher, admission, limits.max_entries)

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
                read_hook_body(request_ctx.request, limits), service.hook, https_only=fetcher.https_only
            )
        note(hook_instance=str(hook_request.hook_instance))
        with admission.place(caller):
            gathered = whole.gathered(service, hook_request, caller)
            with admission.turn(caller), stage("evaluate"):
                answer = service.answer(hook_request, gathered)
        note(cards=len(answer.cards))
        return json_answer(outgoing.of_hook(service.id, hook_request, gathered, answer))

    return blueprint


def _access(called: HookRequest, who: Caller) -> Access:
    given, asked = called.authorization, (called.patient_id, called.fhir_server, who.fhir_servers)
    if given is None:
        return Access(*asked, caller=who.name)
    return Access(*asked, given.token, given.refusal, given.seconds, who.name)


def _seen(gathered: Gathered) -> Seen:
    return Seen(gathered.unseen, gathered.whole)


def _services(evaluator: "Evaluator", limits: BodyLimits, *, whole_history: bool) -> list[_Service]:
    optional = evaluator.optional_prefetch_templates(whole_history=whole_history)
    templates = Templates(evaluator.prefetch_templates(), optional)

    def drafts_of(called: HookRequest) -> Drafts | None:
        is_of_patient = called.hook == "patient-view"
        return None if is_of_patient else drafts_in(called.context, called.hook, limits.max_entries)

    def further(called: HookRequest, gathered: Gathered) -> Collection[str]:
        whom = called.patient_id, called.fhir_server, gathered.resources
        return evaluator.further_types(*whom, drafts_of(called), now())

    def answer(called: HookRequest, gathered: Gathered) -> HookAnswer:
        whom, drafts = (called.patient_id, called.fhir_server, gathered.resources), drafts_of(called)
        if drafts is None:
            return evaluator.evaluate_prefetch(*whom, now(), _seen(gathered))
        return evaluator.evaluate_orders(*whom, drafts, now(), _seen(gathered))

    said = evaluator.knowledge.face.services

    asks_again = _ASKS_AGAIN.format(when=said.asks_again, reports=said.asks_for_reports)

    def service(hook: str, title: str, description: str) -> _Service:
        return _Service(hook, f"{said.title}: {title}", description, templates, answer, further, asks_again)

    return [
        service("patient-view", "diagnosis", said.diagnosis),
        service("order-select", "orders being written", said.orders),
        service("order-sign", "orders being signed", said.orders),
    ]
