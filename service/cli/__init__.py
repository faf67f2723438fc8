"""The ``mmn-cds`` command: evaluate, serve, work, screen, be ready, read the knowledge, feedback, audit and store."""

from service.cli import audit, evaluate, feedback, intake, knowledge, read_report, screen, serve, store, work
from service.cli.group import main

__all__ = [
    "audit",
    "evaluate",
    "feedback",
    "intake",
    "knowledge",
    "main",
    "read_report",
    "screen",
    "serve",
    "store",
    "work",
]
