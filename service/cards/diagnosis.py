"""The one card about the diagnosis."""

from service.cards.declares import Rule
from service.cards.details import detail, label
from service.cards.parts import card
from service.cards.suggestions import suggestions_for
from service.cards.text import visible
from service.domain.conclusions import Verdict
from service.domain.evaluation import Evaluation
from service.domain.facts import Excluded
from service.knowledge.cards import PLACEHOLDER_LENGTHS
from service.knowledge.model import Knowledge, SourceRef

_UNUSABLE = ("invalid", "other-patient", "no-subject", "modifier-extension", "side")


def diagnosis_card(evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, object] | None:
    """The card on the class; ``None`` when nothing in the chart points to the disease.

    Where data that could have pointed to it had to be left out, the card says so: silence would look like "nothing".
    ``told``: the exclusion criteria that another card speaks for; the summary leaves them out.
    """
    outcome = _outcome(evaluation)
    return _card(outcome, evaluation, knowledge, told) if outcome else None


def _outcome(evaluation: Evaluation) -> str:
    if evaluation.verdicts[Rule.POINTS_TO_MMN] is not Verdict.MET:
        return "unusable" if _unusable(evaluation) else ""
    found = evaluation.classification
    if found.reached != "none":
        return found.reached
    return "open" if found.attainable != "none" else "not_met"


def _card(outcome: str, evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, object]:
    text = knowledge.cards[outcome]
    words = _words(outcome, evaluation, knowledge, told)
    made = card(
        summary=text.summary.format(**words),
        indicator=text.indicator,
        detail=detail(text.says.format(**words), evaluation, knowledge),
        topic=topic(outcome, knowledge),
        source=_source(knowledge),
        knowledge=knowledge,
    )
    if suggested := suggestions_for(evaluation, knowledge):
        made |= {"suggestions": suggested, "selectionBehavior": "any"}
    return made


def _source(knowledge: Knowledge) -> SourceRef:
    """Where the best class of the criteria set stands that the card goes by."""
    first = knowledge.criteria_sets[0]
    return next(rule.source for rule in knowledge.routes(first) if rule.reaches == first.classes[-1])


def topic(outcome: str, knowledge: Knowledge) -> str:
    """The stable, alphanumeric topic code of an outcome: an override stays remembered for this outcome only."""
    return f"{knowledge.id}Diagnosis" + "".join(part.capitalize() for part in outcome.split("_"))


def _words(outcome: str, evaluation: Evaluation, knowledge: Knowledge, told: set[str]) -> dict[str, str]:
    named = [section.named.get(outcome, section.named.get("", "")) for section in evaluation.sections.values()]
    untold = [label(knowledge.criterion(name)) for name in exclusions(evaluation, knowledge) if name not in told]
    missing = len(_unusable(evaluation)) if outcome == "unusable" else evaluation.classification.missing
    return {
        "where": _cut("where", "; ".join(filter(None, named))),
        "criteria": _cut("criteria", ", ".join(untold)),
        "missing": _cut("missing", f"{missing} item{'' if missing == 1 else 's'}"),
        "attainable": evaluation.classification.attainable,
    }


def _unusable(evaluation: Evaluation) -> list[Excluded]:
    return [row for row in evaluation.excluded if row.reason in _UNUSABLE and (row.relevant or row.reason == "side")]


def exclusions(evaluation: Evaluation, knowledge: Knowledge) -> list[str]:
    """The names of the exclusion criteria that are met."""
    met = [shown.criterion for shown in evaluation.conclusions if evaluation.verdicts[shown.criterion] is Verdict.MET]
    return [name for name in met if knowledge.criterion(name).kind == "exclusion"]


def _cut(placeholder: str, text: str) -> str:
    return visible(text, PLACEHOLDER_LENGTHS[placeholder])
