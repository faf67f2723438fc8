"""How the data of one call are had: by prefetch, else from the FHIR server of the EHR, else not at all."""
