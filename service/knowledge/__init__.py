"""What clinicians wrote in ``rules/``, read, cross-checked and frozen."""
