"""What discovery asks the EHR for, made from the mappings so that it cannot ask for less than is read."""

from service.fhir.forms.form import Form, form_of
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.vocabulary import GIVEN, PREFETCH

_OF_TREATMENT = {
    "medications": "MedicationRequest?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "statements": "MedicationStatement?patient={{context.patientId}}",
}

# What comes under these only adds: nothing is ever said to be absent because it did not come.
ONLY_ADDS = ("examinations",)

_WHOLE = {
    "treatments": "MedicationAdministration?patient={{context.patientId}}",
    "procedures": "Procedure?patient={{context.patientId}}",
    "reports": "DiagnosticReport?patient={{context.patientId}}",
    "documents": "DocumentReference?patient={{context.patientId}}",
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


def _answers_to(form: Form) -> str:
    return f"QuestionnaireResponse?patient={{{{context.patientId}}}}&questionnaire={form.url}"


def optional_templates(mappings: Mappings, *, whole_history: bool = False) -> dict[str, str]:
    """Prefetch key to FHIR query for what bears on treatment; a card says so where one of these did not come.

    ``whole_history``: all that was given, whatever its code, all procedures, reports and documents, so that nothing has
    to be asked again.
    """
    beside = {**_OF_TREATMENT, "examinations": _answers_to(form_of(mappings))}
    if whole_history:
        return beside | _WHOLE
    return beside | {"treatments": _query("MedicationAdministration", mappings, GIVEN)}
