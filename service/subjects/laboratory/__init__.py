"""Ganglioside antibodies and CSF protein."""
