"""A course of treatment as days, for every subject that asks what was measured before it and after it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Course:
    """The days of administrations that belong together, and what they rest on."""

    first: date
    last: date
    evidence: tuple[str, ...]

    def __str__(self) -> str:
        return f"on {self.first}" if self.first == self.last else f"from {self.first} to {self.last}"
