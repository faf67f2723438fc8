"""What discovery asks the EHR for, made from the mappings so that it cannot ask for less than is read."""

from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.vocabulary import GIVEN, PREFETCH

_OF_TREATMENT = {
    "medications": "MedicationRequest?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "statements": "MedicationStatement?patient={{context.patientId}}",
}


_WHOLE = {
    "treatments": "MedicationAdministration?patient={{context.patientId}}",
    "procedures": "Procedure?patient={{context.patientId}}",
}


def prefetch_templates(mappings: Mappings) -> dict[str, str]:
    """Prefetch key to FHIR query (CDS Hooks 2.0.1): only ``context.patientId`` as token, codes by token search."""
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
    }
    for key, readers in PREFETCH.items():
        templates[key] = _query("Observation", mappings, readers)
    return templates


def _query(kind: str, mappings: Mappings, readers: tuple[str, ...]) -> str:
    codes = ",".join(
        f"{system}|{code}"
        for concept, system, code in mappings.codes_for(kind)
        if mappings.concepts[concept].reader in readers
    )
    return f"{kind}?patient={{{{context.patientId}}}}&code={codes}"


def optional_templates(mappings: Mappings, *, whole_history: bool = False) -> dict[str, str]:
    """Prefetch key to FHIR query for what bears on treatment; a card says so where one of these did not come.

    ``whole_history``: all that was given, whatever its code, and all procedures, so that nothing has to be asked again.
    """
    if whole_history:
        return _OF_TREATMENT | _WHOLE
    return _OF_TREATMENT | {"treatments": _query("MedicationAdministration", mappings, GIVEN)}
