"""The one place where the rooms meet: settings and an evaluator in, a WSGI application out."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask

from service.fhir.gathering.fetcher import FhirFetcher
from service.knowledge.load import knowledge_root
from service.knowledge.pages import Pages
from service.notified import input_seal, notification_site
from service.outgoing.client import Client
from service.settings import Settings, SettingsError
from service.settings.start import authentication as checked_authentication
from service.store.audit_key import AuditKey
from service.store.audit_writer import AuditWriter, Watch
from service.store.database import Database
from service.store.feedback import FeedbackStore
from service.store.key_sets import KeySets
from service.store.used_tokens import UsedTokens
from service.web import (
    canaries,
    cds_services,
    cors,
    examination,
    feedback,
    fhir_descriptions,
    health,
    metrics,
    notifications,
    openapi,
    operation,
    problems,
    report_reading,
    request_log,
    rule_pages,
    spelling,
)
from service.web.admission import Admission
from service.web.as_of import now
from service.web.audit import Audit, versions_of
from service.web.authentication import CallerOf, anybody, protect
from service.web.evidence import Evidence
from service.web.fates import OVERRIDDEN, SAID_BEFORE, SILENT
from service.web.first_counts import FirstCounts
from service.web.hung_up import has_hung_up
from service.web.outgoing_cards import OutgoingCards
from service.web.page import integrator
from service.web.page import routes as page
from service.web.queue_gauges import QueueGauges
from service.web.request_body import BodyLimits
from service.web.room import Room
from service.web.rule_feedback import RuleFeedback
from service.web.rule_links import RuleLinks
from service.web.said_once import SaidOnce

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def create_app(
    settings: Settings,
    evaluator: "Evaluator",
    fetcher: FhirFetcher | None = None,
    admission: Admission | None = None,
) -> Flask:
    """The web application; SettingsError when serving with these settings would be unsafe.

    ``fetcher``: what asks FHIR servers; made from the settings when left out. ``admission``: how many evaluations are
    taken on, and how much computing each may have.
    """
    authentication = checked_authentication(settings)
    database, counts = Database(settings.store), metrics.Metrics()
    admission = admission or Admission(has_hung_up=has_hung_up)
    counts.evaluations.expect(_first_counts(settings, evaluator))
    client = _client(settings, counts)
    fetcher = fetcher or FhirFetcher(client, fetch_seconds=settings.fetch_seconds, https_only=not settings.is_local)
    # One body of the largest size fits in beside some smaller ones.
    room = Room(settings.max_body_bytes * 3 // 2)
    limits = BodyLimits(settings.max_body_bytes, settings.max_entries, room)
    outgoing = _outgoing(settings, database, evaluator, counts)
    app = _bare_app()
    app.extensions["admission"] = admission
    app.extensions["metrics"] = counts
    request_log.attach(app, evaluator.knowledge.version)
    spelling.attach(app)
    # Before the gate: a browser asks for leave without a token, and has to read a refusal.
    cors.attach(app, settings.cors_origins)
    client_of, caller_of, reader_of, notifier_of = _gates(settings, database, client)
    whole = settings.prefetch_whole_history
    _add(app, client_of, cds_services.routes(evaluator, limits, admission, fetcher, outgoing, whole_history=whole))
    _add_feedback(app, client_of, evaluator, FeedbackStore(database), limits)
    _add(app, caller_of, operation.routes(evaluator, limits, admission, outgoing))
    _add(app, caller_of, examination.extract_routes(evaluator.form, limits))
    _add(app, caller_of, report_reading.routes(evaluator, limits, admission))
    site = notification_site(settings, database)
    _add(app, reader_of, metrics.routes(counts, QueueGauges(database, now).registry if site else None))
    if site is not None:
        dead = settings.accept_dead_letters
        doors = notifications.Doors(site.intake(), limits, admission, counts, outgoing.links, accepts_unreadable=dead)
        _add(app, notifier_of, notifications.routes(doors))
        app.extensions["notifications"] = site
    if settings.shows_page:
        _add_page(app, settings, evaluator, limits, admission)
    for open_to_all in _open_to_all(settings, evaluator, database, authentication):
        app.register_blueprint(open_to_all)
    counts.attach(app)
    room.attach(app)
    problems.attach(app)
    return app


def _add_feedback(
    app: Flask, client_of: CallerOf, evaluator: "Evaluator", store: FeedbackStore, limits: BodyLimits
) -> None:
    counts: metrics.Metrics = app.extensions["metrics"]
    _add(app, client_of, feedback.routes(evaluator, cds_services.IDS, store, limits, counts.evaluations))


def _client(settings: Settings, counts: metrics.Metrics) -> Client:
    client = Client(str(settings.ca_bundle) if settings.ca_bundle else None, counted=counts.called_out)
    if settings.fhir_servers or any(issuer.jwks_url for issuer in settings.issuers):
        client.prepare()
    return client


def _add_page(app: Flask, settings: Settings, evaluator: "Evaluator", limits: BodyLimits, admission: Admission) -> None:
    # A browser has no token: on one's own machine nobody else is there, elsewhere a proxy asks people who they are.
    _add(app, anybody(()), page.routes(evaluator, limits, admission, settings.known_address))
    authenticates = settings.authenticates
    _add(app, anybody(()), integrator.routes(settings.known_address, limits, admission, authenticates=authenticates))


def _open_to_all(
    settings: Settings, evaluator: "Evaluator", database: Database, authentication: str
) -> Iterator[Blueprint]:
    """What needs no token, since no patient is in it."""
    yield page.dress_routes()
    yield health.routes(evaluator, database, settings.profile, authentication)
    yield fhir_descriptions.routes()
    yield examination.form_routes(evaluator.form)
    yield openapi.routes()
    answered = RuleFeedback(FeedbackStore(database).counts, evaluator.rule_of_topic)
    yield rule_pages.routes(Pages(evaluator.knowledge, knowledge_root() / "fhir_mappings"), answered)


def start_watching(app: Flask, evaluator: "Evaluator", watched: canaries.Files) -> None:
    """Have this process evaluate the charts of which the answer is known, now and each hour."""
    counts: metrics.Metrics = app.extensions["metrics"]
    canaries.watch(evaluator, watched, counts.canary_checked)


class _Synchronous(Flask):
    """Nothing here is asynchronous: to look whether each function is, with every request, takes longer than some do."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def _bare_app() -> Flask:
    app = _Synchronous("service", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would be an answer that is neither the resource nor an OperationOutcome.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    return app


def _outgoing(settings: Settings, database: Database, evaluator: "Evaluator", counts: metrics.Metrics) -> OutgoingCards:
    known = (*cds_services.IDS, operation.SERVICE)
    if unknown := sorted({*settings.silent_services} - {*known}):
        raise SettingsError(f"silent_services: {', '.join(unknown)} is not a service; known are {', '.join(known)}")
    key, knowledge = _audit_key(settings), evaluator.knowledge
    said_once = SaidOnce(database, key, knowledge, settings.said_once_days) if key and settings.says_once else None
    return OutgoingCards(
        counts,
        RuleLinks(settings.known_address, evaluator.rule_of_topic),
        Evidence(knowledge, evaluator.rule_of_topic),
        is_checked=settings.check_responses,
        audit=_audit(settings, database, evaluator, counts, key) if key else None,
        said_once=said_once,
        silent=frozenset(settings.silent_services),
        forms_by_task=settings.forms_by_task,
    )


def _first_counts(settings: Settings, evaluator: "Evaluator") -> FirstCounts:
    held_back = (*((SAID_BEFORE, OVERRIDDEN) if settings.says_once else ()), *([SILENT] if settings.has_silent else []))
    callers = settings.hook_callers, settings.evaluating
    return FirstCounts.of(evaluator, cds_services.IDS, operation.SERVICE, *callers, held_back)


def _audit_key(settings: Settings) -> AuditKey | None:
    place = settings.audit_key_place
    if place is None or not settings.audits:
        return None
    return AuditKey.read(place) if settings.audit_key_file else AuditKey.made_at(place)


def _audit(
    settings: Settings, database: Database, evaluator: "Evaluator", counts: metrics.Metrics, key: AuditKey
) -> Audit:
    writer = AuditWriter(database, Watch(counts.store_written, counts.audited), input_seal(settings))
    refuses, keeps_input = settings.audit_failure == "refuse", settings.audit_input_key_file is not None
    return Audit(writer, key, evaluator.knowledge, versions_of(evaluator), refuses, keeps_input)


def _add(app: Flask, caller_of: CallerOf, blueprint: Blueprint) -> None:
    protect(blueprint, caller_of)
    app.register_blueprint(blueprint)


def _gates(settings: Settings, database: Database, client: Client) -> tuple[CallerOf, CallerOf, CallerOf, CallerOf]:
    """Who may use CDS services, evaluate Bundles, read the metrics, and notify."""
    if not settings.authenticates or settings.public_url is None:
        open_door = anybody(settings.fhir_servers)
        return open_door, open_door, open_door, open_door
    # Where nobody proves who they are, nothing of it is needed: with its cryptography it takes 9 MB.
    from service.trust.gate import Gate  # noqa: PLC0415

    used = UsedTokens(database)
    gate = Gate(
        issuers=settings.issuers,
        bearer_tokens=settings.bearer_tokens,
        public_url=settings.public_url,
        first_use=lambda issuer, token_id, until: used.first_use(issuer, token_id, until, now()),
        client=client,
        now=now,
        shared=KeySets(database),
    )
    reader_of, notifier_of = (partial(gate.caller_of, needs=right) for right in ("metrics", "notify"))
    return gate.client_of, gate.caller_of, reader_of, notifier_of
