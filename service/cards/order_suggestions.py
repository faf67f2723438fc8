"""Suggestions on treatment: a draft order put right, or a first course as a new draft. One action each."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from service.cards.text import visible
from service.domain.conclusions import Advice
from service.domain.evaluation import Advised
from service.knowledge.cards import VALUE_LENGTH
from service.knowledge.model import Criterion

_DELETE = "Delete this order"


def order_suggestions(told: Sequence[tuple[Criterion, Advice]], evaluation: Advised) -> list[dict[str, object]]:
    """What the rules of one card suggest, each kind once (CDS Hooks 2.0.1)."""
    kinds = {rule.suggests: entry for rule, entry in told if rule.suggests}
    made: list[dict[str, object]] = []
    corrected = {entry.about: entry for rule, entry in told if rule.suggests == "corrected_dose"}
    for entry in corrected.values():
        if entry.corrected is not None:
            resource = {**entry.corrected.order, "subject": {"reference": evaluation.patient}}
            label = _of_several(entry.corrected.label, entry, len(corrected))
            made.append(_suggestion("update", label, entry.corrected.words, resource))
    drafts = [entry.draft for entry in kinds.values() if entry.draft is not None]
    made += [_suggestion("create", draft.label, draft.words, draft.order) for draft in drafts]
    deletable = {entry.about: entry for rule, entry in told if rule.suggests == "deletion" and entry.may_be_deleted}
    return [*made, *_deletions(list(deletable.values()))]


def _deletions(entries: Sequence[Advice]) -> list[dict[str, object]]:
    """One for each order; those of one name are numbered, so that no two buttons look alike."""
    labels = [_of_several(_DELETE, entry, len(entries)) for entry in entries]
    alike = Counter(labels)
    seen: Counter[str] = Counter()
    made: list[dict[str, object]] = []
    for entry, label in zip(entries, labels, strict=True):
        seen[label] += 1
        numbered = f"{label} ({seen[label]} of {alike[label]})" if alike[label] > 1 else label
        action = {"type": "delete", "description": _DELETE, "resourceId": entry.about}
        made.append({"label": numbered, "uuid": str(uuid.uuid4()), "actions": [action]})
    return made


def _of_several(label: str, entry: Advice, number: int) -> str:
    """A label; of several orders with the name of its own."""
    return f"{label}: {visible(entry.called, VALUE_LENGTH)}" if number > 1 and entry.called else label


def _suggestion(kind: str, label: str, words: str, resource: Mapping[str, object]) -> dict[str, object]:
    action = {"type": kind, "description": words, "resource": resource}
    return {"label": label, "uuid": str(uuid.uuid4()), "actions": [action]}
