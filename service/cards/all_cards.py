"""Which cards an evaluation gives, most urgent first; the policy is in docs/alert-policy.md."""

from collections.abc import Mapping, Sequence

from service.cards.advice import OFFER, WITH_RISKS, advice_card, leading, speaking, summary_of, topic_of
from service.cards.diagnosis import SAME_MATTER, diagnosis_card, exclusions, route_to, text_card, text_is_told, topic
from service.cards.differential import spoken_for, with_card
from service.cards.layout import ALONE, IN_COMPANY, Detail
from service.domain.conclusions import Advice, Verdict
from service.domain.evaluation import Advised, Evaluation
from service.knowledge.model import Criterion, Knowledge

_URGENCY = ("critical", "warning", "info")


def cards_for(evaluation: Evaluation, knowledge: Knowledge, *, of_chart: bool = False) -> list[dict[str, object]]:
    """The cards of one evaluation (CDS Hooks 2.0.1), ranked by urgency; none when there is nothing to say.

    ``of_chart``: nobody is writing an order now, so that those in force have a card only where it is no information.
    """
    if evaluation.verdicts[knowledge.face.policy.over] is Verdict.MET:
        return [] if of_chart else order_cards(evaluation, knowledge)
    differentials = with_card(evaluation, knowledge)
    told = spoken_for(differentials, knowledge)
    on_orders = _on_orders(evaluation, knowledge, of_chart=of_chart)
    made = _advice_cards(
        [*differentials, *(entry for entry in evaluation.advice if not entry.about)], evaluation, knowledge
    )
    # One matter, one card: where these cards speak for all that excludes the class, it has none of its own.
    if not (made and _are_told(exclusions(evaluation, knowledge), told)) and not _is_out(evaluation, made):
        made.insert(0, diagnosis_card(evaluation, knowledge, told))
    elif text_is_told(evaluation, knowledge):
        made.append(text_card(evaluation, knowledge))
    return _ranked([*on_orders, *made])


def _are_told(found: Sequence[str], told: set[str]) -> bool:
    return bool(found) and told.issuperset(found)


def _is_out(evaluation: Evaluation, made: Sequence[dict[str, object] | None]) -> bool:
    """Whether no class is attainable beside what is urgent: that says enough."""
    is_urgent = any(card is not None and card["indicator"] == _URGENCY[0] for card in made)
    return is_urgent and evaluation.classification.attainable == "none"


def _on_orders(evaluation: Evaluation, knowledge: Knowledge, *, of_chart: bool) -> list[dict[str, object] | None]:
    told = [entry for entry in evaluation.advice if entry.about]
    if not of_chart:
        return _advice_cards(told, evaluation, knowledge)
    if evaluation.verdicts[knowledge.face.policy.likely] is not Verdict.MET:
        return []
    # Precautions belong to the moment when an order is written.
    told = [
        entry
        for entry in told
        if knowledge.criterion(entry.conclusion.criterion).joins != knowledge.face.policy.when_written
    ]
    return [card for card in _advice_cards(told, evaluation, knowledge) if card and card["indicator"] != "info"]


def order_cards(evaluation: Advised, knowledge: Knowledge) -> list[dict[str, object]]:
    """Only the cards about orders, ranked by urgency."""
    on_orders = [entry for entry in evaluation.advice if entry.about]
    alone = [entry for entry in on_orders if entry.conclusion.criterion == knowledge.face.policy.told_when_over]
    return _ranked(_advice_cards(alone or on_orders, evaluation, knowledge))


def topics(knowledge: Knowledge) -> dict[str, str]:
    """The topic of every card that can be made, and the id of the rule that leads it."""
    rules = [criterion for criterion in knowledge.criteria.values() if criterion.card is not None]
    with_risks = {topic_of(rule) + WITH_RISKS: rule.id for rule in rules if rule.suggests == OFFER}
    classes = {
        topic(outcome, knowledge): route_to(outcome, knowledge).id
        for outcome in knowledge.cards
        if outcome not in SAME_MATTER
    }
    return classes | {topic_of(rule): rule.id for rule in rules} | with_risks


def indicators(knowledge: Knowledge) -> dict[str, str]:
    """The urgency that cards of each topic have, before the case at hand raises it."""
    rules = [criterion for criterion in knowledge.criteria.values() if criterion.card is not None]
    led = {topic_of(rule): rule.card.indicator for rule in rules if rule.card}
    with_risks = {topic_of(rule) + WITH_RISKS: "warning" for rule in rules if rule.suggests == OFFER}
    classes = {
        topic(outcome, knowledge): text.indicator
        for outcome, text in knowledge.cards.items()
        if outcome not in SAME_MATTER
    }
    return classes | led | with_risks


def _advice_cards(
    entries: Sequence[Advice], evaluation: Advised, knowledge: Knowledge
) -> list[dict[str, object] | None]:
    """One card for each group of rules that are met about one matter, and one for what is said of several orders."""
    told = [(knowledge.criterion(entry.conclusion.criterion), entry) for entry in speaking(entries, knowledge)]
    withheld = next((rule.withholds for rule, _ in told if rule.withholds), "")
    groups: dict[tuple[str, str], list[Advice]] = {}
    for rule, entry in told:
        if rule.card is not None:
            matter = _matter(rule, withheld)
            # Rules that join others speak of one order and its dose; any other says the same of every order.
            groups.setdefault(
                (matter, summary_of(entry, knowledge) if matter == rule.name else entry.about), []
            ).append(entry)
    return [
        advice_card(group, evaluation, knowledge)
        for group in _led_alike(groups, knowledge)
        if not all(knowledge.criterion(entry.conclusion.criterion).only_beside_others for entry in group)
    ]


def _led_alike(groups: Mapping[tuple[str, str], list[Advice]], knowledge: Knowledge) -> list[list[Advice]]:
    """The groups; those about one matter that are led by the same words, on several orders, are one."""
    alike: dict[tuple[str, str], list[Advice]] = {}
    for (matter, _), group in groups.items():
        alike.setdefault((matter, summary_of(leading(group, knowledge), knowledge)), []).extend(group)
    return list(alike.values())


def _matter(rule: Criterion, withheld: str) -> str:
    """What a rule's card is about; all that is withheld is one matter, whatever it was before."""
    if withheld and (rule.withholds or rule.checked_by or rule.joins == OFFER):
        return withheld
    return rule.joins or rule.name


def _ranked(made: Sequence[dict[str, object] | None]) -> list[dict[str, object]]:
    """By severity; among cards of one severity those with a button first, as a button far down is not seen.

    Several cards share one screen, and each has less room.
    """
    cards = [card for card in made if card]
    room = IN_COMPANY if len(cards) > 1 else ALONE
    for card in cards:
        card["detail"] = detail.markdown(room) if isinstance(detail := card["detail"], Detail) else detail
    return sorted(cards, key=lambda card: (_URGENCY.index(str(card["indicator"])), "suggestions" not in card))
