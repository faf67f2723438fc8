"""Cards of rules that are met: differential diagnoses, orders, follow-up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from service.cards.layout import Detail, provenance
from service.cards.order_suggestions import order_suggestions
from service.cards.parts import card
from service.cards.text import capital, visible
from service.cards.unseen import in_part, of_somebody_else
from service.domain.conclusions import Advice
from service.domain.evaluation import Advised
from service.knowledge.cards import (
    FEATURES,
    FEATURES_LENGTH,
    MORE_FEATURES_LENGTH,
    SHORT_WHY_LENGTH,
    SUMMARY_LIMIT,
    VALUE_LENGTH,
    WHY,
    WHY_LENGTH,
    placeholders,
)
from service.knowledge.model import CardText, Criterion, Knowledge
from service.knowledge.terms import FactDefinition

_URGENCY = ("critical", "warning", "info")
# On a card they would read as looked for and absent; they only mean that the record does not show it.
_SAY_NOTHING = ("not shown", "0", "usable")
_PRESENT = "present"
_MOST_SHOWN, _SEVERAL = 6, 2
# That something is there, or was not found, is told by the texts where it matters.
_NO_NEWS = ("on record", "not on record", "known", "not known")
# What a rule suggests when its card holds a draft of a new order.
OFFER = "first_course"
# An override of the card without risks must not hide the one with them.
WITH_RISKS = "WithRisks"
_Told = tuple[Criterion, CardText, Advice]


def advice_card(entries: Sequence[Advice], evaluation: Advised, knowledge: Knowledge) -> dict[str, object] | None:
    """The card of rules that are met about one matter (CDS Hooks 2.0.1); ``None`` when none of them has one.

    The most urgent one gives indicator, source and summary; others as urgent are named after it.
    """
    told = _told(entries, knowledge)
    if not told:
        return None
    first, text, leading = told[0]
    checks = _told(speaking([check for _, _, entry in told for check in entry.checks], knowledge), knowledge)
    risks = [rule.title for rule, other, _ in checks if other.indicator == "warning"]
    # A risk is no news beside a draft that nobody offers; with one it makes the card more urgent.
    is_raised = bool(risks) and first.suggests == OFFER and text.indicator == "info"
    indicator = "warning" if is_raised else text.indicator
    made = card(
        summary=_summary(text, leading, _once(_also(told, risks, indicator))),
        indicator=indicator,
        detail=_detail(told, checks, evaluation, knowledge),
        topic=(topic_of(first) + (WITH_RISKS if is_raised else ""), first.title),
        source=first.source,
        knowledge=knowledge,
    )
    offered = [(rule, entry) for rule, _, entry in told if not _is_withheld(rule, told)]
    if suggested := order_suggestions(offered, evaluation):
        made |= {"suggestions": suggested, "selectionBehavior": "any"}
    return made


def leading(entries: Sequence[Advice], knowledge: Knowledge) -> Advice:
    """The entry that gives a card of these its summary; each of them has a rule with a card."""
    return _told(entries, knowledge)[0][2]


def topic_of(criterion: Criterion) -> str:
    """The stable, alphanumeric topic of a rule: ``pack.file.a_rule`` is ``packFileARule``, by the first name it had.

    A card of several rules has the topic of the one that leads it, so that an override of an info hides no warning.
    """
    pack = criterion.id.partition(".")[0]
    parts = f"{pack}.{criterion.was or criterion.name}".replace(".", "_").split("_")
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def speaking(entries: Sequence[Advice], knowledge: Knowledge) -> list[Advice]:
    """The entries without those that give way to another one on the same order."""
    met = {(entry.conclusion.criterion, entry.about) for entry in entries}
    ways = [(entry, knowledge.criterion(entry.conclusion.criterion).gives_way_to) for entry in entries]
    return [entry for entry, to in ways if not any((name, entry.about) in met for name in to)]


def _told(entries: Iterable[Advice], knowledge: Knowledge) -> list[_Told]:
    """The entries whose rules have a card, most urgent first."""
    rules = [(knowledge.criterion(entry.conclusion.criterion), entry) for entry in entries]
    told = [(rule, rule.card, entry) for rule, entry in rules if rule.card is not None]
    # Among equals, what withholds an offer stands before the offer, and what makes no card by itself leads none.
    return sorted(told, key=lambda each: (*_place(each), each[0].only_beside_others, not each[0].withholds))


def _place(told: _Told) -> tuple[int, bool, bool]:
    """What is urgent first, and among equals what this patient has before what goes with an age, such as many have."""
    rule, text, entry = told
    return _URGENCY.index(text.indicator), entry.is_general, rule.told != "first"


def _is_withheld(rule: Criterion, told: Sequence[_Told]) -> bool:
    """Whether what a rule offers or advises is checked, and another rule of the card withholds it."""
    return bool(rule.checked_by) and any(other.withholds for other, _, _ in told)


def _also(told: Sequence[_Told], risks: Sequence[str], indicator: str) -> list[str]:
    """The titles that the summary adds: what was measured and advises nothing more, risks, and others as urgent."""
    (first, _, _), *others = told
    withheld = [rule.title for rule, _, _ in others if _is_withheld(rule, told) and rule.suggests != OFFER]
    alike = [rule for rule, other, _ in others if other.indicator == indicator and _is_a_reason(rule)]
    return [*withheld, *risks, *(rule.title for rule in alike if rule.title != first.title)]


def _is_a_reason(rule: Criterion) -> bool:
    """Whether a rule is a reason for a card, and no draft that it offers nor a line beside others."""
    return rule.suggests != OFFER and not rule.only_beside_others


def _summary(text: CardText, entry: Advice, titles: Sequence[str]) -> str:
    """With all others named, where it takes that with the most telling feature alone."""
    whole = with_others(_filled(text.summary, entry, SHORT_WHY_LENGTH), titles)
    if all(title in whole for title in titles):
        return whole
    short = with_others(_filled(text.summary, _in_short(entry), SHORT_WHY_LENGTH), titles)
    return short if all(title in short for title in titles) else whole


def _in_short(entry: Advice) -> Advice:
    """The same with the most telling feature alone, without the day on which it was only recorded."""
    return replace(entry, features=tuple(each.partition(" recorded ")[0] for each in entry.features[:1]))


def summary_of(entry: Advice, knowledge: Knowledge) -> str:
    """The summary of one rule alone; empty without a card."""
    text = knowledge.criterion(entry.conclusion.criterion).card
    return _filled(text.summary, entry, SHORT_WHY_LENGTH) if text is not None else ""


def with_others(summary: str, titles: Sequence[str]) -> str:
    """A summary that names all others as well, or says how many stand below: part of a list reads like the whole."""
    named = f"{summary}; also: {', '.join(titles)}"
    if titles and len(named) > SUMMARY_LIMIT:
        return f"{summary}; {len(titles)} further point{'s'[: len(titles) != 1]} below"
    return named if titles else summary


def _filled(text: str, entry: Advice, why_length: int = WHY_LENGTH) -> str:
    """A text of a card with the values in place."""
    words = {name: _word(name, entry, why_length) for name in placeholders(text)}
    if FEATURES in words:
        words[FEATURES] = _features(entry, FEATURES_LENGTH if why_length < WHY_LENGTH else MORE_FEATURES_LENGTH)
    return capital(text.format(**words | {"order": entry.about}))


def _features(entry: Advice, longest: int) -> str:
    """As many whole features as there is room for, the first cut if need be: "extensor plantar, rapid course"."""
    first, *others = entry.features or ("",)
    told = visible(first, longest)
    for feature in others:
        longer = f"{told}, {feature}"
        told = longer if len(longer) <= longest else told
    return told


def _word(name: str, entry: Advice, why_length: int) -> str:
    if name.startswith(WHY):
        return visible(entry.whys.get(name.removeprefix(WHY), ""), why_length) or "unknown"
    return visible(entry.values.get(name, "unknown"), VALUE_LENGTH)


def _detail(told: Sequence[_Told], checks: Sequence[_Told], evaluation: Advised, knowledge: Knowledge) -> Detail:
    first, *others = [each for each in told if not _is_withheld(each[0], told)] or list(told)
    entries = [entry for _, _, entry in told]
    unused = [*in_part(evaluation.excluded), *(of_somebody_else(evaluation.excluded) if entries[0].about else ())]
    also = sorted([*others, *checks], key=_weight)
    lead, orders = _filled(first[1].says, first[2]), _orders(entries)
    headline, *in_short = (
        _filled(text.summary, _in_short(entry), SHORT_WHY_LENGTH) for _, text, entry in (first, *also)
    )
    says = [(_filled(text.says, entry), short) for (_, text, entry), short in zip(also, in_short, strict=True)]
    return Detail(
        lead=lead,
        bound=[*orders, *(said for said, _ in says if said != lead), *unused],
        in_short={said: short if short != headline else "" for said, short in says},
        points=[*_reasons(told, knowledge), *_measured(told), *_shown(told, knowledge)],
        more=[rule.beware for rule, _, _ in told if rule.beware],
        last=provenance(knowledge),
    )


def _weight(told: _Told) -> tuple[int, bool, bool, bool]:
    """What is urgent first, then what rests on the chart: what was not found gives way to what is there."""
    _, _, entry = told
    return *_place(told), not set(entry.conclusion.evidence) - {entry.about}


def _orders(entries: Sequence[Advice]) -> list[str]:
    """Which orders a card is about, where they are several; two of one name are two orders."""
    orders = {entry.about: entry.called for entry in entries if entry.about}
    if len(orders) < _SEVERAL:
        return []
    counted = Counter(filter(None, (visible(name, VALUE_LENGTH) for name in orders.values())))
    named = [name if count == 1 else f"{name} ({count} orders)" for name, count in counted.items()]
    return [f"Orders: {'; '.join(named)}."] if named else [f"Orders: {len(orders)}."]


def _reasons(told: Sequence[_Told], knowledge: Knowledge) -> list[str]:
    """What speaks for each rule, without values that its texts have and that nothing further is said of."""
    return [reason for _, text, entry in told for reason in entry.reasons if reason not in _in(text, entry, knowledge)]


def _in(text: CardText, entry: Advice, knowledge: Knowledge) -> list[str]:
    """The values in the texts of a card, as reasons have them: "CSF protein: 1.35 g/L"."""
    names = [name for name in placeholders(text.says) + placeholders(text.summary) if name in entry.values]
    return [f"{knowledge.facts[name].label}: {entry.values[name]}" for name in names]


def _measured(told: Sequence[_Told]) -> list[str]:
    """What was measured, one by one: the parts of why the facts that a rule tells are what they are."""
    whys = [entry.whys.get(name, "") for rule, _, entry in told for name in rule.tells]
    return [line for why in whys for line in why.split("; ")]


def _shown(told: Sequence[_Told], knowledge: Knowledge) -> list[str]:
    """The facts behind a card that its texts do not have: "IgA: 0.05 g/L". What a rule shows on purpose comes first.

    Facts and not verdicts, whose names hold a point: a verdict on a card would only repeat the rule. A reason tells its
    fact itself, and a rule that shows some on purpose shows no others.
    """
    behind = [
        (name, text, entry)
        for rule, text, entry in told
        for name in rule.shows or (() if entry.reasons or rule.tells else _known(entry, knowledge))
        if not any(_is_named(name, other, by, knowledge) for _, other, by in told)
    ]
    are_several = len({entry.about for _, _, entry in told}) > 1
    return [
        f"{_label(knowledge.facts[name], are_several=are_several)}: "
        f"{_with_why(name, entry.values[name], entry, knowledge)}"
        for name, text, entry in behind
        if "." not in name
        and name not in knowledge.face.policy.never_shown
        and entry.values.get(name, "0") not in _SAY_NOTHING
        if not _in_texts(name, entry.values.get(name), text)
    ][:_MOST_SHOWN]


def _label(fact: FactDefinition, *, are_several: bool) -> str:
    """The label of a fact; on a card about several orders a number of one is told as that."""
    return f"{fact.label} of each order" if are_several and fact.of == "order" else fact.label


def _in_texts(name: str, value: str | None, text: CardText) -> bool:
    """Whether the texts hold a fact itself, or by why it is present."""
    held = {*placeholders(text.says), *placeholders(text.summary)}
    return name in held or (value == _PRESENT and WHY + name in held)


def _is_named(name: str, text: CardText, entry: Advice, knowledge: Knowledge) -> bool:
    """Whether the features that a text holds tell a fact."""
    feature = knowledge.facts[name].feature if name in knowledge.facts else ""
    if not feature or FEATURES not in placeholders(text.says):
        return False
    found_by = entry.whys.get(name, "").partition("; ")[0]
    sign = entry.values.get(name, feature) if "{" in feature else found_by or feature
    return any(sign in told for told in entry.features)


def _known(entry: Advice, knowledge: Knowledge) -> list[str]:
    """The facts behind a rule, without what is lacking and words on the order, which the texts tell."""
    known = [knowledge.facts[name] for name, value in entry.values.items() if value not in _NO_NEWS]
    return [fact.name for fact in known if fact.of != "order" or fact.unit is not None]


def _with_why(name: str, value: str, entry: Advice, knowledge: Knowledge) -> str:
    why = entry.whys.get(name, "") if knowledge.facts[name].tells_why else ""
    return why if why and value == _PRESENT else f"{value} ({why})" if why else value


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
