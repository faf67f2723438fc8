"""Why a verdict is what it is, in words, and the resources it rests on."""

from collections.abc import Mapping

from service.domain.conclusions import Conclusion, Verdict
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


def _reason(name: str, fact: Fact, knowledge: Knowledge) -> str:
    definition = knowledge.facts[name]
    stated = f"{definition.label}: {valued(fact.value, definition)}"
    flagged = f" [{', '.join(fact.flags)}]" if fact.flags else ""
    return f"{stated} ({fact.why}){flagged}" if fact.why else stated + flagged
