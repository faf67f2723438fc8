"""Why a verdict is what it is, in words, and the resources it rests on."""

from collections.abc import Mapping

from service.domain.conclusions import Advice, Conclusion, Verdict
from service.domain.facts import Fact
from service.knowledge.model import Criterion, Knowledge, tests_in
from service.knowledge.words import valued

_NOTHING = Fact(None)


def concluded(criterion: Criterion, verdict: Verdict, facts: Mapping[str, Fact], knowledge: Knowledge) -> Conclusion:
    """The conclusion of one criterion: each fact it reads with its value, once, and all their evidence."""
    names = dict.fromkeys(test.fact for test in tests_in(criterion.when))
    read = {name: facts.get(name, _NOTHING) for name in names}
    why = "; ".join(_reason(name, fact, knowledge) for name, fact in read.items())
    evidence = dict.fromkeys(reference for fact in read.values() for reference in fact.evidence)
    return Conclusion(criterion.name, verdict, why, tuple(evidence))


def advised(criterion: Criterion, facts: Mapping[str, Fact], knowledge: Knowledge, about: str = "") -> Advice:
    """What a rule that is met has to say, with the facts it reads and the further ones it shows."""
    names = dict.fromkeys((*(test.fact for test in tests_in(criterion.when)), *criterion.shows))
    known = {name: facts[name] for name in names if name in facts and facts[name].value is not None}
    evidence = dict.fromkeys(reference for fact in known.values() for reference in fact.evidence)
    why = "; ".join(_reason(name, fact, knowledge) for name, fact in known.items())
    values = {name: valued(fact.value, knowledge.facts[name]) for name, fact in known.items()}
    return Advice(Conclusion(criterion.name, Verdict.MET, why, tuple(evidence)), values, about)


def _reason(name: str, fact: Fact, knowledge: Knowledge) -> str:
    definition = knowledge.facts[name]
    stated = f"{definition.label}: {valued(fact.value, definition)}"
    flagged = f" [{', '.join(fact.flags)}]" if fact.flags else ""
    return f"{stated} ({fact.why}){flagged}" if fact.why else stated + flagged
