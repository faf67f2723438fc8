"""What the conclusions on one patient's classes are drawn from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.domain.conclusions import Verdict
from service.domain.facts import Fact, Value
from service.knowledge.model import Knowledge
from service.knowledge.terms import Condition

Judge = Callable[[Mapping[str, Value | None]], bool | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One patient's facts and verdicts. ``sheet``: the values of the facts, and the verdicts that are known."""

    knowledge: Knowledge
    judge_of: Callable[[Condition], Judge]
    facts: Mapping[str, Fact]
    verdicts: Mapping[str, Verdict]
    sheet: Mapping[str, Value | None]
