"""An evaluation as a page for a person at a terminal."""
