"""The words of the field: facts, verdicts, moments, nerve studies. Standard library and errors only."""
