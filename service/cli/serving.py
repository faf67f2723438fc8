"""What is served at the moment: the application and the rules in it, read anew on SIGHUP."""

import logging
from multiprocessing import Process
from typing import TYPE_CHECKING

from service.app import create_app, start_watching
from service.cli.group import loaded_evaluator
from service.errors import KnowledgeError, MmnCdsError
from service.notified import start_working
from service.settings import Settings
from service.web.canaries import FAILED, Files, files, outcomes, warm_up

if TYPE_CHECKING:
    from flask import Flask

    from service.evaluate import Evaluator

_LOG = logging.getLogger("service.knowledge")


class Serving:
    """The application of this process, and its rules with their canaries; a worker that is forked has those of then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.evaluator = loaded_evaluator(settings)
        self.watched = files()
        self.app = create_app(settings, self.evaluator)

    @property
    def in_order(self) -> bool:
        """Whether the engine can be trusted."""
        return self.evaluator.in_order

    def warm_up(self) -> None:
        """Before a fork: workers share what the evaluation of the known charts loads."""
        warm_up(self.evaluator, self.watched)

    def started(self) -> None:
        """A worker has been forked with it."""
        start_watching(self.app, self.evaluator, self.watched)
        start_working(self.app, self._settings, self.evaluator)

    def renewed(self) -> "Flask | None":
        """Rules and mappings, the site's own included, as they are now; None, with a line in the log, when unusable."""
        try:
            evaluator, watched = loaded_evaluator(self._settings), files()
            _try_out(evaluator, watched)
            app = create_app(self._settings, evaluator)
            warm_up(evaluator, watched)
        except MmnCdsError as problem:
            _LOG.error("knowledge not renewed", extra={"reason": str(problem)})
            return None
        except Exception as fault:  # noqa: BLE001 - whatever it is, what is served goes on
            _LOG.error("knowledge not renewed", extra={"exception": type(fault).__name__})
            return None
        before, now = self.evaluator.knowledge, evaluator.knowledge
        _LOG.info("knowledge renewed", extra={"knowledge": f"{now.version} {now.hash}", "reason": f"was {before.hash}"})
        self.evaluator, self.watched, self.app = evaluator, watched, app
        return app


def _try_out(evaluator: "Evaluator", watched: Files) -> None:
    # In a process of its own: what breaks the engine must not break this one.
    process = Process(target=_evaluate_canaries, args=(evaluator, watched))
    process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
    if process.exitcode:
        raise KnowledgeError("with these rules and mappings a chart of which the answer is known cannot be evaluated")


def _evaluate_canaries(evaluator: "Evaluator", watched: Files) -> None:
    if any(outcome == FAILED for _, outcome in outcomes(evaluator, watched)):
        raise SystemExit(1)
