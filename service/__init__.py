"""MMN clinical decision support: FHIR resources in, facts, rules, CDS Hooks cards out."""

__version__ = "0.2.0"
