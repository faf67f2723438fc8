"""Alive, and ready to evaluate."""

import logging
import threading
import time
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from service import __version__
from service.errors import StoreUnavailable
from service.store.database import Database
from service.web.answers import json_answer
from service.web.problems import problem

if TYPE_CHECKING:
    from service.evaluate import Evaluator


_LOG = logging.getLogger("service.health")
_BROKEN = "The rule engine cannot be trusted any more; this process must be replaced"
# Anybody may ask, and each check is a write.
_SECONDS_BETWEEN_CHECKS = 1.0


class StoreCheck:
    """What is wrong with the store, asked at most once a second however many want to know.

    Only one waits for a store that hangs; the others are told what was found before. ``clock``: monotonic seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._asking = threading.Lock()
        self._asked_at, self._found = -inf, ""

    def problem(self) -> str:
        """Why nothing can be kept there; empty when it can."""
        has_asked = self._asked_at > -inf
        if self._asking.acquire(blocking=not has_asked):
            try:
                if self._clock() - self._asked_at >= _SECONDS_BETWEEN_CHECKS:
                    self._found = self._ask()
                    self._asked_at = self._clock()
            finally:
                self._asking.release()
        return self._found

    def _ask(self) -> str:
        try:
            self._database.check()
        except StoreUnavailable as problem:
            _LOG.warning("not ready", extra={"reason": str(problem)})
            return str(problem)
        return ""


def routes(evaluator: "Evaluator", database: Database, profile: str, authentication: str) -> Blueprint:
    """``/healthz`` and ``/readyz``; the knowledge was loaded and checked before the app was made.

    Not ready, with the reason, while nothing can be written to the store.
    """
    blueprint = Blueprint("health", __name__)
    knowledge = evaluator.knowledge
    store = StoreCheck(database)
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
        if found := store.problem():
            return problem(503, "transient", found)
        return json_answer(ready)

    return blueprint
