"""Follow-up of treatment: immunoglobulin that was given, and scores of strength and disability."""
