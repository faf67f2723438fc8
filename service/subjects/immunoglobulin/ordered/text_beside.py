"""What the words of orders say beside their dose fields: where the two differ, nobody knows which is meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.domain.facts import Fact, Range
from service.domain.ranges import divided, times
from service.fhir.orders.dosage import DoseLine, steps_of
from service.fhir.orders.sig import Mention, Said
from service.fhir.values.answers import shown
from service.subjects.immunoglobulin.ordered.dose import Course

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Fields:
    """What the dose fields come to. ``is_known``: whether all of them were read.

    ``near``: the share by which words may differ and agree. ``beyond``: so many times all of it is no part of it.
    """

    lines: Sequence[DoseLine]
    course: Course
    weight_kg: Fraction | None
    is_known: bool
    near: Fraction
    beyond: Fraction

    def amounts(self, *, is_per_kg: bool) -> list[Range]:
        """All that the fields come to in g, or in g/kg: of one dose, of a day, of the course."""
        weight = Range.exactly(self.weight_kg) if self.weight_kg else None
        found = [amount for line in self.lines for amount in self._of_line(line, weight, is_per_kg=is_per_kg)]
        course = self.course
        whole = [course.g_per_kg, course.largest_day_g_per_kg, course.interval_g_per_kg] if is_per_kg else []
        return [*found, *filter(None, whole if is_per_kg else [course.total_g])]

    def days(self) -> list[Range]:
        """The days of the course, and of each of its instructions where they follow each other."""
        own = [line.days for line in self.lines] if len(steps_of(self.lines)) > 1 else []
        return [*filter(None, [self.course.days]), *own]

    def _of_line(self, line: DoseLine, weight: Range | None, *, is_per_kg: bool) -> Iterator[Range]:
        for dose in (line.dose, times(line.dose, line.most_a_day)):
            if line.is_per_kg is is_per_kg:
                yield dose
            elif weight is not None:
                yield divided(dose, weight) if is_per_kg else times(dose, weight)


def text_beside(said: Sequence[Said], fields: Fields, evidence: tuple[str, ...]) -> Fact:
    """``text_and_dose``: whether the words agree with the fields, with both where they do not."""
    for word in ("held", "test_dose"):
        if stated := next((words for each in said if (words := getattr(each, word))), ""):
            return Fact(word, evidence, stated)
    told = list(_differences(said, fields)) if fields.is_known else []
    if told:
        return Fact("differ", evidence, "; ".join(told))
    again = [mention for each in said for mention in each.intervals]
    if fields.is_known and again and fields.course.interval_days is None:
        return Fact("repeats", evidence, again[0].words)
    return Fact("agree", evidence)


def stated_in_words(said: Sequence[Said]) -> str:
    """Amounts, days and intervals of which only words tell, as they stand there."""
    mentions = [each for one in said for each in (*one.amounts, *one.days, *one.intervals)]
    return ", ".join(dict.fromkeys(each.words for each in mentions))


def by_text(phase: Fact, text: Fact) -> Fact:
    """The treatment phase; a course of which the text says that it repeats is not called the first."""
    if phase.value != "induction" or text.value != "repeats":
        return phase
    return Fact("single_course", phase.evidence, "its text says that it repeats, and its dose fields do not")


def _differences(said: Sequence[Said], fields: Fields) -> Iterator[str]:
    amounts = [mention for each in said for mention in each.amounts]
    if other := _other_amount(amounts, fields):
        yield f"text {other.words}, fields {_in_words(other, fields)}"
    days = [mention for each in said for mention in each.days]
    if (
        days
        and fields.course.days is not None
        and not any(_any_near(days, each, Fraction(0)) for each in fields.days())
    ):
        yield f"text {days[0].words}, fields {_of_days(fields.course.days)}"
    intervals = [mention for each in said for mention in each.intervals]
    stated = fields.course.interval_days
    if intervals and stated is not None and not _any_near(intervals, stated, fields.near):
        yield f"text {intervals[0].words}, fields every {_of_days(stated)}"


def _other_amount(mentions: Sequence[Mention], fields: Fields) -> Mention | None:
    """An amount that is none of those of the fields, or far beyond all of them."""
    known = [(each, amounts) for each in mentions if (amounts := fields.amounts(is_per_kg=each.is_per_kg))]
    for mention, amounts in known:
        most = max((each.high for each in amounts if each.high is not None), default=None)
        if most is not None and (mention.value.low or Fraction(0)) > most * fields.beyond:
            return mention
    is_alike = any(_is_near(mention.value, amount, fields.near) for mention, amounts in known for amount in amounts)
    return known[0][0] if known and not is_alike else None


def _any_near(mentions: Sequence[Mention], stated: Range, share: Fraction) -> bool:
    return any(_is_near(each.value, stated, share) for each in mentions)


def _is_near(said: Range, stated: Range, share: Fraction) -> bool:
    low, high = stated.low or Fraction(0), stated.high
    is_below = high is not None and (said.low or Fraction(0)) > high * (1 + share)
    return not is_below and (said.high is None or said.high >= low * (1 - share))


def _in_words(mention: Mention, fields: Fields) -> str:
    """One dose and the whole of the fields, in the unit of the mention."""
    unit = "g/kg" if mention.is_per_kg else "g"
    amounts = fields.amounts(is_per_kg=mention.is_per_kg)
    course = fields.course.g_per_kg if mention.is_per_kg else fields.course.total_g
    one = f"{_ends(amounts[0])} {unit}"
    return one if course is None or course == amounts[0] else f"{one} ({_ends(course)} {unit} in all)"


def _of_days(days: Range) -> str:
    return f"{_ends(days)} day{'' if days == Range.exactly(1) else 's'}"


def _ends(amount: Range) -> str:
    ends = [shown(_rounded(end)) for end in dict.fromkeys((amount.low, amount.high)) if end is not None]
    return " to ".join(ends)


def _rounded(number: Fraction) -> Fraction:
    return Fraction(round(number * _HUNDRED), _HUNDRED)
