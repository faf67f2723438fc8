"""Cards of rules that are met: differential diagnoses, orders, follow-up."""

from collections.abc import Iterable, Sequence

from service.cards.order_suggestions import order_suggestions
from service.cards.parts import card
from service.cards.text import bullets, escaped, table, visible
from service.domain.conclusions import Advice
from service.domain.evaluation import Advised
from service.knowledge.cards import VALUE_LENGTH, WHY, WHY_LENGTH, placeholders
from service.knowledge.model import CardText, Criterion, Knowledge

_URGENCY = ("critical", "warning", "info")


def advice_card(entries: Sequence[Advice], evaluation: Advised, knowledge: Knowledge) -> dict[str, object] | None:
    """The card of rules that are met about one matter (CDS Hooks 2.0.1); ``None`` when none of them has one.

    The most urgent one gives indicator, source and summary; others as urgent are named after it.
    """
    rules = [(knowledge.criterion(entry.conclusion.criterion), entry) for entry in entries]
    told = [(rule, rule.card, entry) for rule, entry in rules if rule.card is not None]
    if not told:
        return None
    told.sort(key=lambda each: _URGENCY.index(each[1].indicator))
    first, text, leading = told[0]
    also = [rule.title for rule, other, _ in told[1:] if other.indicator == text.indicator]
    summary = _filled(text.summary, leading)
    made = card(
        summary=f"{summary}; also: {', '.join(also)}" if also else summary,
        indicator=text.indicator,
        detail=_detail(told, evaluation, knowledge),
        topic=topic_of(first),
        source=first.source,
        knowledge=knowledge,
    )
    if suggested := order_suggestions([(rule, entry) for rule, _, entry in told], evaluation, knowledge):
        made |= {"suggestions": suggested, "selectionBehavior": "any"}
    return made


def topic_of(criterion: Criterion) -> str:
    """The stable, alphanumeric topic of a rule, or of the group it joins: ``mmn.file.a_rule`` is ``mmnFileARule``."""
    name = f"{criterion.id.split('.')[0]}_{criterion.joins}" if criterion.joins else criterion.id
    parts = name.replace(".", "_").split("_")
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def _filled(text: str, entry: Advice) -> str:
    """A text of a card with the values in place."""
    words = {name: _word(name, entry) for name in placeholders(text)}
    return text.format(**words | {"order": entry.about})


def _word(name: str, entry: Advice) -> str:
    if name.startswith(WHY):
        return visible(entry.whys.get(name.removeprefix(WHY), ""), WHY_LENGTH) or "unknown"
    return visible(entry.values.get(name, "unknown"), VALUE_LENGTH)


def _detail(told: Sequence[tuple[Criterion, CardText, Advice]], evaluation: Advised, knowledge: Knowledge) -> str:
    entries = [entry for _, _, entry in told]
    leads = [_filled(text.says, entry) for _, text, entry in told]
    reasons = _once(reason for entry in entries for reason in entry.reasons)
    values = _values(told, knowledge)
    rows = [[knowledge.facts[name].label, value] for name, value in values.items()]
    rows = [row for row in rows if not any(reason.startswith(f"{row[0]}:") for reason in reasons)]
    evidence = _once(reference for entry in entries for reference in entry.conclusion.evidence)
    bewares = _once(rule.beware for rule, _, _ in told if rule.beware)
    sources = _once(f"{rule.id} ({rule.source.in_words})" for rule, _, _ in told)
    parts = [
        escaped(leads[0], 600) if len(leads) == 1 else bullets(leads),
        "**Reasons**\n\n" + bullets(reasons) if reasons else "",
        f"Concerns {escaped(entries[0].about)}." if entries[0].about else "",
        table(["What is known", "Value"], rows) if rows else "",
        f"Rests on: {escaped(', '.join(evidence), 600)}." if evidence else "",
        *(escaped(beware, 600) for beware in bewares),
        f"**Where the clinical brief and the guideline differ**\n\n{bullets(differing)}"
        if (differing := _differences(told, knowledge))
        else "",
        escaped(
            f"Rules {', '.join(sources)}; version {knowledge.version}; data as of {evaluation.as_of}. "
            "Not reviewed by a neurologist. Decision support only: it does not replace the judgement of a clinician.",
            1500,
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _values(told: Sequence[tuple[Criterion, CardText, Advice]], knowledge: Knowledge) -> dict[str, str]:
    """The facts to show; a reason tells its fact itself, so beside reasons only what the rule shows on top of them.

    Facts and not verdicts, whose names hold a point: a verdict on a card would only repeat the rule.
    """
    return {
        name: _with_why(name, value, entry, knowledge)
        for rule, _, entry in told
        for name, value in entry.values.items()
        if "." not in name and (not entry.reasons or name in rule.shows)
    }


def _with_why(name: str, value: str, entry: Advice, knowledge: Knowledge) -> str:
    why = entry.whys.get(name, "") if knowledge.facts[name].tells_why else ""
    return f"{value} ({why})" if why else value


def _differences(told: Sequence[tuple[Criterion, CardText, Advice]], knowledge: Knowledge) -> list[str]:
    names = {rule.name for rule, _, _ in told}
    return [
        f"{difference.brief_says}. Guideline and series: {difference.sources_say}. Used here: {difference.here}."
        for difference in knowledge.disagreements
        if names.intersection(difference.criteria)
    ]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
