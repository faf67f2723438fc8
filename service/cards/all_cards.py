"""Which cards an evaluation gives, most urgent first; the policy is in docs/alert-policy.md."""

from service.cards.advice import advice_card
from service.cards.details import detail
from service.cards.diagnosis import diagnosis_card, exclusions
from service.cards.differential import spoken_for, with_card
from service.domain.evaluation import Evaluation
from service.knowledge.model import Knowledge

_URGENCY = ("critical", "warning", "info")


def cards_for(evaluation: Evaluation, knowledge: Knowledge) -> list[dict[str, object]]:
    """The cards of one evaluation (CDS Hooks 2.0.1), ranked by urgency; none when there is nothing to say."""
    differentials = with_card(evaluation, knowledge)
    told = spoken_for(differentials, knowledge)
    made = [advice_card(entry, evaluation, knowledge) for entry in (*differentials, *evaluation.advice)]
    found = set(exclusions(evaluation, knowledge))
    if made and made[0] and found and found <= told:
        # One matter, one card: the most urgent of these cards also holds what the diagnosis card would tell.
        made[0] |= {"detail": f"{made[0]['detail']}\n\n{detail('', evaluation, knowledge)}"}
    else:
        made.insert(0, diagnosis_card(evaluation, knowledge, told))
    return sorted((card for card in made if card), key=lambda card: _URGENCY.index(str(card["indicator"])))
