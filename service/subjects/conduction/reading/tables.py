"""The sections of ``fhir_mappings/nerve_conduction.yaml``, checked: nerves, sides, measurements, limits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Number, Texts, written, written_texts
from service.fhir.mappings.texts import unaccented
from service.fhir.mappings.word_tables import interpretation_spellings, word_table
from service.fhir.values.judging import in_every_spelling
from service.fhir.values.units import UCUM, UnitProblem, convert, is_ucum
from service.knowledge.near import one_of
from service.subjects.anatomy.muscles import SIDES, Mdc, MuscleYaml, by_threes

NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
KINDS = ("motor", "sensory")
BOOLEAN = "boolean"
# How the codes of what is measured of a muscle response begin, and the code of one site with such measurements.
RESPONSE, MOTOR_SITE = "cmap-", "motor-site"
_INTERPRETATIONS = ("normal", "low", "high", "abnormal")


def _unit(code: str) -> str:
    if code != BOOLEAN and not is_ucum(code):
        raise ValueError(f"must be a UCUM code or {BOOLEAN}")
    return code


@dataclass(frozen=True, slots=True)
class NerveYaml:
    """An entry of ``nerves``. ``branch_of``: the whole nerve."""

    mdc: tuple[Mdc, ...] = ()
    codes: Texts = ()
    names: Texts = ()
    branch_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The least and the most that an area can be of the rectangle of its amplitude and duration."""

    lowest: Number
    highest: Number

    def holds(self, area: Fraction, rectangle: Fraction) -> bool:
        """Whether an area can belong to such a response; a response without size leaves that open."""
        return not rectangle or self.lowest * rectangle <= area <= self.highest * rectangle


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementYaml:
    """An entry of ``nerve_measurements``: its unit, plausible range, and on which side it is abnormal.

    ``share_of_peak``: of an area, what it can be of amplitude times duration.
    ``limit``: a reference range on the whole Observation of a study holds for its components of this kind.
    """

    unit: Annotated[str, AfterValidator(_unit)]
    study: Literal["motor", "sensory"] | None = None
    lowest: Number | None = None
    highest: Number | None = None
    worse: Literal["low", "high"] | None = None
    limit: Literal["study"] | None = None
    share_of_peak: Share | None = None


@dataclass(frozen=True, slots=True)
class LimitYaml:
    """A limit of ``normal_limits``: the lowest that is normal, in a unit of UCUM."""

    low: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(MeasurementYaml):
    """A measurement by its name."""

    name: str

    def holds(self, number: Fraction) -> bool:
        """Whether a number can be measured."""
        # In whole numbers: to compare Fractions takes several times as long.
        numerator, denominator = number.as_integer_ratio()
        low, high = self.lowest, self.highest
        is_too_low = low is not None and numerator * low.denominator < low.numerator * denominator
        is_too_high = high is not None and numerator * high.denominator > high.numerator * denominator
        return not (is_too_low or is_too_high)


@dataclass(frozen=True, slots=True)
class NerveTables:
    """How senders name what they measured.

    ``codes``: ``system|code`` -> (nerve, side or ``None``); ``muscles`` likewise. ``names``: words -> nerve.
    ``branches``: branch -> whole nerve. ``beside``: words that stand beside the name of a nerve.
    ``limits``: (nerve, measurement) -> lower limit of normal.
    ``beginnings``: what a code may begin with that says more than place and measurement.
    """

    nerves: frozenset[str]
    beginnings: frozenset[str]
    codes: Mapping[str, tuple[str, str | None]]
    names: Mapping[str, str]
    branches: Mapping[str, str]
    sides: Mapping[str, str]
    beside: frozenset[str]
    laterality: frozenset[str]
    muscles: Mapping[str, tuple[str, str | None]]
    measurements: Mapping[str, Measurement]
    interpretations: Mapping[str, str]
    limits: Mapping[tuple[str, str], Fraction]


def nerve_tables(mappings: Mappings) -> NerveTables:
    """The tables of these mappings; KnowledgeError names section, key and the allowed choices."""
    codes: dict[str, tuple[str, str | None]] = {}
    names: dict[str, str] = {}
    branches: dict[str, str] = {}
    written_nerves = written(mappings.tables, "nerves", dict[str, NerveYaml])
    for nerve, entry in written_nerves.items():
        _add(codes, dict.fromkeys(entry.codes, (nerve, None)), nerve)
        for mdc in entry.mdc:
            _add(codes, by_threes(nerve, mdc), nerve)
        _add(names, dict.fromkeys((" ".join(words_of(name)) for name in entry.names), nerve), nerve)
        if entry.branch_of:
            branches[nerve] = entry.branch_of
    measured = written(mappings.tables, "nerve_measurements", dict[str, MeasurementYaml])
    measurements = {name: _measurement(name, entry) for name, entry in measured.items()}
    nerves = frozenset(written_nerves)
    muscles = written(mappings.tables, "muscles", dict[str, MuscleYaml])
    return NerveTables(
        nerves=nerves,
        beginnings=nerves.union(SIDES, KINDS),
        codes=codes,
        names=names,
        branches=branches,
        sides={unaccented(word): side for word, side in word_table(mappings, "nerve_sides", SIDES).items()},
        beside=frozenset(map(unaccented, written_texts(mappings.tables, "words_beside_nerves"))),
        laterality=frozenset(written(mappings.tables, "nerve_laterality_codes", dict[str, str])),
        muscles={code: place for name, entry in muscles.items() for code, place in by_threes(name, entry.mdc).items()},
        measurements=measurements,
        interpretations=in_every_spelling(
            word_table(mappings, "nerve_interpretations", _INTERPRETATIONS), interpretation_spellings(mappings)
        ),
        limits=_limits(mappings, nerves, measurements),
    )


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters and without accents."""
    return "".join(letter if letter.isalnum() else " " for letter in unaccented(text)).split()


def _measurement(name: str, entry: MeasurementYaml) -> Measurement:
    return Measurement(name=name, **{field.name: getattr(entry, field.name) for field in fields(entry)})


def _add(table: dict[str, tuple[str, str | None]] | dict[str, str], new: Mapping[str, object], nerve: str) -> None:
    for key, meaning in new.items():
        if table.setdefault(key, meaning) != meaning:  # type: ignore[arg-type]
            raise KnowledgeError(f"nerves.{nerve}: {key} already stands for another nerve; keep one")


def _limits(
    mappings: Mappings, nerves: Collection[str], measurements: Mapping[str, Measurement]
) -> dict[tuple[str, str], Fraction]:
    limits: dict[tuple[str, str], Fraction] = {}
    for nerve, entries in written(mappings.tables, "normal_limits", dict[str, dict[str, LimitYaml]]).items():
        one_of(nerve, nerves, "normal_limits: nerve")
        for name, entry in entries.items():
            where = f"normal_limits.{nerve}.{name}"
            one_of(name, measurements, f"{where}: measurement")
            quantity = {"value": entry.low, "system": UCUM, "code": entry.unit}
            try:
                limits[nerve, name] = convert(quantity, measurements[name].unit, mappings.units)
            except UnitProblem as problem:
                raise KnowledgeError(f"{where}: {problem.detail}") from None
    return limits
