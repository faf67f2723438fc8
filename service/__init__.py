"""MMN clinical decision support: FHIR resources in, facts, rules, CDS Hooks cards out."""

__version__ = "2010.1.0"
