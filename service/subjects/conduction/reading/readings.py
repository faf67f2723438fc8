"""Single measurements of nerve conduction studies: one component, or one Observation, becomes one reading."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from service.domain.facts import Excluded
from service.domain.immutable import immutable
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import plain, printable, values_in
from service.fhir.values.results import Measured
from service.subjects.conduction.reading.places import Component, canonical_codes, is_laterality
from service.subjects.conduction.reading.tables import RESPONSE, Measurement, NerveTables
from service.subjects.conduction.reading.values import ElementReader, interpretation_of
from service.subjects.conduction.reading.whole_codes import CIRCUMSTANCES, is_place, measured_by, whole_code

# In the units of amplitude and area of a muscle response, however they are written.
_VOLTAGE = "mv"


@immutable
class Reading:
    """One measurement at a place: a site, ``from--to``, or empty for the nerve as a whole.

    ``value`` is a number in the measurement's unit, or a boolean. It is ``None`` with ``readable`` False when
    one was sent that cannot be used, and ``None`` with ``readable`` True when only an interpretation was sent.
    ``bound``: where what was sent is a bound such as "<20", of a measurement of which that may suffice.
    """

    place: str
    measurement: Measurement
    value: Fraction | bool | None
    lower: Fraction | None
    upper: Fraction | None
    interpretation: str | None
    reference: str
    readable: bool = True
    bound: Measured | None = None

    @property
    def name(self) -> str:
        """The component code that this reading has, or would have."""
        return f"{self.place}.{self.measurement.name}" if self.place else self.measurement.name


def readings_of(
    source: SourceResource, components: Sequence[Component], mappings: Mappings, tables: NerveTables
) -> tuple[list[Reading], list[Excluded]]:
    """Every reading of one Observation, from its own value and its components, and what could not be read."""
    observation = source.resource
    reader = ElementReader(source.reference, mappings.units)
    site = _stimulation_site(observation, components, mappings)
    own_codes = canonical_codes(observation.get("code"), mappings)
    readings: list[Reading] = []
    for element, (place, measurement, label) in _elements((observation, own_codes), components, reader, tables):
        sent = values_in(element)
        if sent or _is_only_interpreted(element, measurement, tables):
            bound = reader.bound(element, sent, measurement) if sent else None
            value = reader.value(element, sent, measurement, label) if sent and bound is None else None
            is_readable = value is not None or not sent
            ranged = element if "referenceRange" in element or measurement.limit is None else observation
            ranges, own = ranged.get("referenceRange"), element.get("valueQuantity")
            lower, upper = reader.limits(ranges, own, measurement, label)
            judged = interpretation_of(element, measurement.worse, tables)
            where = place or site
            limits = (lower, upper, judged, reader.reference)
            readings.append(Reading(where, measurement, value, *limits, is_readable, bound))
    return readings, reader.excluded


def _elements(
    whole: Component, components: Sequence[Component], reader: ElementReader, tables: NerveTables
) -> Iterator[tuple[Mapping[str, object], tuple[str, Measurement, str]]]:
    """(element, (place, known measurement, how to name it)) for the Observation and each component."""
    observation, own_codes = whole
    own = _known(own_codes, tables)
    if own:
        yield observation, own
    for number, (component, codes) in enumerate(components):
        known = _known(codes, tables)
        if known:
            place, measurement, code = known
            yield component, (place, measurement, f"component {code}")
        elif CIRCUMSTANCES.isdisjoint(codes) and not is_laterality(component, tables):
            shown = printable(codes[0]) if codes else f"[{number}]"
            is_response = may_be_response(component, codes)
            reader.refuse("unmapped", f"component {shown}: no measurement that is known here", is_response=is_response)


def may_be_response(element: Mapping[str, object], codes: Sequence[str]) -> bool:
    """Whether what nobody can read may be a muscle response at a site: by its code, or by a unit of voltage."""
    quantity = element.get("valueQuantity")
    stated = (quantity.get("unit"), quantity.get("code")) if isinstance(quantity, Mapping) else ()
    return any(RESPONSE in code for code in codes) or any(_VOLTAGE in str(unit).casefold() for unit in stated)


def _is_only_interpreted(element: Mapping[str, object], measurement: Measurement, tables: NerveTables) -> bool:
    # Not performed (dataAbsentReason) says nothing, whatever else stands beside it.
    is_absent = element.get("dataAbsentReason") is not None
    return not is_absent and interpretation_of(element, measurement.worse, tables) is not None


def _stimulation_site(observation: Mapping[str, object], components: Sequence[Component], mappings: Mappings) -> str:
    """The place that ``method`` or a component ``stim-site`` names; empty when they name none or several."""
    said = canonical_codes(observation.get("method"), mappings)
    for component, codes in components:
        if "stim-site" in codes:
            said += canonical_codes(component.get("valueCodeableConcept"), mappings)
            said.append(plain(component.get("valueString")).replace(" ", "-"))
    places = {place for place in (code.removeprefix("stim.") for code in said) if place and is_place(place)}
    return places.pop() if len(places) == 1 else ""


def _known(codes: Sequence[str], tables: NerveTables) -> tuple[str, Measurement, str] | None:
    """The first code that is known, ``wrist--elbow.cv``, as place and measurement, and itself."""
    for code in codes:
        found = measured_by(whole_code(code, tables).rest, tables.measurements)
        if found:
            return (*found, code)
    return None
