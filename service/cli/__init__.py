"""The ``mmn-cds`` command: evaluate files, serve, ask whether a server is ready, read the knowledge and feedback."""

from service.cli import evaluate, feedback, knowledge, serve
from service.cli.group import main

__all__ = ["evaluate", "feedback", "knowledge", "main", "serve"]
