"""Evaluating again what was evaluated before, from the input that the audit kept: the same, or under other rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from service.audited import concluded_of
from service.fhir.intake.wholeness import Seen
from service.json_guard import read_json
from service.store.audit_rows import Concluded
from service.web.draft_orders import drafts_in
from service.web.response_check import topic_of

if TYPE_CHECKING:
    from service.domain.evaluation import Evaluation
    from service.evaluate import Evaluator

# An evaluation is done again as it was done: what came through the door then is not refused now.
_ENTRY_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Again:
    """One patient's evaluation done again; ``topics``: of its cards, in alphabetical order."""

    patient: str
    concluded: Concluded
    topics: Sequence[str]


def evaluated_again(content: bytes, as_of: datetime, evaluator: "Evaluator") -> list[Again]:
    """What these rules conclude of the input of a row, for each of its patients."""
    asked: Any = read_json(content)
    if "bundle" in asked:
        return _of_bundle(asked, as_of, evaluator)
    whom = asked["patient"], asked["fhirServer"], asked["resources"]
    seen = Seen(asked["unseen"], frozenset(asked["whole"]))
    if "hook" not in asked:
        return [_again(*evaluator.evaluate_chart(*whom, as_of, seen), evaluator)]
    if asked["hook"] == "patient-view":
        answer = evaluator.evaluate_prefetch(*whom, as_of, seen)
    else:
        drafts = drafts_in(asked["context"], asked["hook"], _ENTRY_LIMIT)
        answer = evaluator.evaluate_orders(*whom, drafts, as_of, seen)
    concluded = concluded_of(answer.concluded, len(answer.used), evaluator.knowledge)
    return [Again(f"Patient/{asked['patient']}", concluded, _topics(answer.cards))]


def _of_bundle(asked: Mapping[str, Any], as_of: datetime, evaluator: "Evaluator") -> list[Again]:
    made: list[Evaluation] = []
    answer: Any = evaluator.evaluate_bundle(asked["bundle"], as_of, _ENTRY_LIMIT, asked["subject"], made.append)
    results = answer.get("results", (answer,))
    return [_again(each, result, evaluator) for each, result in zip(made, results, strict=True)]


def _again(made: "Evaluation", result: Mapping[str, Any], evaluator: "Evaluator") -> Again:
    concluded = concluded_of(made, len(made.used), evaluator.knowledge)
    return Again(made.patient, concluded, _topics(result["cards"]))


def _topics(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(topic_of(card) for card in cards)
