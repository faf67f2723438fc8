"""How the tables came to their form, one file for each change, applied at start."""
