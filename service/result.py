"""An evaluation as the JSON that the outside relies on; exact numbers are strings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from service.cards.details import label
from service.domain.conclusions import Advice, Conclusion, OtherClass, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.domain.facts import PARTIAL, REASONS, UNSEEN, Excluded
from service.knowledge.model import Knowledge

# Of the evidence of a card; some of it for the names of its parts.
_MOST_BYTES, _ROOM_FOR_NAMES = 16 * 1024, 512
# Reasons that differ inside only, and the word that the outside knows for them; the detail tells them apart.
_TOLD_AS = {
    "superseded": "replaced",
    "older": "replaced",
    "data-absent": "value",
    "comparator": "value",
    "implausible": "value",
    "not-evidence": "value",
    "contradiction": "value",
    "side": "value",
    "wrong-analyte": "unmapped",
    "recalled": "unmapped",
    "modifier-extension": "invalid",
    UNSEEN: "not-asked",
}


def result(evaluation: Evaluation, cards: list[dict[str, object]], knowledge: Knowledge) -> dict[str, object]:
    """``{cards, evaluation}`` for one patient."""
    found = evaluation.classification
    return {
        "cards": cards,
        "evaluation": {
            "patient": evaluation.patient,
            "asOf": evaluation.as_of,
            "knowledge": {"id": knowledge.id, "version": knowledge.version, "hash": knowledge.hash},
            "classification": {
                "criteriaSet": knowledge.criteria_sets[0].name,
                "reached": found.reached,
                "attainable": found.attainable,
                "wouldChange": [
                    {"need": need.text, "criterion": need.criterion, "to": need.to} for need in found.would_change
                ],
                "others": [_other_class(other) for other in found.others],
            },
            "criteria": [_criterion(conclusion, knowledge) for conclusion in evaluation.conclusions],
            **{name: list(section.rows) for name, section in evaluation.sections.items()},
            "differentials": [_differential(entry, knowledge) for entry in evaluation.differentials],
            "advice": [_advice(entry, knowledge) for entry in evaluation.advice],
            "used": list(evaluation.used),
            "excluded": [excluded_row(row) for row in evaluation.excluded],
        },
    }


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """The cards of a CDS Hooks call, what was concluded behind them, and the references of the resources used."""

    cards: list[dict[str, object]]
    concluded: Advised
    used: Sequence[str]


def checked(concluded: Advised, knowledge: Knowledge) -> Mapping[str, object]:
    """What was looked at, so that an answer without a card can be told from one that looked at nothing."""
    unseen = {row.resource: row for row in concluded.excluded if row.reason in (UNSEEN, PARTIAL)}
    left_out = {row.resource for row in concluded.excluded} - unseen.keys()
    not_seen = {"notSeen": [name.removeprefix("prefetch/") for name in unseen]} if unseen else {}
    return {
        "asOf": concluded.as_of,
        "knowledge": {"id": knowledge.id, "version": knowledge.version},
        "notUsed": len(left_out),
        **not_seen,
    }


def evidence_of(rule_id: str, concluded: Advised, knowledge: Knowledge) -> Mapping[str, object]:
    """What a card rests on that this rule leads, as data: nothing null or empty in it, at most 16 KiB."""
    rule = knowledge.criterion(rule_id)
    if rule.reaches and isinstance(concluded, Evaluation):
        rows = _of_class(concluded, knowledge)
    else:
        rows = _of_advice(rule.joins, rule.id, concluded, knowledge)
    return _fitting({"rule": rule.id}, [(name, filled) for name, row in rows if (filled := _filled(row))])


def _of_class(concluded: Evaluation, knowledge: Knowledge) -> list[tuple[str, object]]:
    found = concluded.classification
    known = [each for each in concluded.conclusions if each.verdict is not Verdict.UNKNOWN]
    return [
        ("classification", {"reached": found.reached, "attainable": found.attainable}),
        *(("criteria", _criterion(each, knowledge)) for each in known),
        *((name, row) for name, section in concluded.sections.items() for row in section.rows),
    ]


def _of_advice(joins: str, rule_id: str, concluded: Advised, knowledge: Knowledge) -> list[tuple[str, object]]:
    """The rows of a rule, and of those that join the same card."""

    def is_of_card(entry: Advice) -> bool:
        other = knowledge.criterion(entry.conclusion.criterion)
        return other.id == rule_id or bool(joins and other.joins == joins)

    listed = concluded.differentials if isinstance(concluded, Evaluation) else ()
    rows: list[tuple[str, object]] = [
        ("advice", _advice(each, knowledge)) for each in concluded.advice if is_of_card(each)
    ]
    return [*rows, *(("differentials", _differential(each, knowledge)) for each in listed if is_of_card(each))]


def _fitting(first: dict[str, object], rows: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    """The rows by name, as many from the first on as fit; ``leftOut`` says how many did not."""
    made, size, left_out = dict(first), _ROOM_FOR_NAMES, 0
    lists: dict[str, list[object]] = {}
    for name, row in rows:
        size += len(orjson.dumps(row)) + 1
        if size > _MOST_BYTES:
            left_out += 1
        elif name == "classification":
            made[name] = row
        else:
            lists.setdefault(name, []).append(row)
    return {**made, **lists, **({"leftOut": left_out} if left_out else {})}


def _filled(value: object) -> object:
    """The value without anything null or empty in it; ``None`` where nothing is left."""
    if isinstance(value, Mapping):
        kept = {key: filled for key, item in value.items() if (filled := _filled(item)) is not None}
        return kept or None
    if isinstance(value, list | tuple):
        return [filled for item in value if (filled := _filled(item)) is not None] or None
    return None if value == "" else value


def excluded_row(row: Excluded) -> Mapping[str, object]:
    """One entry of ``excluded``."""
    return {"resource": row.resource, "reason": told_as(row), "detail": row.detail}


# The words of a row's reason; a sender's limit and a caller's budget have theirs from where they are kept.
TOLD_REASONS = tuple(sorted({*(_TOLD_AS.get(reason, reason) for reason in REASONS), "over-limit", "budget"}))


def told_as(row: Excluded) -> str:
    """The reason of a row in the word that the outside knows."""
    return _TOLD_AS.get(row.reason, row.reason)


def _other_class(other: OtherClass) -> Mapping[str, object]:
    return {
        "criteriaSet": other.criteria_set,
        "reached": other.reached,
        "attainable": other.attainable,
        "differsBecause": other.differs_because,
    }


def _criterion(conclusion: Conclusion, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(conclusion.criterion)
    return {
        "id": criterion.id,
        "label": label(criterion),
        "kind": criterion.kind,
        "verdict": conclusion.verdict.value,
        "why": conclusion.why,
        "evidence": list(conclusion.evidence),
        "source": str(criterion.source),
    }


def _differential(entry: Advice, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(entry.conclusion.criterion)
    return {
        "id": criterion.id,
        "label": criterion.title,
        "reasons": list(entry.reasons),
        "evidence": list(entry.conclusion.evidence),
        "source": str(criterion.source),
    }


def _advice(entry: Advice, knowledge: Knowledge) -> Mapping[str, object]:
    criterion = knowledge.criterion(entry.conclusion.criterion)
    # Orders that make one course are judged as one: then the first is the order, and all are listed.
    orders = entry.about.split(", ") if entry.about else []
    concerned = {"order": orders[0]} if orders else {}
    several = {"orders": orders} if len(orders) > 1 else {}
    return {
        "id": criterion.id,
        "label": criterion.title,
        "severity": criterion.card.indicator if criterion.card else "info",
        "values": dict(entry.values),
        "source": str(criterion.source),
        "evidence": list(entry.conclusion.evidence),
        **concerned,
        **several,
    }
