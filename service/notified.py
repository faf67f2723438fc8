"""Notifications as the settings want them: what takes them at the door, and what works on them in a process."""

import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from service.fhir.gathering.fetcher import FhirFetcher
from service.notifications import embedded
from service.notifications.audit_trail import SERVICE, AuditTrail
from service.notifications.lookups import Found
from service.notifications.queue import RowQueue, queue_of
from service.notifications.site import Site
from service.notifications.worker import Worker, no_audit
from service.outgoing.client import Client
from service.outgoing.sender import Sender
from service.settings import Settings
from service.store.audit_inputs import Seal, keep_inputs
from service.store.audit_key import AuditKey
from service.store.database import Database
from service.store.errands import Errand
from service.trust.kept import Safe
from service.web.as_of import now
from service.web.fates import SILENT, Fate
from service.web.first_counts import FirstCounts
from service.web.metrics import Metrics

if TYPE_CHECKING:
    from service.evaluate import Evaluator

# All questions about one chart together; nobody waits for the answer.
_CHART_SECONDS = 30.0
# For trials on PostgreSQL, which has no file to lie beside.
_LOCAL_KEY = Path("var/mmn-cds.audit-key")


def start_working(app: Flask, settings: Settings, evaluator: "Evaluator") -> None:
    """Have this process do what notifications ask for, where no process of its own does."""
    site: Site | None = app.extensions.get("notifications")
    if site is not None and isinstance(site.queue, RowQueue):
        embedded.start(notification_worker(settings, site, evaluator, app.extensions["metrics"]), site.queue)


def notification_site(settings: Settings, database: Database) -> Site | None:
    """How notifications are set up; None where nobody may notify."""
    if not settings.takes_notifications:
        return None
    callers = {token.name: token for token in settings.notifying} if settings.authenticates else {}
    queue = queue_of(database.engine.dialect.name)
    return Site(
        database,
        queue,
        Safe(_notification_key(settings).for_notifications()),
        now,
        callers,
        may_judge_alone=settings.is_local,
    )


def _notification_key(settings: Settings) -> AuditKey:
    """The key of the audit; in the local profile one is made where there is none."""
    if settings.audit_key_file is not None:
        return AuditKey.read(settings.audit_key_file)
    if settings.store.endswith(":memory:"):
        return AuditKey(secrets.token_bytes(32))
    return AuditKey.made_at(settings.audit_key_place or _LOCAL_KEY)


def notification_worker(
    settings: Settings, site: Site, evaluator: "Evaluator", counts: Metrics | None = None
) -> Worker:
    """What does the work of notifications, by these settings; ``counts``: of the process in which it works."""
    counts = counts or Metrics()
    callers = [token.name for token in settings.notifying] if settings.authenticates else [""]
    counts.evaluations.expect(FirstCounts.of_notified(evaluator, SERVICE, callers))
    authorities = str(settings.ca_bundle) if settings.ca_bundle else None
    fetcher = FhirFetcher(
        Client(authorities, counted=counts.called_out), fetch_seconds=_CHART_SECONDS, https_only=not settings.is_local
    )
    silent = frozenset(token.name for token in settings.notifying if token.silent)
    seal = input_seal(settings)
    keep = partial(keep_inputs, site.database, seal=seal) if seal else None
    key = _notification_key(settings)
    trail = AuditTrail.of(evaluator, key, now, silent, keep).leave if settings.audits else no_audit
    counted = partial(_count, counts, silent)
    sender, days = Sender(authorities, counts.called_out), settings.keep_notifications_days
    return site.worker(evaluator, fetcher, sender, settings.max_entries, audit=trail, counted=counted, keep_days=days)


def _count(counts: Metrics, silent: frozenset[str], errand: Errand, found: Found) -> None:
    held_back = SILENT if errand.caller in silent else ""
    for each in found.evaluated:
        counts.evaluations.of_bundle(SERVICE, errand.caller, each.concluded)
        counts.evaluations.of_cards(errand.caller, [Fate(card, held_back) for card in each.result["cards"]])


def input_seal(settings: Settings) -> Seal | None:
    """What encrypts the inputs that are kept; None where none are."""
    if settings.audit_input_key_file is None:
        return None
    # Its cryptography takes 9 MB.
    from service.trust.sealing import Sealing  # noqa: PLC0415

    return Sealing.read(settings.audit_input_key_file).seal
