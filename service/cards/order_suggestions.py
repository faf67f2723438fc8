"""Suggestions on treatment: a draft order put right, or a first course as a new draft. One action each."""

import uuid
from collections.abc import Mapping, Sequence

from service.domain.conclusions import Advice
from service.domain.evaluation import Advised
from service.knowledge.model import Criterion

_DELETE = "Delete this order"


def order_suggestions(told: Sequence[tuple[Criterion, Advice]], evaluation: Advised) -> list[dict[str, object]]:
    """What the rules of one card suggest, each kind once (CDS Hooks 2.0.1)."""
    kinds = {rule.suggests: entry for rule, entry in told if rule.suggests}
    made: list[dict[str, object]] = []
    entry = kinds.get("corrected_dose")
    if entry is not None and entry.corrected is not None:
        resource = {**entry.corrected.order, "subject": {"reference": evaluation.patient}}
        made.append(_suggestion("update", entry.corrected.label, entry.corrected.words, resource))
    drafts = [entry.draft for entry in kinds.values() if entry.draft is not None]
    made += [_suggestion("create", draft.label, draft.words, draft.order) for draft in drafts]
    deletable = [entry.about for rule, entry in told if rule.suggests == "deletion" and entry.may_be_deleted]
    made += [_deletion(reference) for reference in dict.fromkeys(deletable)]
    return made


def _deletion(reference: str) -> dict[str, object]:
    action = {"type": "delete", "description": _DELETE, "resourceId": reference}
    return {"label": _DELETE, "uuid": str(uuid.uuid4()), "actions": [action]}


def _suggestion(kind: str, label: str, words: str, resource: Mapping[str, object]) -> dict[str, object]:
    action = {"type": kind, "description": words, "resource": resource}
    return {"label": label, "uuid": str(uuid.uuid4()), "actions": [action]}
