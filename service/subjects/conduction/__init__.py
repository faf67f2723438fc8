"""Nerve conduction studies: what was measured, and what it says of each nerve segment."""
