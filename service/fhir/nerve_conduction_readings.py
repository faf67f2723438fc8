"""Single measurements of nerve conduction studies: one component, or one Observation, becomes one reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Excluded
from service.domain.nerves import SITES
from service.fhir.answers import objects_in, plain, printable
from service.fhir.mappings import Mappings
from service.fhir.nerve_conduction_places import canonical_codes, is_laterality
from service.fhir.nerve_conduction_tables import Measurement, NerveTables
from service.fhir.nerve_conduction_values import ElementReader, interpretation_of, values_in
from service.fhir.records import SourceResource

# Components that say where and how; they are read elsewhere or describe the technique only.
_CIRCUMSTANCES = frozenset({"stim-site", "recording-muscle", "recording-site", "technique", "laterality"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement at a place: a site, ``from--to``, or empty for the nerve as a whole.

    ``value`` is a number in the measurement's unit, or a boolean. It is ``None`` with ``readable`` False when
    one was sent that cannot be used, and ``None`` with ``readable`` True when only an interpretation was sent.
    """

    place: str
    measurement: Measurement
    value: Fraction | bool | None
    lower: Fraction | None
    upper: Fraction | None
    interpretation: str | None
    reference: str
    readable: bool = True

    @property
    def name(self) -> str:
        """The component code that this reading has, or would have."""
        return f"{self.place}.{self.measurement.name}" if self.place else self.measurement.name


def readings_of(
    source: SourceResource, mappings: Mappings, tables: NerveTables
) -> tuple[list[Reading], list[Excluded]]:
    """Every reading of one Observation, from its own value and its components, and what could not be read."""
    observation = source.resource
    reader = ElementReader(source.reference, mappings.units)
    site = _stimulation_site(observation, mappings)
    readings: list[Reading] = []
    for element, code, label in _elements(observation, reader, mappings, tables):
        place, measurement = _split(code, tables)
        if measurement and (values_in(element) or _is_only_interpreted(element, measurement, tables)):
            readings.append(_reading(element, (place or site, measurement, label), reader, tables))
    return readings, reader.excluded


def _elements(
    observation: Mapping[str, object], reader: ElementReader, mappings: Mappings, tables: NerveTables
) -> Iterator[tuple[Mapping[str, object], str, str]]:
    """(element, code of a known measurement, how to name it) for the Observation and each component."""
    for code in canonical_codes(observation.get("code"), mappings):
        if _split(code, tables)[1]:
            yield observation, code, code
            break
    for number, component in enumerate(objects_in(observation.get("component"))):
        codes = canonical_codes(component.get("code"), mappings)
        known = [code for code in codes if _split(code, tables)[1]]
        if known:
            yield component, known[0], f"component {known[0]}"
        elif _CIRCUMSTANCES.isdisjoint(codes) and not is_laterality(component, tables):
            shown = printable(codes[0]) if codes else f"[{number}]"
            reader.refuse("unmapped", f"component {shown}: no measurement that is known here")


def _reading(
    element: Mapping[str, object], where: tuple[str, Measurement, str], reader: ElementReader, tables: NerveTables
) -> Reading:
    place, measurement, label = where
    is_sent = bool(values_in(element))
    value = reader.value(element, measurement, label) if is_sent else None
    return Reading(
        place=place,
        measurement=measurement,
        value=value,
        lower=reader.limit(element, "low", measurement, label),
        upper=reader.limit(element, "high", measurement, label),
        interpretation=interpretation_of(element, measurement.worse, tables),
        reference=reader.reference,
        readable=value is not None or not is_sent,
    )


def _is_only_interpreted(element: Mapping[str, object], measurement: Measurement, tables: NerveTables) -> bool:
    # Not performed (dataAbsentReason) says nothing, whatever else stands beside it.
    is_absent = element.get("dataAbsentReason") is not None
    return not is_absent and interpretation_of(element, measurement.worse, tables) is not None


def _stimulation_site(observation: Mapping[str, object], mappings: Mappings) -> str:
    """The place that ``method`` or a component ``stim-site`` names; empty when they name none or several."""
    said = canonical_codes(observation.get("method"), mappings)
    for component in objects_in(observation.get("component")):
        if "stim-site" in canonical_codes(component.get("code"), mappings):
            said += canonical_codes(component.get("valueCodeableConcept"), mappings)
            said.append(plain(component.get("valueString")).replace(" ", "-"))
    places = {place for place in (code.removeprefix("stim.") for code in said) if place and _is_place(place)}
    return places.pop() if len(places) == 1 else ""


def _split(code: str, tables: NerveTables) -> tuple[str, Measurement | None]:
    """``wrist--elbow.cv`` as place and measurement; no measurement when a part of it is not known."""
    place, _, name = code.rpartition(".")
    return (place, tables.measurements.get(name)) if _is_place(place) else ("", None)


def _is_place(place: str) -> bool:
    """Whether a text is a site, two sites joined by ``--``, or empty."""
    distal, is_pair, proximal = place.partition("--")
    return distal in SITES and proximal in SITES if is_pair else not place or place in SITES
