"""What a text of a rule places: only facts that the rule rests on or shows have a value there."""

from collections.abc import Iterator

from service.errors import KnowledgeError
from service.knowledge.cards import FEATURES, WHY, placeholders
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import Condition, tests_in

# The name of the order itself.
_ORDER = "order"
_DIFFERENTIAL = "differential"


def check_placed(knowledge: Knowledge) -> None:
    """KnowledgeError for a text with a fact that its rule neither reads nor shows: the card would read "unknown"."""
    for rule in knowledge.criteria.values():
        if rule.card is None:
            continue
        known = _known_to(rule, knowledge)
        for key, text in ((rule.card.indicator, rule.card.summary), ("detail", rule.card.says)):
            for name in placeholders(text):
                if name not in (_ORDER, FEATURES) and name.removeprefix(WHY) not in known:
                    where = f"{rule.file}.yaml: {rule.key}: {key}"
                    raise KnowledgeError(
                        f"{where}: the rule does not rest on {{{name}}}; read it in when, or add it to shows"
                    )


def _known_to(rule: Criterion, knowledge: Knowledge) -> frozenset[str]:
    """The facts of which an entry of the rule has values; for a differential those behind its criteria as well."""
    if rule.kind != _DIFFERENTIAL:
        return frozenset(knowledge.facts_told(rule.name))
    return frozenset((*_behind(rule.when, *rule.supported_by, knowledge=knowledge), *rule.shows))


def _behind(*conditions: Condition, knowledge: Knowledge) -> Iterator[str]:
    for test in (test for condition in conditions for test in tests_in(condition)):
        criterion = knowledge.criteria.get(test.fact)
        if criterion is None:
            yield test.fact
        elif criterion.kind:
            # One without a kind is a gate and no reason.
            yield from _behind(criterion.when, knowledge=knowledge)
