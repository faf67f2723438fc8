"""In which elements of a resource a seed can stand: what the first pass reads, and all that it reads."""

from collections.abc import Mapping
from typing import Any

from service.fhir.intake.answered import FORM_ANSWERS
from service.fhir.intake.resource_types import code_element
from service.fhir.intake.treatments import KINDS
from service.screening.seeds import MEDICATION

# Element -> the type in which a column store reads it. JSON, so that one of a wrong shape is seen as well; of
# documents the titles only, since what is attached may be large.
ELEMENTS = {
    "code": "JSON",
    "type": "JSON",
    "vaccineCode": "JSON",
    "codeCodeableConcept": "JSON",
    "medicationCodeableConcept": "JSON",
    "medicationReference": "JSON",
    "ingredient": "JSON",
    "reasonCode": "JSON",
    "reasonReference": "JSON",
    "dosageInstruction": "JSON",
    "note": "JSON",
    "contained": "JSON",
    "questionnaire": "VARCHAR",
    "title": "VARCHAR",
    "description": "VARCHAR",
    "presentedForm": "STRUCT(title VARCHAR)[]",
    "content": "STRUCT(attachment STRUCT(title VARCHAR))[]",
    "section": "JSON",
}
# What no two orders share, such as dates and references, is cut away, so that alike ones are judged once. A reason that
# is referred to is not looked up here: that there is a reference is enough.
_TEXTS = ("text", "patientInstruction", "asNeededCodeableConcept")
CUTS = {
    "medicationReference": ("display",),
    "reasonReference": ("reference", "display"),
    "dosageInstruction": _TEXTS,
    "note": ("text",),
}
REFERRED = "reference"
_CONTAINED = "contained"
_OF_ORDERS = (_CONTAINED, "medicationReference", "reasonCode", "reasonReference", "dosageInstruction", "note")
_BESIDE_CODE = {
    **dict.fromkeys(KINDS, _OF_ORDERS),
    MEDICATION: ("ingredient",),
    FORM_ANSWERS: ("questionnaire",),
    "Observation": (_CONTAINED,),
    "DiagnosticReport": (_CONTAINED, "presentedForm"),
    "DocumentReference": ("description", "content"),
    "Composition": ("title", "section"),
}


def elements_of(kind: str) -> tuple[str, ...]:
    """The elements of a type in which a seed can stand."""
    return (code_element(kind), *_BESIDE_CODE.get(kind, ()))


def read_part(resource: Mapping[str, Any]) -> dict[str, Any]:
    """As much of a resource as the first pass reads, whichever way a file is read."""
    kind = resource.get("resourceType")
    names = elements_of(kind) if isinstance(kind, str) else ()
    return {name: resource[name] for name in ("resourceType", *names) if name in resource}
