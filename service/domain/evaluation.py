"""All that is concluded about one patient, before it is put into cards or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.conclusions import Advice, Classification, Conclusion, Verdict
from service.domain.facts import Excluded, Fact
from service.domain.grading import GradedSegment


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One patient's facts, verdicts and class. ``verdicts`` covers every criterion, ``conclusions`` those shown."""

    patient: str
    as_of: str
    facts: Mapping[str, Fact]
    verdicts: Mapping[str, Verdict]
    conclusions: tuple[Conclusion, ...]
    segments: tuple[GradedSegment, ...]
    classification: Classification
    excluded: tuple[Excluded, ...]
    differentials: tuple[Advice, ...] = ()
    advice: tuple[Advice, ...] = ()
