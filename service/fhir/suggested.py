"""What is suggested to a client: it has to be valid FHIR R4, and about the patient of the call."""

from collections.abc import Mapping

from pydantic import ValidationError

from service.fhir.models import model_of


def is_valid_r4(resource: Mapping[str, object]) -> bool:
    """Whether fhir.resources (R4B) takes the whole resource."""
    try:
        model_of(str(resource.get("resourceType"))).model_validate(resource)
    except (ValidationError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def is_about(resource: Mapping[str, object], patient: str) -> bool:
    """Whether the resource names this patient (``Patient/id``) as its subject."""
    subject = next((resource[name] for name in ("subject", "patient", "for") if name in resource), None)
    return isinstance(subject, dict) and subject.get("reference") == patient
