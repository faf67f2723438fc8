"""Scores of strength and disability over time: what may be compared, and what a change amounts to."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Series:
    """Scores that may be compared with each other: one instrument, one scale or unit, one side.

    ``minimal_change``: the smallest change that counts, in the unit of the score; with ``is_share`` in percent
    of the earlier score. ``is_lower_better``: a scale of disability. ``unit``: how its scores are told.
    ``judged``: which changes count: ``both`` ways, ``worse`` only, or ``none``, where the change is told and no more.
    ``maximum``: of a scale that has several forms.
    """

    instrument: str
    scale: str
    side: str
    minimal_change: Fraction
    is_share: bool = False
    is_lower_better: bool = False
    unit: str = ""
    judged: str = "both"
    maximum: Fraction | None = None

    def told(self, score: "Score") -> str:
        """A score of this series with its unit."""
        return f"{score.sign}{rounded(score.value)} {self.unit}".strip()

    def order(self, score: "Score") -> tuple[bool, Fraction]:
        """For order, the better the higher: how good a score is at least."""
        sure = score.high if self.is_lower_better else score.low
        return sure is not None, (sure or Fraction(0)) * (-1 if self.is_lower_better else 1)

    def gain(self, before: Fraction, after: Fraction) -> Fraction | None:
        """The improvement in minimal changes, negative when worse; None when it cannot be expressed so."""
        change = before - after if self.is_lower_better else after - before
        if self.is_share:
            if before <= 0:
                return None
            change = change / before * 100
        return change / self.minimal_change

    @property
    def name(self) -> str:
        """Side and instrument, with the form where it has several: for scores that are told with their unit."""
        form = f" ({self.scale})" if self.scale and not self.unit else ""
        return f"{self.side} {self.instrument}{form}".strip()

    def __str__(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Score:
    """One score; ``is_below_normal`` is None where nobody said what is normal.

    ``sign``: ``<``, ``<=``, ``>`` or ``>=`` where the value is a bound only, and not a measurement.
    """

    day: date
    value: Fraction
    is_below_normal: bool | None
    evidence: tuple[str, ...]
    sign: str = ""

    @property
    def low(self) -> Fraction | None:
        """The least that it can be; None where a bound leaves that open."""
        return None if self.sign.startswith("<") else self.value

    @property
    def high(self) -> Fraction | None:
        """The most that it can be; None where a bound leaves that open."""
        return None if self.sign.startswith(">") else self.value


def _day_of(score: Score) -> date:
    return score.day


@dataclass(frozen=True, slots=True)
class History:
    """All scores of a series, oldest first, at most one a day."""

    series: Series
    scores: tuple[Score, ...]

    def between(self, first: date | None, last: date | None) -> list[Score]:
        """The scores from one day to another, both included; None is open."""
        start = 0 if first is None else bisect_left(self.scores, first, key=_day_of)
        end = len(self.scores) if last is None else bisect_right(self.scores, last, key=_day_of)
        return list(self.scores[start:end])

    def has_one_until(self, day: date) -> bool:
        """Whether there is a score of this day or before it."""
        return bool(self.scores) and self.scores[0].day <= day

    def best(self, scores: Sequence[Score]) -> Score | None:
        """The best of some scores, the earliest of equal ones; a bound is as good as it is at least."""
        return max(scores, key=lambda score: (self.series.order(score), -score.day.toordinal()), default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """Two scores of one series and how far they lie apart, in minimal changes."""

    series: Series
    before: Score
    after: Score
    moved: Fraction

    @property
    def is_judged(self) -> bool:
        """Whether it says anything of a response at all."""
        return self.series.judged == "both" or (self.series.judged == "worse" and self.moved < 0)

    @property
    def gain(self) -> Fraction:
        """The gain that counts, negative when worse; none of a change that is only told."""
        return self.moved if self.is_judged else Fraction(0)

    @property
    def evidence(self) -> tuple[str, ...]:
        """References of both scores."""
        return self.before.evidence + self.after.evidence

    def __str__(self) -> str:
        series, unit = self.series, "%" if self.series.is_share else self.series.unit
        size = f"{rounded(abs(self.moved) * series.minimal_change)} {unit}".strip()
        word = "better by" if self.moved > 0 else "worse by" if self.moved < 0 else "change"
        counts = f"counts from {rounded(series.minimal_change)} {unit}".strip() if self.is_judged else "not judged"
        told = [f"{series.told(score)} on {score.day}" for score in (self.before, self.after)]
        if self.before.sign or self.after.sign:
            word = f"{word} at least"
        return f"{series.name}: {', '.join(told)}, {word} {size} ({counts})"


def change(series: Series, before: Score, after: Score) -> Change | None:
    """The change from one score to another; None when it cannot be expressed, or a bound leaves it open.

    A bound suffices where the change counts already by the number that it names, and can only be larger.
    """
    gain = series.gain(before.value, after.value)
    if gain is None:
        return None
    if not (before.sign or after.sign):
        return Change(series, before, after, gain)
    beyond = {_rise(after.sign), -_rise(before.sign)} - {0}
    is_sure = len(beyond) == 1 and gain * beyond.pop() * (-1 if series.is_lower_better else 1) >= 1
    return Change(series, before, after, gain) if is_sure else None


def _rise(sign: str) -> int:
    """In which direction a score may lie from the number of its bound."""
    return {">": 1, "<": -1}.get(sign[:1], 0)


def rounded(value: Fraction) -> str:
    """A score for a reader, with at most one decimal."""
    tenths = (abs(value) * 20 + 1) // 2
    text = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return f"-{text}" if value < 0 and tenths else text
