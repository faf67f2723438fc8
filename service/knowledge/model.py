"""The shapes that the rest of the service reads: thresholds, facts, conditions, criteria."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Source:
    """A paper or document; ``mark`` says how sure we are of what we took from it."""

    id: str
    citation: str
    year: int
    url: str | None


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A place in a source, with the evidence grade or mark the place deserves."""

    source: Source
    at: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.source.id}, {self.at}" + (f" [{self.evidence}]" if self.evidence else "")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of the guideline; it stands once, in ``thresholds.yaml``."""

    name: str
    value: Fraction
    unit: str
    step: Fraction
    says: str
    source: SourceRef


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A word that rules may use. ``words`` lists the allowed values; empty means a number in ``unit``.

    ``of`` is ``patient`` or ``motor_segment``. ``known_only_if`` names criteria of an earlier stage that
    must be met, else the fact counts as unknown. ``ask`` says, for a person, what would make it known.
    ``favourable`` maps each condition's wanted word to a phrase for the list of what would change the class.
    """

    name: str
    of: str
    words: tuple[str, ...]
    unit: str | None
    means: str
    known_only_if: tuple[str, ...] = ()
    ask: str = ""
    can_grow: bool = False


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


@dataclass(frozen=True, slots=True)
class Criterion:
    """One judged statement. ``id`` is its path, such as ``mmn.conduction_block.definite``.

    ``name`` is the id without the rule pack, as other rules write it: ``conduction_block.definite``.
    ``code`` is the guideline's own short name (C1, E2a, S4) when it has one.
    """

    id: str
    name: str
    of: str
    title: str
    says: str
    when: Condition
    source: SourceRef
    code: str = ""
    kind: str = ""
    beware: str = ""
    brief: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Criteria that are judged together, on objects of one kind; it reads only earlier stages' verdicts."""

    name: str
    of: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A whole rule pack, cross-checked."""

    id: str
    version: str
    hash: str
    criteria_set: str
    sources: Mapping[str, Source]
    thresholds: Mapping[str, Threshold]
    facts: Mapping[str, FactDefinition]
    stages: tuple[Stage, ...]

    def criterion(self, name: str) -> Criterion:
        """The criterion of this name or full id; KeyError when there is none."""
        for stage in self.stages:
            for criterion in stage.criteria:
                if name in (criterion.name, criterion.id):
                    return criterion
        raise KeyError(name)
