"""The terms in which rules are written: sources, thresholds, facts, and conditions that hold these together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Source:
    """A paper or document; ``short`` is how cards name it."""

    id: str
    short: str
    citation: str
    year: int
    url: str | None


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A place in a source; ``certainty`` says how sure we are of what was taken from it (rules/README.md)."""

    source: Source
    at: str
    certainty: str

    def __str__(self) -> str:
        return f"{self.source.id}, {self.at} [{self.certainty}]"

    @property
    def in_words(self) -> str:
        """For a reader: "EFNS/PNS 2010, supportive criteria (second hand)"."""
        marked = "" if self.certainty == "found" else f" ({self.certainty.replace('_', ' ')})"
        return f"{self.source.short}, {self.at}{marked}"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of the guideline; it stands once, in ``thresholds/``."""

    name: str
    value: Fraction
    unit: str
    step: Fraction
    says: str
    source: SourceRef


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A word that rules may use. ``words`` lists the allowed values; empty means a number in ``unit``.

    ``of`` is ``patient`` or ``motor_segment``. ``label`` is its name for readers. ``known_only_if`` names
    criteria of an earlier stage that must be met, else the fact counts as unknown. ``ask`` says, for a
    person, what would make it known; ``{wanted}`` in it is filled in. ``short`` names that on a card.
    ``tally_of`` names criteria that the fact counts: those met are sure, the unknown ones possible. ``can_grow``: a
    count over what was studied that
    further study can raise. ``covered_by``: criteria whose own missing data would answer this fact too.
    ``raised_by``: criteria of which one that is met raises this flag; it is never unknown. ``tells_why``: a card
    shows beside its value what it was made of. ``counts_only``: a count that takes nothing else into account.
    ``computed_with``: thresholds that its arithmetic reads. ``feature``: how a summary names it; it may
    hold its own ``{value}``, or another fact, in whose place this one's word stands where that is unknown,
    and ``{why}``. ``reads_as``: words that people have other words for.
    """

    name: str
    of: str
    words: tuple[str, ...]
    unit: str | None
    means: str
    label: str = ""
    known_only_if: tuple[str, ...] = ()
    ask: str = ""
    short: str = ""
    can_grow: bool = False
    tally_of: tuple[str, ...] = ()
    does_not_count: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    raised_by: tuple[str, ...] = ()
    tells_why: bool = False
    counts_only: tuple[str, ...] = ()
    computed_with: tuple[str, ...] = ()
    feature: str = ""
    reads_as: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def in_short(self) -> str:
        """What a card says is missing where this is not known."""
        return self.short or self.label


@dataclass(frozen=True, slots=True)
class Test:
    """``fact operator operand``: the operand is a word for ``is``/``is_not``, else a threshold."""

    fact: str
    operator: str
    operand: "str | Threshold"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: "tuple[Condition, ...]"


Condition = Test | All | Any


def tests_in(condition: Condition) -> Iterator[Test]:
    """Every test of a condition, in the order written."""
    if isinstance(condition, Test):
        yield condition
    else:
        for part in condition.parts:
            yield from tests_in(part)
