"""FHIR's own rules for the elements that are read, by fhir.resources (R4B), once for each shape.

Checking one Observation takes 60 to 480 µs; hospitals send the same few shapes over and over.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from pydantic import ValidationError

from service.domain.facts import Excluded
from service.fhir.intake.plain_results import plain_quantities
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.shapes import Shape, Unusable, check_quantity, example_of, shape_of, size_of
from service.fhir.models import model_of

# A Bundle with more than these is no hospital's, and would only cost time.
_MOST_SHAPES, _MOST_UNITS = 1000, 256
_LARGEST_SHAPE = 300
_LONGEST_DETAIL = 160

_READ: Mapping[str, frozenset[str]] = {
    kind: frozenset(elements.split())
    for kind, elements in {
        "Observation": "status code dataAbsentReason interpretation bodySite method referenceRange hasMember "
        "derivedFrom performer",
        "Condition": "clinicalStatus verificationStatus code bodySite",
        "AllergyIntolerance": "clinicalStatus verificationStatus code",
        "Procedure": "status code bodySite",
        "ServiceRequest": "status code doNotPerform",
        "MedicationRequest": "status medicationCodeableConcept doNotPerform",
        "MedicationStatement": "status medicationCodeableConcept",
        "MedicationAdministration": "status medicationCodeableConcept",
        "MedicationDispense": "status medicationCodeableConcept",
    }.items()
}
_CHOICES: Mapping[str, tuple[str, ...]] = {"Observation": ("value",), "Condition": ("onset", "abatement")}
_REFERENCE = {"reference": "Patient/1"}
_DRUG = {"medicationReference": {"reference": "Medication/1"}}
# Elements that FHIR requires and nobody reads here: a sender who leaves them out is not turned away.
_SUPPLIED: Mapping[str, Mapping[str, object]] = {
    "Condition": {"subject": _REFERENCE},
    "AllergyIntolerance": {"patient": _REFERENCE},
    "Procedure": {"subject": _REFERENCE},
    "ServiceRequest": {"subject": _REFERENCE, "intent": "order"},
    "MedicationRequest": {"subject": _REFERENCE, "intent": "order"},
    "MedicationStatement": {"subject": _REFERENCE},
    "MedicationAdministration": {"subject": _REFERENCE, "effectiveDateTime": "2000-01-01"},
}


class Validation:
    """Checks the resources of one request; it knows how much variety it has met, and stops at too much."""

    def __init__(self) -> None:
        self._units: set[object] = set()
        self._shapes: set[Shape] = set()
        # Hashing a shape takes longer than all else that is done with one that was met before.
        self._verdicts: dict[tuple[str, Shape], str] = {}
        # Resources of one sender have the same elements over and over.
        self._names: dict[tuple[str, ...], list[str]] = {}

    def problem(self, reference: str, kind: str, resource: Mapping[str, object]) -> Excluded | None:
        """The row that says what is wrong with a resource, naming the element and never its content."""
        try:
            detail = self._detail(kind, resource)
        except Unusable as unusable:
            return Excluded(reference, unusable.reason, f"{kind}: {unusable.detail}")
        return Excluded(reference, "invalid", detail) if detail else None

    def takes(self, quantities: Iterable[Mapping[str, object]]) -> bool:
        """Whether one more plain result with these Quantities is not too much variety."""
        for quantity in quantities:
            unit = quantity.get("code", quantity.get("unit"))
            if unit is not None:
                self._units.add(unit)
        return len(self._units) <= _MOST_UNITS and len(self._shapes) <= _MOST_SHAPES

    def _detail(self, kind: str, resource: Mapping[str, object]) -> str:
        components = resource.get("component") if kind == "Observation" else None
        shell = self._projection(kind, resource)
        if isinstance(components, list):
            for component in components:
                detail = self._checked("ObservationComponent", f"{kind}.component", component)
                if detail:
                    return detail
        elif components is not None:
            return f"{kind}.component: must be a list"
        return self._checked(kind if kind in _READ else "", kind, shell)

    def _projection(self, kind: str, resource: Mapping[str, object]) -> dict[str, object]:
        if kind not in _READ:
            return {"code": resource.get(code_element(kind))}
        elements = (kind, *resource)
        names = self._names.get(elements)
        if names is None:
            read, choices = _READ[kind], _CHOICES.get(kind, ())
            names = self._names[elements] = [name for name in resource if name in read or name.startswith(choices)]
        return {name: resource[name] for name in names}

    def _checked(self, model: str, place: str, value: object) -> str:
        quantities = plain_quantities(value, model)
        if quantities is not None:
            for quantity in quantities:
                check_quantity(quantity, self._units)
            self._check_variety()
            return ""
        asked = model, shape_of(value, self._units)
        problem = self._verdicts.get(asked)
        if problem is None:
            self._shapes.add(asked[1])
        self._check_variety()
        if problem is None:
            problem = self._verdicts[asked] = _verdict(*asked)
        return f"{place}{problem}" if problem else ""

    def _check_variety(self) -> None:
        if len(self._shapes) > _MOST_SHAPES or len(self._units) > _MOST_UNITS:
            raise Unusable("invalid", "the request mixes too many differently built resources or units")


@lru_cache(maxsize=8192)
def _verdict(model: str, shape: Shape) -> str:
    """What fhir.resources has against a shape: place and message of the first error, or nothing."""
    if size_of(shape) > _LARGEST_SHAPE:
        # Raised, so not kept: what is kept stays small.
        raise Unusable("invalid", "more elements than any such FHIR R4 resource has")
    example = example_of(shape)
    if not isinstance(example, dict):
        return ": must be an object"
    supplied = {name: value for name, value in _SUPPLIED.get(model, {}).items() if name not in example}
    if model.startswith("Medication") and "medicationCodeableConcept" not in example:
        supplied.update(_DRUG)
    try:
        model_of(model or "Basic").model_validate({**example, **supplied})
    except ValidationError as error:
        return _first_error(error)
    except (KeyError, ValueError, TypeError, AttributeError):
        return ": not valid FHIR R4"
    return ""


_IN_OWN_WORDS = ("value_error", "assertion_error")


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # Places of items in a list are dropped: items of the same shape were checked once.
    place = "".join(f".{part}" for part in first["loc"] if isinstance(part, str) and part.isalpha() and part != "root")
    # What a library says in its own words helps no sender.
    in_place = (
        "not in the form of FHIR R4" if place else "an element such as value[x] stands in several forms, or in none"
    )
    said = in_place if first["type"] in _IN_OWN_WORDS else first["msg"]
    return f"{place}: {said}"[:_LONGEST_DETAIL]
