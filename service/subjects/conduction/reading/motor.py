"""The motor responses of one study: what was found at each stimulation site, and between sites."""

from dataclasses import replace
from fractions import Fraction

from service.domain.facts import Excluded
from service.fhir.values.results import Measured as Bound
from service.subjects.conduction.nerves import SITES, SegmentVelocity, SiteResponse
from service.subjects.conduction.reading.readings import Reading
from service.subjects.conduction.reading.single import Measured
from service.subjects.conduction.reading.tables import RESPONSE, Measurement, NerveTables

_AMPLITUDE, _AREA = "cmap-amplitude-neg", "cmap-area-neg"
_FIELDS = {
    _AMPLITUDE: "amplitude",
    _AREA: "area",
    "cmap-duration-neg": "duration",
    "onset-latency": "latency",
    "cmap-amplitude-p2p": "peak-to-peak amplitude",
}


def motor_sites(found: Measured, nerve: str, tables: NerveTables, excluded: list[Excluded]) -> dict[str, SiteResponse]:
    """The response at every site that was stimulated; sites that were not performed are left out."""
    for place in found.places:
        lost = [name for name in _FIELDS if place not in SITES and found.at(place, name)]
        for name, reference in ((name, reference) for name in lost for reference in found.references[place]):
            is_response = name.startswith(RESPONSE)
            excluded.append(
                Excluded(reference, "unmapped", f"{name}: without a stimulation site", relevant=is_response)
            )
    stimulated = [site for site in SITES if site in found.places and _is_stimulated(found, site)]
    return _with_shared_limit({site: _response(found, site, nerve, tables, excluded) for site in stimulated})


def _with_shared_limit(sites: dict[str, SiteResponse]) -> dict[str, SiteResponse]:
    """Laboratories state the limit of the distal amplitude only; it holds for the nerve's other sites too."""
    limit = None
    for site, response in sites.items():
        limit = response.lln_amplitude_mv or limit
        if limit is not None and response.lln_amplitude_mv is None:
            sites[site] = replace(response, lln_amplitude_mv=limit)
    return sites


def segment_velocities(found: Measured) -> dict[tuple[str, str], SegmentVelocity]:
    """Velocity and distance by (distal site, proximal site)."""
    velocities: dict[tuple[str, str], SegmentVelocity] = {}
    for place in found.places:
        distal, is_pair, proximal = place.partition("--")
        velocity = found.at(place, "cv")
        between = SegmentVelocity(
            _number(found, place, "cv"),
            velocity.lower if velocity else None,
            _number(found, place, "distance"),
            velocity.bound if velocity else None,
        )
        if is_pair and between != SegmentVelocity():
            velocities[distal, proximal] = between
    return velocities


def f_wave(found: Measured) -> tuple[Fraction | None, Fraction | None, Bound | None]:
    """The shortest F-wave latency and its upper limit of normal, in ms; without a number the only bound."""
    stated = found.of("f-wave-min-latency")
    readings = [reading for reading in stated if _fraction(reading) is not None]
    shortest = min(readings, key=lambda reading: _fraction(reading) or 0, default=None)
    if shortest is None and len(stated) == 1:
        return None, stated[0].upper, stated[0].bound
    return (_fraction(shortest), shortest.upper, None) if shortest else (None, None, None)


def temperature(found: Measured) -> Fraction | None:
    """The lowest skin temperature of the study, in degrees Celsius."""
    known = (_fraction(reading) for reading in found.of("skin-temperature"))
    return min((celsius for celsius in known if celsius is not None), default=None)


def _is_stimulated(found: Measured, site: str) -> bool:
    absent = found.at(site, "response-absent")
    return any(found.at(site, name) for name in _FIELDS) or bool(absent and absent.value)


