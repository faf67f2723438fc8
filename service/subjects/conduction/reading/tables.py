"""The sections of ``fhir_mappings/nerve_conduction.yaml``, checked: nerves, sides, measurements, limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import interpretation_spellings, section, texts_in, word_table
from service.fhir.values.judging import in_every_spelling
from service.fhir.values.units import UCUM, UnitProblem, convert, is_ucum

NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
MDC = "urn:iso:std:iso:11073:10101"
SIDES = ("left", "right")
KINDS = ("motor", "sensory")
BOOLEAN = "boolean"
_NERVE_KEYS = ("mdc", "codes", "names", "branch_of")
_MEASUREMENT_KEYS = ("study", "unit", "lowest", "highest", "worse", "limit")
_INTERPRETATIONS = ("normal", "low", "high", "abnormal")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement: its unit (UCUM, or ``boolean``), plausible range, and on which side it is abnormal.

    ``limit_of_study``: a reference range on the whole Observation holds for its components of this kind.
    """

    name: str
    unit: str
    study: str | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    worse: str | None = None
    limit_of_study: bool = False


@dataclass(frozen=True, slots=True)
class NerveTables:
    """How senders name what they measured.

    ``codes``: ``system|code`` -> (nerve, side or ``None``); ``muscles`` likewise. ``names``: words -> nerve.
    ``branches``: branch -> whole nerve. ``limits``: (nerve, measurement) -> lower limit of normal.
    ``beginnings``: what a code may begin with that says more than place and measurement.
    """

    nerves: frozenset[str]
    beginnings: frozenset[str]
    codes: Mapping[str, tuple[str, str | None]]
    names: Mapping[str, str]
    branches: Mapping[str, str]
    sides: Mapping[str, str]
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
    for nerve, entry in _entries(mappings, "nerves", _NERVE_KEYS).items():
        where = f"nerves.{nerve}"
        _add(codes, _nerve_codes(nerve, entry, where), where)
        _add(names, dict.fromkeys((text.casefold() for text in texts_in(entry, "names", where)), nerve), where)
        if "branch_of" in entry:
            branches[nerve] = str(entry["branch_of"])
    measurements = _measurements(mappings)
    nerves = frozenset(section(mappings, "nerves"))
    return NerveTables(
        nerves=nerves,
        beginnings=nerves.union(SIDES, KINDS),
        codes=codes,
        names=names,
        branches=branches,
        sides=word_table(mappings, "nerve_sides", SIDES),
        laterality=frozenset(map(str, section(mappings, "nerve_laterality_codes"))),
        muscles=_muscle_codes(mappings),
        measurements=measurements,
        interpretations=in_every_spelling(
            word_table(mappings, "nerve_interpretations", _INTERPRETATIONS), interpretation_spellings(mappings)
        ),
        limits=_limits(mappings, measurements),
    )


def _entries(mappings: Mappings, name: str, keys: tuple[str, ...]) -> dict[str, Mapping[str, object]]:
    entries: dict[str, Mapping[str, object]] = {}
    for key, entry in section(mappings, name).items():
        if not isinstance(entry, Mapping) or not set(entry) <= set(keys):
            raise KnowledgeError(f"{name}.{key}: must be a mapping with no other keys than {', '.join(keys)}")
        entries[key] = entry
    return entries


def _add(table: dict[str, tuple[str, str | None]] | dict[str, str], new: Mapping[str, object], where: str) -> None:
    for key, meaning in new.items():
        if table.setdefault(key, meaning) != meaning:  # type: ignore[arg-type]
            raise KnowledgeError(f"{where}: {key} already stands for another nerve; keep one")


def _nerve_codes(nerve: str, entry: Mapping[str, object], where: str) -> dict[str, tuple[str, str | None]]:
    codes: dict[str, tuple[str, str | None]] = dict.fromkeys(texts_in(entry, "codes", where), (nerve, None))
    for mdc in texts_in(entry, "mdc", where):
        codes |= _by_threes(nerve, mdc, where)
    return codes


