"""Verdicts and the conclusions that carry them."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The answer to a criterion. Unknown is neither met nor not met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One criterion's verdict with the reasons and resource references it rests on."""

    id: str
    verdict: Verdict
    why: str
    evidence: tuple[str, ...]
