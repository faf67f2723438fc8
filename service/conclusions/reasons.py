"""Why a verdict is what it is, in words, and the resources it rests on."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from service.conclusions.features import features_of
from service.domain.conclusions import Advice, Conclusion, Verdict
from service.domain.facts import Fact, Value
from service.knowledge.cards import FEATURES, placeholders
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import All, Condition, FactDefinition, Test
from service.knowledge.words import valued

_NOTHING = Fact(None)
Sheet = Mapping[str, Value | None]
JudgeOf = Callable[[Condition], Callable[[Sheet], bool | None]]


def concluded(
    criterion: str, verdict: Verdict, reads: Sequence[FactDefinition], facts: Mapping[str, Fact]
) -> Conclusion:
    """The conclusion of a criterion: each fact that it ``reads`` with its value, and all their evidence."""
    read = [(definition, facts.get(definition.name, _NOTHING)) for definition in reads]
    why = "; ".join([reason(definition, fact) for definition, fact in read])
    evidence = dict.fromkeys([reference for _, fact in read for reference in fact.evidence])
    return Conclusion(criterion, verdict, why, tuple(evidence))


def advised(
    criterion: Criterion, facts: Mapping[str, Fact], knowledge: Knowledge, judge_of: JudgeOf, about: str = ""
) -> Advice:
    """What a rule that is met has to say, with the facts that it reads and the further ones that it shows."""
    names = knowledge.facts_told(criterion.name)
    known = [(knowledge.facts[name], facts[name]) for name in names if name in facts and facts[name].value is not None]
    why = "; ".join([reason(definition, fact) for definition, fact in known])
    # What is said of an order because something is not on record rests on the order.
    cited = [reference for _, fact in known for reference in fact.evidence]
    evidence = dict.fromkeys(cited or (about.split(", ") if about else []))
    values = {
        definition.name: valued(fact.value, definition, knowledge.limits_in(definition.unit))
        for definition, fact in known
    }
    whys = {definition.name: fact.why for definition, fact in known}
    conclusion = Conclusion(criterion.name, Verdict.MET, why, tuple(evidence))
    held = _held(criterion, facts, judge_of)
    return Advice(
        conclusion,
        values,
        about,
        features=features_of(held, facts, knowledge),
        is_general=bool(held) and set(criterion.general) >= held.keys(),
        whys=whys,
    )


def _held(criterion: Criterion, facts: Mapping[str, Fact], judge_of: JudgeOf) -> dict[str, Fact]:
    """The facts that a rule which is met rests on; none where neither its texts nor its place ask for them."""
    card = criterion.card
    if card is None or not (criterion.general or FEATURES in placeholders(card.summary + card.says)):
        return {}
    sheet = {name: fact.value for name, fact in facts.items()}
    held = dict.fromkeys(test.fact for test in _holding(criterion.when, judge_of, sheet))
    return {name: facts[name] for name in held if name in facts}


def _holding(condition: Condition, judge_of: JudgeOf, sheet: Sheet) -> Iterator[Test]:
    """The tests that made a condition true, which is known to be true: of an ``any`` the parts that hold."""
    if isinstance(condition, Test):
        yield condition
        return
    for part in condition.parts:
        if isinstance(condition, All) or judge_of(part)(sheet):
            yield from _holding(part, judge_of, sheet)


def reason(definition: FactDefinition, fact: Fact, *, flagged: bool = True) -> str:
    """One fact with its value, why it has it, and its flags: "GM1 IgM antibodies: unknown (equivocal) [review]".

    ``flagged``: without flags it may stand on a card, where no code name belongs.
    """
    value = valued(fact.value, definition)
    explained = f" ({fact.why})" if fact.why and fact.why != value else ""
    flags = f" [{', '.join(fact.flags)}]" if fact.flags and flagged else ""
    return f"{definition.label}: {value}{explained}{flags}"
