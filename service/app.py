"""The one place where the rooms meet: settings and an evaluator in, a WSGI application out."""

from typing import TYPE_CHECKING

from flask import Flask

from service.settings import Settings
from service.settings.start import authentication as checked_authentication
from service.web import cds_services, cors, health, operation, problems, request_log
from service.web.admission import Admission
from service.web.request_body import BodyLimits

if TYPE_CHECKING:
    from service.evaluate import Evaluator


def create_app(settings: Settings, evaluator: "Evaluator") -> Flask:
    """The web application; SettingsError when serving with these settings would be unsafe."""
    authentication = checked_authentication(settings)
    admission = Admission()
    limits = BodyLimits(settings.max_body_bytes, settings.max_entries)
    app = Flask("service", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would be an answer that is neither the resource nor an OperationOutcome.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.register_blueprint(cds_services.routes(evaluator, limits, admission, https_only=not settings.is_local))
    app.register_blueprint(operation.routes(evaluator, limits, admission))
    app.register_blueprint(health.routes(evaluator, settings.profile, authentication))
    app.extensions["admission"] = admission
    request_log.attach(app, evaluator.knowledge.version)
    cors.attach(app, settings.cors_origins)
    problems.attach(app)
    return app
