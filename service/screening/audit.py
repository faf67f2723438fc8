"""Screening and the audit: each run leaves one row there, and what came through the hooks can be ranked from it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from service import __version__
from service.domain.facts import PARTIAL, UNSEEN, Excluded
from service.evaluate import Evaluator
from service.result import told_as
from service.screening.evaluating import Row
from service.screening.outputs import Seen, write_outputs
from service.screening.pseudonyms import Pseudonyms
from service.store.audit_key import AuditKey
from service.store.audit_rows import Asked, AuditRow, Concluded, Versions
from service.store.audit_trail import Kept
from service.store.audit_writer import AuditWriter
from service.store.database import Database

SERVICE = "screen"
# How the audit calls what was not looked at, or in part.
_NOT_SEEN = {told_as(Excluded("", reason)) for reason in (UNSEEN, PARTIAL)}
_SECONDS = 30.0
_TOLD = ("seen", "kept", "evaluated", "resources", "groups", "faults")
_LONGEST_PURPOSE = 500


def record_run(
    store: Database, key: AuditKey, evaluator: Evaluator, moments: tuple[datetime, datetime], told: Mapping[str, Any]
) -> None:
    """Leave the row of a run; ``moments``: now, and that of evaluation. StoreUnavailable where it cannot be kept.

    ``told``: its ``purpose``, and what the summary says of it.
    """
    knowledge = evaluator.knowledge
    content = orjson.dumps({name: told[name] for name in _TOLD if name in told})
    verdicts = {"purpose": str(told["purpose"])[:_LONGEST_PURPOSE], **orjson.loads(content)}
    asked = Asked(*moments, caller="", service=SERVICE, correlation_id="", patient="", input_hash=key.of_input(content))
    versions = Versions(__version__, knowledge.version, knowledge.hash, evaluator.mappings.hash)
    writer = AuditWriter(store)
    try:
        writer.write([AuditRow(asked, versions, Concluded("", "", 0, verdicts, 0, {}))], _SECONDS)
    finally:
        writer.stop()


def screen_audit(kept: Iterable[Kept], evaluator: Evaluator, out: Path, key: Path) -> Mapping[str, Any]:
    """Rank the patients whom the audit knows, each by the newest evaluation of the whole chart; the summary."""
    newest: dict[str, Row] = {}
    resources: dict[str, int] = {}
    for each in kept:
        if each.row["reached"] and (patient := each.row["patient"]):
            newest[patient] = _row(each)
            resources[patient] = each.row["used"] + sum(each.row["unused"].values())
    out.mkdir(parents=True, exist_ok=True)
    seen = Seen(people=len(newest), resources=sum(resources.values()), patients=dict.fromkeys(newest, ()))
    return write_outputs(out, list(newest.values()), seen, evaluator.knowledge, Pseudonyms.kept_in(key))


def _row(kept: Kept) -> Row:
    """What the audit kept of an evaluation: it has no value and no reference."""
    row, verdicts = kept.row, kept.row["verdicts"]
    topics = sorted(card.topic for card in kept.cards)
    return Row(
        patient=row["patient"],
        reached=row["reached"],
        attainable=row["attainable"],
        missing=row["missing"],
        hint=verdicts.get("hint", ""),
        in_question=verdicts.get("in_question", bool(topics)),
        verdicts=verdicts.get("criteria", {}),
        known=verdicts.get("known"),
        cards=topics,
        excluded=row["unused"],
        is_whole=not row["unused"].keys() & _NOT_SEEN,
    )
