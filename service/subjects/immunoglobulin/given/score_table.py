"""What the mapping files say of each score, with the numbers of the rule pack that they name."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.errors import KnowledgeError
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import text_in
from service.knowledge.model import Knowledge
from service.knowledge.near import one_of
from service.subjects.anatomy.muscles import muscle_table

_NORMAL = ("maximum", "zero", "reference_range")
_JUDGED = ("both", "worse", "none")


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
    options, where = concept.options, f"concepts.{concept.name}"
    normal = one_of(options.get("normal"), _NORMAL, f"{where}.normal")
    better = one_of(options.get("better"), ("higher", "lower"), f"{where}.better")
    judged = one_of(options.get("judged", "both"), _JUDGED, f"{where}.judged")
    maxima = {unit: _number(name, knowledge, where) for unit, name in _mapping(options.get("maxima")).items()}
    scales = tuple(
        Scale(str(unit), _number(name, knowledge, where), key == "minimal_shares", maxima.get(unit))
        for key in ("minimal_changes", "minimal_shares")
        for unit, name in _mapping(options.get(key)).items()
    )
    if not scales:
        raise KnowledgeError(f"{where}: give minimal_changes or minimal_shares, unit to threshold")
    maximum = options.get("maximum")
    return ScoreKind(
        called=text_in(options, "called") or concept.name.replace("_", " "),
        scales=scales,
        maximum=None if maximum is None else _number(maximum, knowledge, where),
        normal=normal,
        is_sided=options.get("sided") is True,
        is_lower_better=better == "lower",
        has_forms=options.get("has_forms") is True,
        is_whole=options.get("whole") is True,
        judged=judged,
    )


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _number(name: object, knowledge: Knowledge, where: str) -> Fraction:
    if not isinstance(name, str) or name not in knowledge.thresholds:
        raise KnowledgeError(f"{where}: {str(name)[:40]!r} is no threshold of thresholds/*.yaml")
    if knowledge.number(name) <= 0:
        raise KnowledgeError(f"{where}: {name} must be above zero")
    return knowledge.number(name)
