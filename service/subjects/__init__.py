"""The clinical subjects: each room reads its own records and does its own arithmetic."""
