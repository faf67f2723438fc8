"""What the mapping files say of each score, with the numbers of the rule pack that they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from service.errors import KnowledgeError
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.knowledge.shaped import shaped
from service.subjects.anatomy.muscles import muscle_table


@dataclass(frozen=True, slots=True)
class _ScoreYaml:
    normal: Literal["maximum", "zero", "reference_range"]
    better: Literal["higher", "lower"]
    judged: Literal["both", "worse", "none"] = "both"
    called: str = ""
    maximum: str = ""
    maxima: dict[str, str] = field(default_factory=dict)
    minimal_changes: dict[str, str] = field(default_factory=dict)
    minimal_shares: dict[str, str] = field(default_factory=dict)
    has_forms: bool = False
    texts: tuple[str, ...] = ()
    sided: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """One unit a score may come in, and the smallest change in it that counts (percent when ``is_share``).

    ``maximum``: more than this cannot be measured in this unit.
    """

    unit: str
    minimal_change: Fraction
    is_share: bool
    maximum: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """One instrument. ``maximum``: of the usual form. ``normal``: maximum, zero or reference_range.

    ``is_whole``: a scale that counts whole points only. ``judged``: which of its changes count, see ``Series``.
    """

    called: str
    scales: tuple[Scale, ...]
    maximum: Fraction | None
    normal: str
    is_sided: bool
    is_lower_better: bool
    has_forms: bool
    is_whole: bool
    judged: str = "both"


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """All instruments by concept, and how senders name a side."""

    kinds: Mapping[str, ScoreKind]
    sides: Mapping[str, str]
    laterality: frozenset[str]
    synonyms: Mapping[str, str]


def score_table(mappings: Mappings, knowledge: Knowledge) -> ScoreTable:
    """Read and check every concept of the reader ``score``; KnowledgeError names concept, key and choices."""
    muscles = muscle_table(mappings)
    scores = [concept for concept in mappings.concepts.values() if concept.reader == "score"]
    kinds = {concept.name: _kind(concept, knowledge) for concept in scores}
    return ScoreTable(kinds, muscles.sides, muscles.laterality, mappings.units)


def _kind(concept: Concept, knowledge: Knowledge) -> ScoreKind:
    where = f"concepts.{concept.name}"
    score = shaped(_ScoreYaml, dict(concept.options), where, ".")
    maxima = {unit: _number(name, knowledge, where) for unit, name in score.maxima.items()}
    changes = [(unit, name, False) for unit, name in score.minimal_changes.items()]
    changes += [(unit, name, True) for unit, name in score.minimal_shares.items()]
    if not changes:
        raise KnowledgeError(f"{where}: give minimal_changes or minimal_shares, unit to threshold")
    return ScoreKind(
        called=score.called or concept.name.replace("_", " "),
        scales=tuple(
            Scale(unit, _number(name, knowledge, where), is_share, maxima.get(unit)) for unit, name, is_share in changes
        ),
        maximum=_number(score.maximum, knowledge, where) if score.maximum else None,
        normal=score.normal,
        is_sided=score.sided,
        is_lower_better=score.better == "lower",
        has_forms=score.has_forms,
        is_whole=score.whole,
        judged=score.judged,
    )


def _number(name: str, knowledge: Knowledge, where: str) -> Fraction:
    if name not in knowledge.thresholds:
        raise KnowledgeError(f"{where}: {name[:40]!r} is no threshold of thresholds/*.yaml")
    if knowledge.number(name) <= 0:
        raise KnowledgeError(f"{where}: {name} must be above zero")
    return knowledge.number(name)