def _by_threes(meaning: str, mdc: str, where: str) -> dict[str, tuple[str, str | None]]:
    if not mdc.isdecimal():
        raise KnowledgeError(f"{where}.mdc: {mdc!r} is no code; give the generic ISO/IEEE 11073 code, in quotes")
    # ISO/IEEE 11073-10101 numbers body sites in threes: generic, left, right.
    return {f"{MDC}|{int(mdc) + step}": (meaning, side) for step, side in enumerate((None, *SIDES))}


def _muscle_codes(mappings: Mappings) -> dict[str, tuple[str, str | None]]:
    # The muscle section belongs to the bedside reader, who checks it; here it only tells recordings apart.
    codes: dict[str, tuple[str, str | None]] = {}
    for muscle, entry in section(mappings, "muscles").items():
        mdc = entry.get("mdc") if isinstance(entry, Mapping) else None
        if isinstance(mdc, str) and mdc.isdecimal():
            codes |= _by_threes(muscle, mdc, f"muscles.{muscle}")
    return codes


def _measurements(mappings: Mappings) -> dict[str, Measurement]:
    entries = _entries(mappings, "nerve_measurements", _MEASUREMENT_KEYS)
    return {name: _measurement(name, entry) for name, entry in entries.items()}


def _measurement(name: str, entry: Mapping[str, object]) -> Measurement:
    where = f"nerve_measurements.{name}"
    unit = entry.get("unit")
    if not isinstance(unit, str) or not (unit == BOOLEAN or is_ucum(unit)):
        raise KnowledgeError(f"{where}.unit: must be a UCUM code or {BOOLEAN}")
    return Measurement(
        name=name,
        unit=unit,
        study=_word(entry, "study", KINDS, where),
        lowest=_number(entry.get("lowest"), where) if unit != BOOLEAN else None,
        highest=_number(entry.get("highest"), where) if unit != BOOLEAN else None,
        worse=_word(entry, "worse", ("low", "high"), where),
        limit_of_study=_word(entry, "limit", ("study",), where) is not None,
    )


def _limits(mappings: Mappings, measurements: Mapping[str, Measurement]) -> dict[tuple[str, str], Fraction]:
    nerves = tuple(section(mappings, "nerves"))
    limits: dict[tuple[str, str], Fraction] = {}
    for nerve, entries in section(mappings, "normal_limits").items():
        if nerve not in nerves or not isinstance(entries, Mapping):
            raise KnowledgeError(f"normal_limits.{nerve}: must be a mapping for one of {', '.join(nerves)}")
        for name, entry in entries.items():
            where = f"normal_limits.{nerve}.{name}"
            if name not in measurements:
                raise KnowledgeError(f"{where}: no such measurement; choose from {', '.join(measurements)}")
            limits[nerve, name] = _limit(entry, measurements[name], mappings, where)
    return limits


def _limit(entry: object, measurement: Measurement, mappings: Mappings, where: str) -> Fraction:
    if not isinstance(entry, Mapping) or set(entry) != {"low", "unit"}:
        raise KnowledgeError(f"{where}: must be {{low: number, unit: UCUM code}}")
    quantity = {"value": entry["low"], "system": UCUM, "code": entry["unit"]}
    try:
        return convert(quantity, measurement.unit, mappings.units)
    except UnitProblem as problem:
        raise KnowledgeError(f"{where}: {problem.detail}") from None


def _word(entry: Mapping[str, object], key: str, allowed: tuple[str, ...], where: str) -> str | None:
    word = entry.get(key)
    if word is not None and word not in allowed:
        raise KnowledgeError(f"{where}.{key}: {word!r} is none of {', '.join(allowed)}")
    return str(word) if word is not None else None


def _number(value: object, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise KnowledgeError(f"{where}: lowest and highest must be numbers")
    return Fraction(value)
