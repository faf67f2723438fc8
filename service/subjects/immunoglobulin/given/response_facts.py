"""From the responses to single courses and from the whole treatment to facts; not_shown speaks of the record only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.statements import in_order
from service.subjects.immunoglobulin.given.response import Response
from service.subjects.immunoglobulin.given.scores import Change, Score, Series, change
from service.subjects.immunoglobulin.given.standing import Standing

SHOWN, NOT_SHOWN = "shown", "not_shown"
# So many of the courses without a gain are told by themselves.
_NEWEST = 3


@dataclass(frozen=True, slots=True)
class Objective:
    """All that instruments say of treatment: course by course, and from before the first one to now.

    ``earlier``: references of what says that the first course on record was not the first; empty when nothing does.
    ``is_first``: whether the first course on record may be the first of all; not where the disease was long known.
    ``is_whole``: whether all drugs given were looked at, so that the first course on record was the first.
    """

    told: Sequence[Response]
    stands: Sequence[Standing]
    earlier: tuple[str, ...] = ()
    is_first: bool = True
    is_whole: bool = True

    @property
    def over_courses(self) -> list[Change]:
        """The gains from before the first course to the best under treatment."""
        return [stand.gain for stand in self.stands if stand.gain and stand.has_gain]

    @property
    def lasting_losses(self) -> list[Change]:
        """Series that were never again as good as before the first course."""
        return [stand.gain for stand in self.stands if stand.gain and stand.is_worse_than_before]

    @property
    def has_gain(self) -> bool:
        """Whether an instrument improved by its minimal change, over a course or over several."""
        return any(response.is_gain for response in self.told) or bool(self.over_courses)

    @property
    def worsened(self) -> list[Change]:
        """Changes for the worse over a course, or over the whole treatment."""
        of_courses = [each for response in self.told for each in response.changes if each.gain <= -1]
        return [*of_courses, *self.lasting_losses]

    @property
    def is_mixed(self) -> bool:
        """Whether what improved stands against what got worse, so that no course shows a clear gain."""
        is_clean = any(response.is_clean_gain for response in self.told)
        return self.has_gain and bool(self.lasting_losses or (self.worsened and not is_clean and not self.over_courses))


def response_facts(objective: Objective, stated_gain: Fact | None) -> dict[str, Fact]:
    """What the responses come to; nothing without a course. ``stated_gain``: a statement that scores do not refute."""
    told = objective.told
    if not told:
        return {}
    last, measured = told[-1], [response for response in told if response.word]
    held = [stand.gain for stand in objective.stands if stand.gain and stand.has_gain and not stand.has_fallen]
    single = any(response.is_gain for response in told)
    gained = [each for response in told for each in response.changes if each.gain >= 1] + objective.over_courses
    shown = Fact(SHOWN, stated_gain.evidence, "stated") if stated_gain else of_changes(gained) if gained else None
    return {
        "response_to_last_course": _word_of(last),
        "mixed_response": of_changes(last.changes if last.word == "mixed" else ()),
        "first_response": _first(objective),
        "last_course_measured": Fact(_measured(last), last.evidence, last.why),
        "gain_measured": shown or Fact(NOT_SHOWN, _evidence(measured or told)),
        "gain_over_courses": of_changes(() if single else held),
        "courses_without_gain": _without_gain(objective, measured, is_whole=objective.is_whole),
        "courses_on_record_without_gain": _without_gain(objective, measured, is_whole=True),
    }


def _measured(last: Response) -> str:
    if last.word:
        return SHOWN
    return "not_judged" if last.changes else NOT_SHOWN


def improvement(objective: Objective, stated: Fact | None) -> Fact | None:
    """Objective improvement after immunoglobulin as scores and a statement tell it together.

    Without a gain it stays open, since no change is no refutation. A gain on one side and a loss on another
    contradict each other, as do a stated improvement and a measured worsening.
    """
    contradiction = _contradiction_in(objective, stated)
    if contradiction:
        return contradiction
    gained, behind = _clear_gains(objective), stated.evidence if stated else ()
    if gained:
        return Fact("present", in_order((*behind, *_of(gained))), in_words(gained))
    measured = [response for response in objective.told if response.word]
    if stated is not None:
        return Fact(stated.value, in_order((*behind, *_evidence(measured))), stated.why, stated.flags)
    if not measured:
        return None
    return Fact(None, _evidence(measured), "measured without objective gain, which does not rule a response out")


def _contradiction_in(objective: Objective, stated: Fact | None) -> Fact | None:
    """The open fact where statements, or scores, or the two, say opposite things."""
    said, behind = (stated.value, stated.evidence) if stated else (None, ())
    gained = _clear_gains(objective)
    if stated and "contradiction" in stated.flags:
        return stated
    if objective.is_mixed:
        mixed = [each for response in objective.told for each in response.changes if abs(each.gain) >= 1]
        mixed += [*objective.over_courses, *objective.lasting_losses]
        return _contradiction("one instrument or side improved and another got worse", mixed, behind)
    if said == "absent" and gained:
        return _contradiction("the statement and the scores contradict each other", gained, behind)
    if said == "present" and objective.worsened and not gained:
        return _contradiction("improvement is stated, and scores got worse", objective.worsened, behind)
    return None


def _clear_gains(objective: Objective) -> list[Change]:
    clean = [each for response in objective.told if response.is_clean_gain for each in response.changes]
    return [*(each for each in clean if each.gain >= 1), *objective.over_courses]


def of_changes(changes: Sequence[Change]) -> Fact:
    """Shown by these changes, or not shown."""
    return Fact(SHOWN if changes else NOT_SHOWN, _of(changes), in_words(changes))


def in_words(changes: Iterable[Change]) -> str:
    """Each change once, in words."""
    return "; ".join(dict.fromkeys(map(str, changes)))


def courses_since_loss(objective: Objective) -> Fact:
    """How many of the last courses that were measured had no gain while an earlier gain was lost again."""
    lost: list[list[Change]] = []
    for response, falls in zip(reversed(objective.told), reversed(_falls(objective.told)), strict=True):
        if not response.word:
            continue
        if response.is_gain or not any(fall.gain <= -1 for fall in falls):
            break
        lost.append(falls)
    changes = [each for falls in reversed(lost) for each in falls]
    return Fact(Range.exactly(Fraction(len(lost))), _of(changes), in_words(changes))


def _falls(told: Sequence[Response]) -> list[list[Change]]:
    """For each course, from the best score that an earlier one reached by a gain to the score after this one."""
    best: dict[Series, Score] = {}
    falls: list[list[Change]] = []
    for response in told:
        changes = [change(now.series, best[now.series], now.after) for now in response.changes if now.series in best]
        falls.append([fall for fall in changes if fall])
        for each in response.changes:
            if each.gain >= 1:
                best[each.series] = _better(each.series, best.get(each.series, each.after), each.after)
    return falls


def _better(series: Series, one: Score, other: Score) -> Score:
    """The better of two scores, the later one of equal ones."""
    return max(one, other, key=lambda score: (series.order(score), score.day))


def _first(objective: Objective) -> Fact:
    if objective.earlier:
        return Fact(None, objective.earlier, "immunoglobulin was given before the first course on record")
    if not objective.is_whole:
        why = (
            "not all drugs given were looked at, so that whether the first course on record was the first is not known"
        )
        return Fact(None, objective.told[0].evidence, why)
    return _word_of(objective.told[0])


def _without_gain(objective: Objective, measured: Sequence[Response], *, is_whole: bool) -> Fact:
    """Courses without gain, as long as it is known how strong the patient was before the first of them.

    A course counts that was measured by itself, and each that had its chance to lift a score which is no better than
    before the first. Of a history that was not looked at whole, or that begins long after the diagnosis, nobody knows
    whether that was the first of all: strength that is kept under treatment is no want of a gain.
    """
    known = [stand for stand in objective.stands if stand.gain]
    is_first = objective.is_first and not objective.earlier and is_whole
    counts = bool(known) and not objective.has_gain and is_first
    number = max(len(measured), *(stand.courses for stand in known)) if counts else 0
    told = [f"immunoglobulin {response.course}: {(response.word or '').replace('_', ' ')}" for response in measured]
    over_all = [stand.gain for stand in known if stand.gain]
    evidence = in_order((*_evidence(measured), *_of(over_all)))
    return Fact(Range.exactly(number), evidence, "; ".join((*map(str, over_all), *told[-_NEWEST:])))


def _word_of(response: Response) -> Fact:
    return Fact(response.word, response.evidence, response.why)


def _contradiction(why: str, changes: Sequence[Change], behind: tuple[str, ...]) -> Fact:
    return Fact(None, in_order((*behind, *_of(changes))), f"{why}: {in_words(changes)}", ("contradiction",))


def _of(changes: Iterable[Change]) -> tuple[str, ...]:
    return in_order(reference for each in changes for reference in each.evidence)


def _evidence(told: Sequence[Response]) -> tuple[str, ...]:
    return in_order(reference for response in told for reference in response.evidence)