def _response(found: Measured, site: str, nerve: str, tables: NerveTables, excluded: list[Excluded]) -> SiteResponse:
    amplitude = found.at(site, _AMPLITUDE)
    supramaximal, latency = found.at(site, "supramaximal"), found.at(site, "onset-latency")
    own_limit = amplitude.lower if amplitude else None
    site_limit = tables.limits.get((nerve, _AMPLITUDE)) if own_limit is None else None
    readings = {name: found.at(site, name) for name in _FIELDS}
    response = SiteResponse(
        amplitude_mv=_number(found, site, _AMPLITUDE),
        area_mv_ms=_number(found, site, _AREA),
        duration_ms=_number(found, site, "cmap-duration-neg"),
        latency_ms=_number(found, site, "onset-latency"),
        latency_upper_limit_ms=latency.upper if latency else None,
        latency_bound=latency.bound if latency else None,
        area_bound=area.bound if (area := found.at(site, _AREA)) else None,
        peak_to_peak_mv=_number(found, site, "cmap-amplitude-p2p"),
        lln_amplitude_mv=own_limit or site_limit,
        supramaximal=bool(supramaximal.value) if supramaximal and supramaximal.value is not None else None,
        unreadable=tuple(_FIELDS[name] for name, reading in readings.items() if reading and _is_unread(reading)),
        flags=("default-limits",) if site_limit else (),
        evidence=found.references[site],
    )
    possible = _with_possible_area(response, tables.measurements[_AREA], site, excluded)
    return _with_absence(possible, found.at(site, "response-absent"), site, excluded)


def _with_possible_area(
    response: SiteResponse, measured: Measurement, site: str, excluded: list[Excluded]
) -> SiteResponse:
    """Without an area that cannot be of this response: no loss is worked out from a slip of the pen."""
    amplitude, area, duration = response.amplitude_mv, response.area_mv_ms, response.duration_ms
    share = measured.share_of_peak
    told = area if area is not None else response.area_bound.number if response.area_bound else None
    if share is None or told is None:
        return response
    if amplitude is None or duration is None:
        # A bound alone says nothing of whether it can be of this response.
        return replace(response, area_bound=None)
    if share.holds(told, amplitude * duration):
        return response
    if area is None:
        return replace(response, area_bound=None)
    why = f"{site}.{_AREA}: does not fit amplitude times duration at that site; check the three values"
    excluded += [Excluded(reference, "implausible", why) for reference in response.evidence]
    return replace(response, area_mv_ms=None, unreadable=(*response.unreadable, _FIELDS[_AREA]))


def _is_unread(reading: Reading) -> bool:
    # Of an area a bound tells what is lost at least, and no number.
    return not reading.readable and (reading.bound is None or reading.measurement.name == _AREA)


def _with_absence(response: SiteResponse, stated: Reading | None, site: str, excluded: list[Excluded]) -> SiteResponse:
    """An absent response is stated, or an amplitude of nought; beside a measured response it is a contradiction."""
    is_zero = response.amplitude_mv == 0
    is_stated = stated.value if stated else None
    if not (is_zero or is_stated):
        return response
    nothing = replace(response, amplitude_mv=None, area_mv_ms=None, duration_ms=None, latency_ms=None)
    sizes = (response.amplitude_mv, response.area_mv_ms, response.peak_to_peak_mv)
    if any(size for size in sizes) or (is_zero and is_stated is False):
        excluded += [
            Excluded(reference, "invalid", f"{site}.response-absent: contradicts the values at that site")
            for reference in response.evidence
        ]
        lost = tuple(dict.fromkeys((*response.unreadable, "amplitude", "area")))
        return replace(nothing, unreadable=lost, flags=(*response.flags, "contradiction"))
    flags = response.flags if is_stated else (*response.flags, "zero-read-as-absent")
    return replace(nothing, peak_to_peak_mv=None, absent=True, flags=flags)


def _number(found: Measured, place: str, measurement: str) -> Fraction | None:
    reading = found.at(place, measurement)
    return _fraction(reading) if reading else None


def _fraction(reading: Reading) -> Fraction | None:
    return reading.value if isinstance(reading.value, Fraction) else None
