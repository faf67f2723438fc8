"""The course in words: the same as the picture, a row each, oldest first."""

from collections.abc import Iterator, Sequence
from datetime import date

from service.domain.timeline import Span, Track

HEADS = ("From", "To", "What", "Found", "What it means")


def rows(spans: Sequence[Span], tracks: Sequence[Track], left_out: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every span and value that is drawn, with what rules see in it; at the end what is not drawn."""
    told = [*(_of_span(span) for span in spans), *(row for track in tracks for row in _of_track(track))]
    for (first, last), row in sorted(told, key=lambda each: each[0]):
        yield (first.isoformat(), last.isoformat() if last != first else "", *row)
    for words in left_out:
        yield ("", "", words, "", "")


Days = tuple[date, date]
Row = tuple[Days, tuple[str, str, str]]


def _of_span(span: Span) -> Row:
    what, _, found = span.words.partition(": ")
    return (span.first, span.last), (what, found, "")


def _of_track(track: Track) -> Iterator[Row]:
    about = "; ".join(filter(None, (track.about, *(limit.words for limit in track.limits))))
    for index, point in enumerate(track.points):
        marks = [mark.words for mark in track.marks if mark.day == point.day]
        means = "; ".join(marks) or (about if index == 0 else "")
        yield (point.day, point.day), (track.name, point.told, means)
