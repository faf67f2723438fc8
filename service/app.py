"""The one place where the rooms meet: settings and an evaluator in, a WSGI application out."""

from typing import TYPE_CHECKING

from flask import Flask

from service.fhir.gathering.fetcher import FhirFetcher
from service.outgoing.client import Client
from service.settings import Settings
from service.store.database import Database
from service.store.feedback import FeedbackStore
from service.web import (
    cds_services,
    feedback,
    fhir_descriptions,
    health,
    metrics,
    openapi,
    operation,
    problems,
    request_log,
)
from service.web.outgoing_cards import OutgoingCards
from service.web.request_body import BodyLimits

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def create_app(
    settings: Settings, evaluator: "Evaluator", fetcher: FhirFetcher | None = None, *, check_responses: bool = False
) -> Flask:
    """The web application; SettingsError when serving with these settings would be unsafe.

    ``fetcher``: what asks FHIR servers; made from the settings when left out.
    """
    authentication = settings.authentication()
    database = Database(settings.store)
    limits = BodyLimits(settings.max_body_bytes, settings.max_entries)
    counts = metrics.Metrics()
    outgoing = OutgoingCards(counts, is_checked=check_responses)
    app = Flask("service", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would be an answer that is neither the resource nor an OperationOutcome.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    https_only = not settings.is_local
    client = Client(counted=counts.called_out)
    fetcher = fetcher or FhirFetcher(client, https_only=https_only)
    app.register_blueprint(cds_services.routes(evaluator, limits, fetcher, outgoing, https_only=https_only))
    app.register_blueprint(feedback.routes(evaluator, cds_services.IDS, FeedbackStore(database), limits))
    app.register_blueprint(operation.routes(evaluator, limits, outgoing))
    app.register_blueprint(health.routes(evaluator, database, settings.profile, authentication))
    app.register_blueprint(metrics.routes(counts))
    app.register_blueprint(fhir_descriptions.routes())
    app.register_blueprint(openapi.routes())
    request_log.attach(app, evaluator.knowledge.version)
    counts.attach(app)
    problems.attach(app)
    return app
