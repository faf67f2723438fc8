"""Pictures of one patient: what subjects draw of theirs, and the course over the years."""
