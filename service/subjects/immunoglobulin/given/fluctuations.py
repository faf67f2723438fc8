"""How often weakness grew again: falls of a score that a gain lies between."""

from collections.abc import Sequence

from service.domain.facts import Fact, Range
from service.subjects.immunoglobulin.given.scores import History, Score, change


def worsenings(histories: Sequence[History]) -> Fact:
    """Falls by a minimal change, each after a gain by one, of the instrument that shows most; none without scores."""
    falls = max(map(_falls, histories), key=len, default=[])
    evidence = tuple(dict.fromkeys(reference for score in falls for reference in score.evidence))
    days = ", ".join(score.day.isoformat() for score in falls)
    return Fact(Range.exactly(len(falls)), evidence, f"scores fell by {days}" if falls else "no score fell")


def _falls(history: History) -> list[Score]:
    """The first score of each fall."""
    found: list[Score] = []
    turn, is_falling = history.scores[0], False
    for score in history.scores[1:]:
        moved = change(history.series, turn, score)
        gain = moved.gain if moved is not None else 0
        if is_falling and gain >= 1:
            turn, is_falling = score, False
        elif not is_falling and gain <= -1:
            found.append(score)
            turn, is_falling = score, True
        elif (gain < 0) is is_falling and gain:
            # A lower trough of a fall, or a higher peak of a gain.
            turn = score
    return found
