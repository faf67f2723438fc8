"""Facts: what is known of a patient or a nerve segment, exactly, and where it comes from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from service.domain.immutable import immutable


@immutable
class Range:
    """A number known to lie from ``low`` to ``high``, both included; ``None`` is an open end.

    A measured value is a range of one point. A count over partly readable data is a sure minimum
    and a possible maximum.
    """

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def exactly(cls, number: Fraction | int) -> "Range":
        """The range that holds one number."""
        value = number if isinstance(number, Fraction) else Fraction(number)
        return cls(value, value)

    @classmethod
    def between(cls, low: Fraction | int, high: Fraction | int) -> "Range":
        """The range from one number to another, both included."""
        return cls(Fraction(low), Fraction(high))


Value = str | Range


@immutable
class Fact:
    """One fact; ``value`` is a word, a range, or ``None`` for unknown (never "absent", never "normal").

    ``evidence``: references of the resources it rests on, such as ``Observation/o1``.
    ``why``: in words, what it was made of, or why it is unknown.
    ``flags``: short kebab-case marks for the reader, such as ``contradiction``.
    ``missing``: what would make it known or larger, in words, most useful first.
    """

    value: Value | None
    evidence: tuple[str, ...] = ()
    why: str = ""
    flags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


# Why a result that is not final yet does not count.
PRELIMINARY = "status preliminary: counts as unknown until final"
# How what is missing begins where a result is there and not final yet.
FINAL_REPORT = "final report"
# The reason of a row that stands for everything behind a query whose answer was not to be had.
UNSEEN = "not-available"
# The same where a part of it came.
PARTIAL = "partial"
# Its code, or the system of its code, means nothing here.
MEANS_NOTHING = ("unmapped", "system")
# The reason of what stands in the record as text only.
TEXT_ONLY = "text-only"


# Why a resource, or a part of it, is not used. The result has fewer words for them: docs/excluded.md.
REASONS = (
    *("other-patient", "no-subject", "status", "unit", "unmapped", "invalid", "superseded", "future"),
    *("modifier-extension", "data-absent", "comparator", "side", "implausible", "wrong-analyte", "older"),
    *("not-evidence", "contradiction", UNSEEN, PARTIAL, "not-r4", TEXT_ONLY, "system", "recalled"),
)


@immutable
class Excluded:
    """One resource, or one part of it, that was not used, and why.

    ``reason`` is one of ``REASONS``.
    ``relevant``: its code is one that rules read, so that leaving it out could change an answer; of what only qualifies
    other things, such as a weight, that holds beside these alone.
    ``detail`` names the element and the fix; it never repeats patient text. ``called``: what a card calls it, where it
    is told by name.
    """

    resource: str
    reason: str
    detail: str = ""
    relevant: bool = field(default=False, compare=False)
    called: str = field(default="", compare=False)


@immutable
class Correction:
    """A whole order as it would be with another dose; ``words``: what changes to what, ``label``: the same in short.

    ``facts``: what the order would come to, in place of the facts of the same names on the order as it is.
    """

    order: Mapping[str, object]
    words: str
    label: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@immutable
class OrderFacts:
    """One order that is being written, with what is known of it; ``reference`` such as ``MedicationRequest/d1``.

    ``may_be_deleted``: it is a draft of the call, and nothing shows that the drug was taken before.

    Orders that make one course together stand in one, with all their references. ``proposed``: makes
    the orders that could stand in its place, the nearest to it first; whether one is offered is for the rules to judge.
    ``called``: what it is of, in the words of the order.
    """

    reference: str
    facts: dict[str, Fact]
    proposed: Callable[[], Iterable[Correction]] = tuple
    may_be_deleted: bool = False
    called: str = ""


@dataclass(slots=True)
class FactSheet:
    """All that was read for one patient: facts by name, and what was left out."""

    facts: dict[str, Fact] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)
