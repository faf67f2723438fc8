"""Cards of rules that are met: differential diagnoses, orders, follow-up."""

from service.cards.parts import card
from service.cards.text import bullets, escaped, table, visible
from service.domain.conclusions import Advice
from service.domain.evaluation import Evaluation
from service.knowledge.cards import VALUE_LENGTH
from service.knowledge.model import Criterion, Knowledge


def advice_card(entry: Advice, evaluation: Evaluation, knowledge: Knowledge) -> dict[str, object] | None:
    """The card of one met rule (CDS Hooks 2.0.1); ``None`` for a rule that has no card."""
    criterion = knowledge.criterion(entry.conclusion.criterion)
    if criterion.card is None:
        return None
    words = {name: visible(value, VALUE_LENGTH) for name, value in entry.values.items()} | {"order": entry.about}
    words = dict.fromkeys(knowledge.facts, "unknown") | words
    return card(
        summary=criterion.card.summary.format(**words),
        indicator=criterion.card.indicator,
        detail=_detail(criterion, entry, criterion.card.says.format(**words), evaluation, knowledge),
        topic=topic_of(criterion),
        source=criterion.source,
        knowledge=knowledge,
    )


def topic_of(criterion: Criterion) -> str:
    """The stable, alphanumeric topic of a rule: ``mmn.ivig_dose.too_high`` is ``mmnIvigDoseTooHigh``."""
    parts = criterion.id.replace(".", "_").split("_")
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def _detail(criterion: Criterion, entry: Advice, lead: str, evaluation: Evaluation, knowledge: Knowledge) -> str:
    # A reason tells its fact itself; then the table only has what the rule shows beside the reasons.
    told = [name for name in entry.values if not entry.reasons or name in criterion.shows]
    rows = [[knowledge.facts[name].label, entry.values[name]] for name in told]
    rows = [row for row in rows if not any(reason.startswith(f"{row[0]}:") for reason in entry.reasons)]
    differing = [
        f"{difference.brief_says}. Guideline and series: {difference.sources_say}. Used here: {difference.here}."
        for difference in knowledge.disagreements
        if criterion.name in difference.criteria
    ]
    parts = [
        escaped(lead, 600),
        "**Reasons**\n\n" + bullets(list(entry.reasons)) if entry.reasons else "",
        f"Concerns {escaped(entry.about)}." if entry.about else "",
        table(["What is known", "Value"], rows) if rows else "",
        f"Rests on: {escaped(', '.join(entry.conclusion.evidence), 600)}." if entry.conclusion.evidence else "",
        escaped(criterion.beware, 600),
        bullets(differing) if differing else "",
        escaped(
            f"Rule {criterion.id} {knowledge.version}, {criterion.source.in_words}; data as of {evaluation.as_of}. "
            "Not reviewed by a neurologist. Decision support only: it does not replace the judgement of a clinician.",
            600,
        ),
    ]
    return "\n\n".join(part for part in parts if part)
