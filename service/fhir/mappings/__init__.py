"""The YAML under ``fhir_mappings/``: codes to concepts, checked at start."""
