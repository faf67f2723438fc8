"""The ``mmn-cds`` command: evaluate files, serve, ask for readiness, read the knowledge, feedback, audit and store."""

from service.cli import audit, evaluate, feedback, knowledge, read_report, serve, store
from service.cli.group import main

__all__ = ["audit", "evaluate", "feedback", "knowledge", "main", "read_report", "serve", "store"]
