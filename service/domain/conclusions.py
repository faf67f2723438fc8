"""Verdicts, and the conclusions that carry them."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from service.domain.facts import Correction
from service.domain.immutable import immutable


class Verdict(StrEnum):
    """The answer to a criterion. Unknown is neither met nor not met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@immutable
class Conclusion:
    """One criterion's verdict, why, and the references of the resources it rests on."""

    criterion: str
    verdict: Verdict
    why: str
    evidence: tuple[str, ...]


@immutable
class Draft:
    """An order that a card offers to write: in short and in words, and the resource."""

    label: str
    words: str
    order: Mapping[str, object]


@immutable
class Advice:
    """A rule that is met and has something to say; ``about`` is the order it concerns, when it concerns one.

    ``values`` are the facts it rests on, by name, in words. ``reasons``: one by one, why a differential diagnosis
    is listed; ``features``: those that a summary names. ``is_general``: it rests on nothing but what many have.
    ``corrected``: that order with its dose put right.
    ``whys``: why those facts are what they are. ``draft``: the order that its card offers.
    ``may_be_deleted``: the order it is about may be deleted by its card.
    ``checks``: what the rules on orders say of the order that its card would offer. ``called``: what the order it is
    about is of, in the words of the order.
    """

    conclusion: Conclusion
    values: Mapping[str, str]
    about: str = ""
    reasons: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    is_general: bool = False
    corrected: Correction | None = None
    whys: Mapping[str, str] = field(default_factory=dict)
    draft: Draft | None = None
    may_be_deleted: bool = False
    checks: "tuple[Advice, ...]" = ()
    called: str = ""


@immutable
class Need:
    """One missing item: what is needed, in words, for which criterion, and the class it helps to reach.

    ``short``: the same as a card names it, in clinical words.
    ``is_new``: not only missing, it has yet to be found. ``counts``: 0 for one of several choices beyond
    those that are needed, so that the counts of a list add up to the number of items it takes. ``is_instead``: another
    way to the same class.
    """

    text: str
    criterion: str
    to: str
    is_new: bool = False
    counts: int = 1
    short: str = ""
    is_instead: bool = False


@immutable
class OtherClass:
    """What a criteria set beside the first comes to; ``differs_because``: the criteria on which the two differ."""

    criteria_set: str
    reached: str
    attainable: str
    differs_because: str


@immutable
class Classification:
    """The class by the first criteria set: every unknown counted against it, and every unknown in its favour.

    ``unmet``: where no class is attainable, what stands in the way of the nearest, in words.
    """

    reached: str
    attainable: str
    would_change: tuple[Need, ...]
    others: tuple[OtherClass, ...] = ()
    unmet: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """How many items it takes to reach the class attainable."""
        return sum(need.counts for need in self.would_change if need.to == self.attainable)
