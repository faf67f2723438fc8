"""Muscles and sides, for every subject that speaks of them; it imports no subject."""
