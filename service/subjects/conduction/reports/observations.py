"""A study that was read from a report as a FHIR Observation: one for each nerve, its components named by site."""

from collections.abc import Iterator, Mapping

from service.fhir.values.answers import plain
from service.fhir.values.units import UCUM
from service.subjects.anatomy.muscles import MDC
from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reading.tables import NCS
from service.subjects.conduction.reports.studies import F_WAVE, MOTOR, Limits, Quantity, Response, Study

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_SNOMED = "http://snomed.info/sct"
_SIDES = {"right": "24028007", "left": "7771000"}
_CODES = {MOTOR: "motor-nerve-study", F_WAVE: "motor-nerve-study"}
Json = dict[str, object]


def observation_of(
    study: Study, number: int, subject: str, performed: str, codes: Mapping[tuple[str, str], str]
) -> Json:
    """The Observation; ``performed``: an ISO date or date-time, left out where empty.

    ``codes``: (nerve, side) to its ISO/IEEE 11073 code.
    """
    coded = {"coding": [{"system": NCS, "code": _CODES.get(study.kind, "sensory-nerve-study")}]}
    nerve = study.nerve.replace("-", " ")
    made: Json = {
        "resourceType": "Observation",
        "id": f"ncs-{number}",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "procedure"}]}],
        "code": coded,
        "subject": {"reference": subject},
    }
    if performed:
        made["effectiveDateTime"] = performed
    side = {"system": _SNOMED, "code": _SIDES[study.side], "display": plain(study.side).capitalize()}
    text = f"{nerve} nerve, {study.side}"
    code = codes.get((study.nerve, study.side))
    named = [{"system": MDC, "code": code, "display": text}] if code else []
    made["bodySite"] = {"coding": [*named, side], "text": text}
    made["component"] = [component for each in study.responses for component in _components(each, study)]
    return made


def _components(response: Response, study: Study) -> Iterator[Json]:
    place = response.place if response.to or response.site in SITES else ""
    if response.absent:
        yield {**_coded(place, "response-absent"), "valueBoolean": True}
        return
    for measure, quantity in response.values.items():
        if measure == "delta" or (response.to and measure not in ("cv", "distance")):
            continue
        component = {**_coded("" if study.kind == F_WAVE else place, measure), "valueQuantity": _quantity(quantity)}
        limits = response.limits.get(measure)
        if limits:
            component["referenceRange"] = [_range(limits)]
        yield component


def _coded(place: str, measure: str) -> Json:
    return {"code": {"coding": [{"system": NCS, "code": f"{place}.{measure}" if place else measure}]}}


def _quantity(quantity: Quantity) -> Json:
    return {"value": quantity.value, "unit": quantity.unit, "system": UCUM, "code": quantity.unit}


def _range(limits: Limits) -> Json:
    ends = {"low": limits.low, "high": limits.high}
    return {name: _quantity(Quantity(end, limits.unit)) for name, end in ends.items() if end is not None}
