"""Kills the service and its workers at random moments, while engines send the same again until they hear 2xx.

``make kill-service`` does it 200 times on SQLite and on PostgreSQL and says what came of it.
"""

from tests.killing.report import Report
from tests.killing.rounds import run

__all__ = ["Report", "run"]
