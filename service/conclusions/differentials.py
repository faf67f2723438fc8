"""Differential diagnoses: why each is listed, and which is the most urgent."""

from collections.abc import Iterable, Iterator, Mapping

from service.conclusions.features import features_of
from service.conclusions.reasons import JudgeOf, Sheet, reason
from service.domain.conclusions import Advice, Conclusion, Verdict
from service.domain.facts import Fact
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import Condition, Test, tests_in
from service.knowledge.words import valued

# That nobody noted something is no reason for anything.
_NO_NEWS = "not_on_record"


class Differentials:
    """The differential diagnoses of one patient: why each is listed, and the most urgent first."""

    _URGENCY = ("critical", "warning", "info", "")

    def __init__(self, knowledge: Knowledge, judge_of: JudgeOf, facts: Mapping[str, Fact], sheet: Sheet) -> None:
        """``sheet``: the values of the facts, and the verdicts that are known."""
        self._knowledge = knowledge
        self._judge_of = judge_of
        self._facts = facts
        self._sheet = sheet

    def ranked(self, met: Iterable[Criterion]) -> tuple[Advice, ...]:
        """What the rules that are met say: by urgency, then by the number of reasons, then as the file has them."""
        told = [(rule, self._explained(rule)) for rule in met]
        return tuple(advice for _, advice in sorted(told, key=lambda pair: self._rank(*pair)))

    def _rank(self, rule: Criterion, advice: Advice) -> tuple[int, int]:
        return self._URGENCY.index(rule.card.indicator if rule.card else ""), -len(advice.reasons)

    def _explained(self, rule: Criterion) -> Advice:
        """Only what speaks for it is a reason; of an ``any`` that is met, the parts that hold."""
        tests = [test for condition in (rule.when, *rule.supported_by) for test in self._holding(condition)]
        names = dict.fromkeys(test.fact for test in tests)
        known = {name: self._facts[name] for name in names if name in self._facts and _is_news(self._facts[name])}
        shown = {name: self._facts[name] for name in rule.shows if name in self._facts and self._facts[name].value}
        evidence = dict.fromkeys(reference for fact in known.values() for reference in fact.evidence)
        reasons = tuple(reason(self._knowledge.facts[name], fact, flagged=False) for name, fact in known.items())
        values = {name: valued(fact.value, self._knowledge.facts[name]) for name, fact in (known | shown).items()}
        conclusion = Conclusion(rule.name, Verdict.MET, "; ".join(reasons), tuple(evidence))
        features = features_of(known, self._facts, self._knowledge)
        whys = {name: fact.why for name, fact in (known | shown).items()}
        return Advice(conclusion, values, reasons=reasons, features=features, whys=whys)

    def _holding(self, condition: Condition) -> Iterator[Test]:
        """The tests on facts that make a condition true; none when it is not."""
        if not self._judge_of(condition)(self._sheet):
            return
        if not isinstance(condition, Test):
            for part in condition.parts:
                yield from self._holding(part)
        elif condition.fact in self._knowledge.criteria:
            yield from self._behind(self._knowledge.criteria[condition.fact], str(condition.operand))
        else:
            yield condition

    def _behind(self, criterion: Criterion, verdict: str) -> Iterator[Test]:
        """The tests that gave a criterion its verdict; one without a kind is a gate and no reason."""
        if criterion.kind and verdict == Verdict.MET.value:
            yield from self._holding(criterion.when)
        elif criterion.kind:
            yield from (test for test in tests_in(criterion.when) if self._judge_of(test)(self._sheet) is False)


def _is_news(fact: Fact) -> bool:
    return fact.value != _NO_NEWS
