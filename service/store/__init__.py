"""What must survive a restart, in SQLite or PostgreSQL: used token ids and feedback. No patient data but comments."""
