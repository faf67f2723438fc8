"""Alive, and ready to evaluate."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from service import __version__
from service.store.database import Database
from service.web.answers import json_answer
from service.web.problems import problem

if TYPE_CHECKING:
    from service.evaluate import Evaluator


_BROKEN = "The rule engine cannot be trusted any more; this process must be replaced"


def routes(evaluator: "Evaluator", database: Database, profile: str, authentication: str) -> Blueprint:
    """``/healthz`` and ``/readyz``; the knowledge was loaded and checked before the app was made.

    StoreUnavailable, and so 503, while the store does not answer.
    """
    blueprint = Blueprint("health", __name__)
    knowledge = evaluator.knowledge
    ready = {
        "status": "ready",
        "version": __version__,
        "knowledge": {"id": knowledge.id, "version": knowledge.version, "hash": knowledge.hash},
        "profile": profile,
        "authentication": authentication,
    }

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return json_answer({"status": "alive"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if not evaluator.in_order:
            return problem(503, "transient", _BROKEN)
        database.check()
        return json_answer(ready)

    return blueprint
