"""The course as a picture: treatment above, and below it what was measured, on one axis of time; better is upwards.

Marks and spans differ by shape and words, so that they hold in grey.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.domain.reading import Picture
from service.domain.timeline import GIVEN, Span, Timeline, Track
from service.pictures.axis import Axis, Tick
from service.pictures.course_table import HEADS, rows

if TYPE_CHECKING:
    from jinja2 import Environment

NAME: Final = "course"
TITLE: Final = "Course over time"
# More than these are not drawn and not listed; the newest are.
_MOST_TRACKS, _MOST_POINTS, _MOST_SPANS = 10, 60, 120
# In units of the picture.
WIDTH: Final = 720
_FIRST, _LAST = 212, 690
_HEAD, _TREATMENT, _TRACK, _FOOT = 64, 46, 104, 26
_TALL, _ROOM_FOR_WORDS = 52, 46


@dataclass(frozen=True, slots=True)
class Dot:
    """One value; ``told``: its words, where there is room for them."""

    x: float
    y: float
    told: str = ""


@dataclass(frozen=True, slots=True)
class Triangle:
    """A change that counts; upwards when better."""

    x: float
    y: float
    is_better: bool
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One track. ``band``: top and height of what is too small to count. ``lines``: limits, each with its words."""

    name: str
    about: Sequence[str]
    y: float
    dots: Sequence[Dot]
    band: tuple[float, float] | None
    lines: Sequence[tuple[float, str]]
    marks: Sequence[Triangle]

    @property
    def way(self) -> str:
        """The line through the values."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Bar:
    """Days of one kind; ``label``: words above it, where there is room."""

    kind: str
    x: float
    width: float
    words: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Course:
    """What is drawn and listed of all that was told; ``left_out`` says in words what is not."""

    spans: Sequence[Span]
    tracks: Sequence[Track]
    left_out: Sequence[str] = field(default=())


def course_picture(told: Sequence[Timeline], today: date) -> Picture | None:
    """The picture up to ``today`` and the windows after it; ``None`` where nothing was measured or given."""
    course = _drawn_of(told)
    if not (course.spans or course.tracks):
        return None
    days = [day for span in course.spans for day in (span.first, span.last)]
    days += [point.day for track in course.tracks for point in track.points]
    axis = Axis(min(days), max(*days, today), _FIRST, _LAST)
    top = _HEAD + (_TREATMENT if course.spans else 0)
    lanes = [_lane(track, axis, top + index * _TRACK) for index, track in enumerate(course.tracks)]
    foot = top + len(lanes) * _TRACK
    svg = (
        _environment()
        .get_template("course.svg")
        .render(
            title=TITLE,
            width=WIDTH,
            height=foot + _FOOT + 16 * len(course.left_out),
            head=_HEAD,
            foot=foot,
            bars=list(_bars(course.spans, axis)),
            lanes=lanes,
            ticks=_ticks(axis),
            now=axis.x(today),
            left_out=course.left_out,
        )
    )
    return Picture(NAME, TITLE, svg, HEADS, tuple(rows(course.spans, course.tracks, course.left_out)))


def _drawn_of(told: Sequence[Timeline]) -> _Course:
    spans = [span for each in told for span in each.spans]
    tracks = sorted((track for each in told for track in each.tracks if track.points), key=_is_short)
    left_out = [
        words
        for count, words in (
            (len(spans) - _MOST_SPANS, "earlier spans of treatment"),
            (len(tracks) - _MOST_TRACKS, "further measures"),
            (sum(max(0, len(track.points) - _MOST_POINTS) for track in tracks[:_MOST_TRACKS]), "earlier values"),
        )
        for words in ([f"{count} {words} are not shown"] if count > 0 else [])
    ]
    return _Course(spans[-_MOST_SPANS:], [_newest(track) for track in tracks[:_MOST_TRACKS]], left_out)


def _is_short(track: Track) -> bool:
    """A single value is no course: such tracks come last."""
    return len(track.points) == 1


def _newest(track: Track) -> Track:
    points = track.points[-_MOST_POINTS:]
    marks = tuple(mark for mark in track.marks if mark.day >= points[0].day)
    return Track(track.name, points, track.is_lower_better, track.about, track.band, track.limits, marks)


def _bars(spans: Sequence[Span], axis: Axis) -> Iterator[Bar]:
    """Wide enough to be seen; a label where the one before leaves room."""
    taken = 0.0
    for span in spans:
        x = axis.x(span.first)
        width = max(axis.x(span.last) - x, 3 if span.kind == GIVEN else 1)
        has_room = bool(span.label) and x >= taken
        taken = x + 7 * len(span.label) if has_room else taken
        yield Bar(span.kind, x, round(width, 1), f"{span.words}, {_from_to(span)}", span.label if has_room else "")


def _from_to(span: Span) -> str:
    return f"{span.first}" if span.first == span.last else f"{span.first} to {span.last}"


def _lane(track: Track, axis: Axis, y: float) -> Lane:
    scale = _Scale.of(track, y + 30)
    marked = {mark.day for mark in track.marks}
    band = tuple(sorted(scale.y(value) for value in track.band)) if track.band else None
    heights = {point.day: scale.y(point.value) for point in track.points}
    return Lane(
        name=f"{track.name[:1].upper()}{track.name[1:]}",
        about=[*filter(None, track.about.split("; ")), *(["lower is better, drawn upwards"] * track.is_lower_better)],
        y=y,
        dots=list(_dots(track, axis, scale, marked)),
        band=(band[0], round(band[1] - band[0], 1)) if band else None,
        lines=[(scale.y(limit.value), limit.words) for limit in track.limits],
        marks=[
            Triangle(axis.x(mark.day), heights[mark.day], mark.is_better, mark.words)
            for mark in track.marks
            if mark.day in heights
        ],
    )


def _dots(track: Track, axis: Axis, scale: "_Scale", marked: set[date]) -> Iterator[Dot]:
    """The last value is always told, then as many others as have room, those that are marked first."""
    at = [axis.x(point.day) for point in track.points]
    wanted = sorted(range(len(at)), key=lambda each: (each != len(at) - 1, track.points[each].day not in marked, each))
    told: list[int] = []
    for index in wanted:
        if all(abs(at[index] - at[other]) >= _ROOM_FOR_WORDS for other in told):
            told.append(index)
    for index, (x, point) in enumerate(zip(at, track.points, strict=True)):
        yield Dot(x, scale.y(point.value), point.told if index in told else "")


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to heights, better upwards."""

    worst: float
    best: float
    top: float

    @classmethod
    def of(cls, track: Track, top: float) -> "_Scale":
        values = [point.value for point in track.points]
        values += [*(track.band or ()), *(limit.value for limit in track.limits)]
        low, high = float(min(values)), float(max(values))
        return cls(high, low, top) if track.is_lower_better else cls(low, high, top)

    def y(self, value: object) -> float:
        share = (float(value) - self.worst) / (self.best - self.worst) if self.best != self.worst else 0.5  # type: ignore[arg-type]
        return round(self.top + (1 - share) * _TALL, 1)


def _ticks(axis: Axis) -> Sequence[Tick]:
    return list(axis.ticks())


@cache
def _environment() -> "Environment":
    # Most evaluations are never drawn.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
