"""Bedside findings: statements, onset, course, and strength by the MRC scale."""
