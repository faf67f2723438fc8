"""The values of one sensory study, each with its limits and the sender's own judgement."""

from dataclasses import replace
from fractions import Fraction

from service.domain.facts import Excluded
from service.subjects.conduction.nerves import SensoryMeasure
from service.subjects.conduction.reading.readings import Reading
from service.subjects.conduction.reading.single import Measured
from service.subjects.conduction.reading.tables import NerveTables

_AMPLITUDE = "snap-amplitude"
_JUDGED = (_AMPLITUDE, "cv", "onset-latency")


def sensory_measures(
    found: Measured, nerve: str, tables: NerveTables, excluded: list[Excluded]
) -> tuple[SensoryMeasure, ...]:
    """Amplitudes, velocities and latencies by place; a response that is absent counts as an amplitude."""
    measures = []
    for place in found.places:
        for name in _JUDGED:
            reading = found.at(place, name)
            if reading:
                measures.append(_measure(reading, nerve, tables))
        measures = _with_absence(measures, place, found, excluded)
    return tuple(sorted(measures, key=lambda measure: (measure.site, measure.measurement)))


def _measure(reading: Reading, nerve: str, tables: NerveTables) -> SensoryMeasure:
    name = reading.measurement.name
    site_limit = (
        tables.limits.get((nerve, name)) if reading.lower is None and reading.measurement.worse == "low" else None
    )
    return SensoryMeasure(
        site=reading.place,
        measurement=name,
        value=reading.value if isinstance(reading.value, Fraction) else None,
        lower_limit=reading.lower or site_limit,
        upper_limit=reading.upper,
        interpretation=reading.interpretation,
        readable=reading.readable or reading.bound is not None,
        bound=reading.bound,
        flags=("default-limits",) if site_limit else (),
    )


def _with_absence(
    measures: list[SensoryMeasure], place: str, found: Measured, excluded: list[Excluded]
) -> list[SensoryMeasure]:
    stated = found.at(place, "response-absent")
    is_stated = stated.value if stated else None
    amplitude = next((m for m in measures if (m.site, m.measurement) == (place, _AMPLITUDE)), None)
    is_zero = amplitude is not None and amplitude.value == 0
    if not (is_zero or is_stated):
        return measures
    others = [measure for measure in measures if measure is not amplitude]
    known = amplitude or SensoryMeasure(place, _AMPLITUDE)
    if known.value or is_stated is False:
        detail = f"{place}.response-absent: contradicts the amplitude at that site".lstrip(".")
        excluded += [Excluded(reference, "invalid", detail) for reference in found.references[place]]
        unknown = replace(known, value=None, interpretation=None, readable=False, flags=(*known.flags, "contradiction"))
        return [*others, unknown]
    flags = known.flags if is_stated else (*known.flags, "zero-read-as-absent")
    return [*others, replace(known, value=None, absent=True, flags=flags)]
