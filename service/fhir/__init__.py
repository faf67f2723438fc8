"""FHIR R4 JSON in, facts out: reading, identity, versions, units, local codes. No Flask, no engine, no rules."""
