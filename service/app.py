"""The one place where the rooms meet: settings and an evaluator in, a WSGI application out."""

from typing import TYPE_CHECKING

from flask import Flask

from service.fhir.gathering.fetcher import FhirFetcher
from service.settings import Settings
from service.web import cds_services, health, operation, problems, request_log
from service.web.request_body import BodyLimits

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def create_app(settings: Settings, evaluator: "Evaluator", fetcher: FhirFetcher | None = None) -> Flask:
    """The web application; SettingsError when serving with these settings would be unsafe.

    ``fetcher``: what asks FHIR servers; made from the settings when left out.
    """
    authentication = settings.authentication()
    limits = BodyLimits(settings.max_body_bytes, settings.max_entries)
    app = Flask("service", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would be an answer that is neither the resource nor an OperationOutcome.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    https_only = not settings.is_local
    fetcher = fetcher or FhirFetcher(https_only=https_only)
    app.register_blueprint(cds_services.routes(evaluator, limits, fetcher, https_only=https_only))
    app.register_blueprint(operation.routes(evaluator, limits))
    app.register_blueprint(health.routes(evaluator, settings.profile, authentication))
    request_log.attach(app, evaluator.knowledge.version)
    problems.attach(app)
    return app
