"""The one card about the diagnosis."""

import uuid

from service.cards.details import detail, label
from service.cards.suggestions import suggestions_for
from service.cards.text import shortened, visible
from service.domain.conclusions import Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import Excluded
from service.knowledge.cards import PLACEHOLDER_LENGTHS, SUMMARY_LIMIT
from service.knowledge.model import Criterion, Knowledge

TOPIC_SYSTEM = "https://mmn-cds.example.org/fhir/CodeSystem/card-topic"
_UNUSABLE = ("invalid", "other-patient", "no-subject", "modifier-extension", "side")
_REASONS_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
_OVERRIDE_REASONS = {
    "cds-not-applicable": "Not applicable to this patient",
    "recipient-disagrees-evidence": "Disagrees with the evidence",
    "action-completed": "Already done",
    "patient-refuses": "Patient declines",
    "service-not-available": "Study or test not available",
}


def cards_for(evaluation: Evaluation, knowledge: Knowledge) -> list[dict[str, object]]:
    """The cards of one evaluation (CDS Hooks 2.0.1): none when nothing in the chart points to MMN.

    Where data that could have pointed to it had to be left out, one card says so: silence would look like "nothing".
    """
    outcome = _outcome(evaluation)
    return [_card(outcome, evaluation, knowledge)] if outcome else []


def _outcome(evaluation: Evaluation) -> str:
    if evaluation.verdicts["relevance.points_to_mmn"] is not Verdict.MET:
        return "unusable" if _unusable(evaluation) else ""
    found = evaluation.classification
    if found.reached != "none":
        return found.reached
    return "open" if found.attainable != "none" else "not_met"


def _card(outcome: str, evaluation: Evaluation, knowledge: Knowledge) -> dict[str, object]:
    text = knowledge.cards[outcome]
    words = _words(outcome, evaluation, knowledge)
    source = knowledge.sources[knowledge.criterion("diagnosis.definite").source.source.id]
    card: dict[str, object] = {
        "uuid": str(uuid.uuid4()),
        "summary": shortened(text.summary.format(**words), SUMMARY_LIMIT),
        "indicator": text.indicator,
        "detail": detail(text.says.format(**words), evaluation, knowledge),
        "source": {
            "label": f"{knowledge.guideline}; rules {knowledge.id} {knowledge.version}",
            "topic": {"system": TOPIC_SYSTEM, "code": topic(outcome), "display": f"MMN diagnosis: {outcome}"},
        },
        "overrideReasons": [
            {"system": _REASONS_SYSTEM, "code": code, "display": display} for code, display in _OVERRIDE_REASONS.items()
        ],
    }
    if source.url:
        card["links"] = [{"label": f"{knowledge.guideline} (publisher)", "url": source.url, "type": "absolute"}]
    if suggested := suggestions_for(evaluation, knowledge):
        card |= {"suggestions": suggested, "selectionBehavior": "any"}
    return card


def topic(outcome: str) -> str:
    """The stable, alphanumeric topic code of an outcome: an override stays remembered for this outcome only."""
    return "mmnDiagnosis" + "".join(part.capitalize() for part in outcome.split("_"))


def _words(outcome: str, evaluation: Evaluation, knowledge: Knowledge) -> dict[str, str]:
    grades = {"definite"} if outcome == "definite" else {"definite", "probable"}
    nerves = dict.fromkeys(
        f"{graded.segment.side} {graded.segment.nerve}" for graded in evaluation.segments if graded.grade in grades
    )
    exclusions = [label(criterion) for criterion in _exclusions(evaluation, knowledge)]
    missing = len(_unusable(evaluation)) if outcome == "unusable" else evaluation.classification.missing
    return {
        "nerves": _cut("nerves", f"conduction block, {', '.join(nerves)}"),
        "criteria": _cut("criteria", ", ".join(exclusions)),
        "missing": _cut("missing", f"{missing} item{'' if missing == 1 else 's'}"),
        "attainable": evaluation.classification.attainable,
    }


def _unusable(evaluation: Evaluation) -> list[Excluded]:
    return [row for row in evaluation.excluded if row.reason in _UNUSABLE and (row.relevant or row.reason == "side")]


def _exclusions(evaluation: Evaluation, knowledge: Knowledge) -> list[Criterion]:
    criteria = [knowledge.criterion(conclusion.criterion) for conclusion in evaluation.conclusions]
    met = [criterion for criterion in criteria if evaluation.verdicts[criterion.name] is Verdict.MET]
    return [criterion for criterion in met if criterion.kind == "exclusion"]


def _cut(placeholder: str, text: str) -> str:
    return visible(text, PLACEHOLDER_LENGTHS[placeholder])
