"""The ``mmn-cds`` command: evaluate files, serve, work, be ready, read the knowledge, feedback, audit and store."""

from service.cli import audit, evaluate, feedback, intake, knowledge, read_report, serve, store, work
from service.cli.group import main

__all__ = ["audit", "evaluate", "feedback", "intake", "knowledge", "main", "read_report", "serve", "store", "work"]
