"""What is suggested to a client: it has to be valid FHIR R4, and about the patient of the call."""

from collections.abc import Mapping

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError


def is_valid_r4(resource: Mapping[str, object]) -> bool:
    """Whether fhir.resources (R4B) takes the whole resource."""
    try:
        get_fhir_model_class(str(resource.get("resourceType"))).model_validate(resource)
    except (ValidationError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def is_about(resource: Mapping[str, object], patient: str) -> bool:
    """Whether the resource names this patient (``Patient/id``) as its subject."""
    subject = next((resource[name] for name in ("subject", "patient", "for") if name in resource), None)
    return isinstance(subject, dict) and subject.get("reference") == patient
