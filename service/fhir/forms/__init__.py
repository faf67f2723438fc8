"""Forms: a FHIR Questionnaire that stands in the mapping files as data, and its answers as Observations."""
