"""What discovery asks the EHR for, made from the mappings so that it cannot ask for less than is read."""

from service.fhir.mappings.concepts import Mappings

# Which readers' Observations each prefetch key holds.
_OBSERVATIONS = {
    "nerveStudies": ("motor_nerve_study", "sensory_nerve_study", "nerve_measurement", "motor_site"),
    "laboratory": ("serology", "csf_protein", "judged_result"),
    "findings": ("statement", "number", "date", "word", "strength", "score"),
}
# Keys without which an answer is still given: what rests on them stays silent, and the card says so.
OPTIONAL_KEYS = ("treatments",)


def prefetch_templates(mappings: Mappings) -> dict[str, str]:
    """Prefetch key to FHIR query (CDS Hooks 2.0.1): only ``context.patientId`` as token, codes by token search."""
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
    }
    for key, readers in _OBSERVATIONS.items():
        templates[key] = _query("Observation", mappings, readers)
    templates["treatments"] = _query("MedicationAdministration", mappings, ("immunoglobulin",))
    return templates


def _query(kind: str, mappings: Mappings, readers: tuple[str, ...]) -> str:
    codes = ",".join(
        f"{system}|{code}"
        for concept, system, code in mappings.codes_for(kind)
        if mappings.concepts[concept].reader in readers
    )
    return f"{kind}?patient={{{{context.patientId}}}}&code={codes}"
