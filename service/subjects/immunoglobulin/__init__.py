"""Immunoglobulin: what is ordered and what was given."""
