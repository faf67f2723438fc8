"""An axis of time: from days to places, and the months or years that are named on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

# Months between two ticks, the first that gives few enough of them.
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_MOST_TICKS: Final = 8
_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """The beginning of a month or year, and its name."""

    x: float
    name: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``first`` to ``last`` day on places from ``start`` to ``end``; a single day stands in the middle."""

    first: date
    last: date
    start: float
    end: float

    def x(self, day: date) -> float:
        """The place of a day."""
        whole = (self.last - self.first).days
        share = (day - self.first).days / whole if whole else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> Iterator[Tick]:
        """At most eight, each at the first day of its month; none on a single day."""
        months = [self.first.year * _YEAR + self.first.month - 1, self.last.year * _YEAR + self.last.month - 1]
        step = next((each for each in _STEPS if (months[1] - months[0]) // each < _MOST_TICKS), 10 * _YEAR * _YEAR)
        for month in range(-(-months[0] // step) * step, months[1] + 1, step):
            day = date(month // _YEAR, month % _YEAR + 1, 1)
            if day >= self.first:
                yield Tick(self.x(day), day.strftime("%Y") if step % _YEAR == 0 else day.strftime("%Y-%m"))
