"""What discovery asks the EHR for, made from the mappings so that it cannot ask for less than is read."""

from service.fhir.mappings import Mappings

# Which readers' Observations each prefetch key holds.
_OBSERVATIONS = {
    "nerveStudies": ("motor_nerve_study", "sensory_nerve_study", "nerve_measurement", "motor_site"),
    "laboratory": ("serology", "csf_protein", "order_number", "raised_result", "blood_group"),
    "findings": ("statement", "number", "date", "word", "strength", "body_weight"),
}
_OF_ORDERS = {
    "medications": "MedicationRequest?patient={{context.patientId}}",
    "administrations": "MedicationAdministration?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
}


def prefetch_templates(mappings: Mappings) -> dict[str, str]:
    """Prefetch key to FHIR query (CDS Hooks 2.0.1): only ``context.patientId`` as token, codes by token search."""
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
    }
    for key, readers in _OBSERVATIONS.items():
        codes = ",".join(
            f"{system}|{code}"
            for concept, system, code in mappings.codes_for("Observation")
            if mappings.concepts[concept].reader in readers
        )
        templates[key] = f"Observation?patient={{{{context.patientId}}}}&code={codes}"
    return templates


def order_templates() -> dict[str, str]:
    """Prefetch key to FHIR query for what bears on orders; a card says so where one of these did not come."""
    return dict(_OF_ORDERS)
