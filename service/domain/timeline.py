"""What happened to a patient over the years, as subjects tell it to whoever draws it."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

GIVEN, JUDGED, ENDING = "given", "judged", "ending"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a day; ``told``: with its unit."""

    day: date
    value: Fraction
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A change that a rule sees, on the day on which it was measured."""

    day: date
    is_better: bool
    words: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that others are held against, in the unit of its track."""

    value: Fraction
    words: str


@dataclass(frozen=True, slots=True)
class Track:
    """Values that may be compared with each other, oldest first.

    ``about``: what a reader has to know of their scale. ``band``: between these two a change is too small to count.
    """

    name: str
    points: tuple[Point, ...]
    is_lower_better: bool = False
    about: str = ""
    band: tuple[Fraction, Fraction] | None = None
    limits: tuple[Limit, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one kind: on which treatment was given, its response is judged, its effect is expected to end."""

    kind: str
    first: date
    last: date
    words: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that one subject tells."""

    spans: tuple[Span, ...] = ()
    tracks: tuple[Track, ...] = ()
